"""What `mcp_servers_config.json` says, as values: one `ServerConfig` per entry, checked, not yet expanded.

The shape is the common `{"mcpServers": {NAME: {"command": …, "args": […], "env": {…}, …}}}` plus our `sandbox`
block. No file is opened here and no process started.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias, cast

from codex_core.files.parse import Unusable
from codex_core.files.parse import parse_json as parse_any_json
from codex_core.protocol import ConfigError, Json, Network, SandboxMode
from codex_tools.mcp.reading import Fields, kind_of, nearest, unknown_key

CONFIG_NAME = "mcp_servers_config.json"
MAX_NAME_LENGTH = 32
"""Providers take 64 characters for `mcp__SERVER__TOOL`; half of them are for the tool."""

Origin: TypeAlias = Literal["user", "project", "preset"]

_NAME = re.compile(r"(?:[a-zA-Z0-9]+(?:_|-+))*[a-zA-Z0-9]+\Z")
"""No `__` and no `_` at an end, so that `mcp__SERVER__TOOL` can be read in one way only."""
_SERVER_KEYS = (
    "command",
    "args",
    "env",
    "cwd",
    "disabled",
    "timeout",
    "startup_timeout",
    "enabled_tools",
    "disabled_tools",
    "sandbox",
    "description",
    "install",
    "type",
)
_CODEX_KEYS = ("enabled", "startup_timeout_sec", "tool_timeout_sec", "env_vars")
"""What Codex calls the same things in its config.toml."""
_SANDBOX_KEYS = ("mode", "network", "writable", "roots", "env")
_HTTP_KEYS = ("url", "httpUrl", "serverUrl", "headers")
_TOP_KEYS = ("mcpServers", "$schema")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSandbox:
    """What one server may do. The default: read the workspace, write its own cache folder, no network."""

    mode: SandboxMode = "read-only"
    network: Network = "off"
    writable: tuple[str, ...] = ()
    """Further folders that it may write to."""
    roots: tuple[str, ...] = ()
    """The folders that it is told to work in; empty for the workspace."""
    env: tuple[str, ...] = ()
    """Names of the user's environment variables that it may see beside the harmless ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """One entry. Texts may hold `${VAR}`; `codex_tools.mcp.launch` expands them."""

    name: str
    source: Path
    """The file that says so."""
    path: str
    """Where in it: `mcpServers.git`."""
    origin: Origin
    command: str
    args: tuple[str, ...] = ()
    env: Mapping[str, str]
    cwd: str = ""
    """Empty for the workspace."""
    disabled: bool = False
    startup_timeout_s: float = 30.0
    timeout_s: float = 120.0
    """Of one tool call."""
    enabled_tools: tuple[str, ...] = ()
    """Only these of the server's tools are offered; empty for all."""
    disabled_tools: tuple[str, ...] = ()
    sandbox: ServerSandbox
    description: str = ""
    install: str = ""
    """How to get the command if it is missing, for the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedConfig:
    servers: tuple[ServerConfig, ...] = ()
    errors: tuple[ConfigError, ...] = ()
    """Entries that are left out, and why. One bad entry leaves the others alone."""


def parse_config(data: bytes, *, source: Path, origin: Origin) -> ParsedConfig:
    """Parse a whole file. What is wrong in it comes back as errors that name the place; nothing is raised."""
    try:
        top = parse_json(data, source=source)
    except ConfigError as error:
        return ParsedConfig(errors=(error,))
    errors = [ConfigError(f"{source}: {key}: {unknown_key(_TOP_KEYS, key)}") for key in top if key not in _TOP_KEYS]
    entries = top.get("mcpServers", {})
    if not isinstance(entries, Mapping):
        errors.append(ConfigError(f"{source}: mcpServers: must be an object, not {kind_of(entries)}"))
        return ParsedConfig(errors=tuple(errors))
    parsed = parse_servers(entries, source=source, path="mcpServers", origin=origin)
    return replace(parsed, errors=(*errors, *parsed.errors))


def parse_servers(entries: Mapping[str, Json], *, source: Path, path: str, origin: Origin) -> ParsedConfig:
    """Check every entry of the object that is at `path` of its file."""
    servers: list[ServerConfig] = []
    errors: list[ConfigError] = []
    for name, entry in entries.items():
        try:
            servers.append(parse_server(name, entry, source=source, origin=origin, path=path))
        except ConfigError as error:
            errors.append(error)
    return ParsedConfig(servers=tuple(servers), errors=tuple(errors))


def parse_json(data: bytes, *, source: Path) -> dict[str, Json]:
    """Decode a configuration file.

    Raises:
        ConfigError: with line and column of what is wrong.
    """
    try:
        value = parse_any_json(data.decode(), object_pairs_hook=_without_repeats)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{source}:{error.lineno}:{error.colno}: no JSON: {error.msg}") from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{source}:{line}: no UTF-8 text") from error
    except _RepeatedKey as error:
        raise ConfigError(f'{source}: the key "{error}" is there twice; remove one') from error
    except Unusable as error:
        raise ConfigError(f"{source}: {error}") from error
    if not isinstance(value, dict):
        raise ConfigError(f"{source}: must be an object with the key mcpServers, not {kind_of(value)}")
    return value


def parse_server(name: str, entry: Json, *, source: Path, origin: Origin, path: str = "mcpServers") -> ServerConfig:
    """Check one entry.

    Raises:
        ConfigError: naming file, key and the nearest valid one.
    """
    path = f"{path}.{name}"
    check_name(name, where=f"{source}: {path}")
    if isinstance(entry, Mapping) and (
        entry.get("type", "stdio") != "stdio" or any(key in entry for key in _HTTP_KEYS)
    ):
        raise ConfigError(f"{source}: {path}: servers over HTTP are not in this version; use one that runs a command")
    fields = Fields(entry, source=source, path=path, known=(*_SERVER_KEYS, *_CODEX_KEYS))
    command = fields.text("command")
    if not command.strip():
        raise fields.error("command", "is missing: the program that runs the server")
    sandbox = _parse_sandbox(fields.object("sandbox"), source=source, path=f"{path}.sandbox")
    if origin == "project" and sandbox.mode == "danger-full-access":
        raise fields.error("sandbox.mode", "a project may not lift the confinement; only your own file can")
    return ServerConfig(
        name=name,
        source=source,
        path=path,
        origin=origin,
        command=command,
        args=fields.texts("args"),
        env=fields.text_map("env"),
        cwd=fields.text("cwd"),
        disabled=fields.flag("disabled", default=False) or not fields.flag("enabled", default=True),
        startup_timeout_s=fields.seconds("startup_timeout", "startup_timeout_sec", default=30.0, most=600.0),
        timeout_s=fields.seconds("timeout", "tool_timeout_sec", default=120.0, most=3600.0),
        enabled_tools=fields.texts("enabled_tools"),
        disabled_tools=fields.texts("disabled_tools"),
        sandbox=replace(sandbox, env=sandbox.env + fields.texts("env_vars")),
        description=fields.text("description"),
        install=fields.text("install"),
    )


def _parse_sandbox(value: Json, *, source: Path, path: str) -> ServerSandbox:
    if value is None:
        return ServerSandbox()
    fields = Fields(value, source=source, path=path, known=_SANDBOX_KEYS)
    modes = ("read-only", "workspace-write", "danger-full-access")
    network = fields.object("network")
    if isinstance(network, bool):  # how everybody else writes it
        chosen: str = "on" if network else "off"
    else:
        chosen = fields.choice("network", "off", ("off", "on"))
    return ServerSandbox(
        mode=cast(SandboxMode, fields.choice("mode", "read-only", modes)),
        network=cast(Network, chosen),
        writable=fields.texts("writable"),
        roots=fields.texts("roots"),
        env=fields.texts("env"),
    )


def check_name(name: str, *, where: str) -> None:
    """Names become part of `mcp__SERVER__TOOL`, of a log's name and of a folder's.

    Raises:
        ConfigError: the name does not fit.
    """
    if len(name) > MAX_NAME_LENGTH or not _NAME.match(name):
        raise ConfigError(
            f"{where}: a server's name is at most {MAX_NAME_LENGTH} letters, digits, - and single _ in the middle"
        )


def unknown_server(name: str, known: tuple[str, ...]) -> ConfigError:
    return ConfigError(f'no MCP server is named "{name}"{nearest(known, name) if known else ""}')


class _RepeatedKey(ValueError):
    pass


def _without_repeats(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _RepeatedKey(key)
            seen.add(key)
    return result
