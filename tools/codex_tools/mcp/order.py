"""What the MCP host is told of a server: plain data, made by the front end and read by the host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from codex_core.protocol import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOrder:
    """One server to run. Everything is decided: the host looks nothing up and confines nothing."""

    name: str
    argv: tuple[str, ...]
    """The whole command, confinement included."""
    environment: Mapping[str, str] = field(repr=False)
    """The whole environment."""
    cwd: str
    roots: tuple[str, ...]
    """File URIs, for a server that asks where to work."""
    log_path: str
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Values that are masked in the log."""
    startup_timeout_s: float
    enabled_tools: tuple[str, ...] = ()
    disabled_tools: tuple[str, ...] = ()

    def to_json(self) -> JsonObject:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_json(cls, value: JsonObject) -> ServerOrder:
        def texts(key: str) -> tuple[str, ...]:
            return tuple(cast(list[str], value[key]))

        return cls(
            name=str(value["name"]),
            argv=texts("argv"),
            environment=cast(Mapping[str, str], value["environment"]),
            cwd=str(value["cwd"]),
            roots=texts("roots"),
            log_path=str(value["log_path"]),
            secrets=texts("secrets"),
            startup_timeout_s=float(cast(float, value["startup_timeout_s"])),
            enabled_tools=texts("enabled_tools"),
            disabled_tools=texts("disabled_tools"),
        )
