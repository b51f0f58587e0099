"""The keys of `config.toml`: what each may hold, and what a project may say of it. Codex's names where it has one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, cast

from codex_core.spelling import did_you_mean, nearest

Value: TypeAlias = str | int | bool | tuple[str, ...] | None


class Wrong(Exception):
    """A value is not what its key takes; the text says what it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    name: str
    parse: Callable[[object], Value]
    """Raises Wrong."""
    project: Literal["free", "tighten", "never"] = "never"
    """What the config of a trusted project may do with it."""
    order: tuple[str, ...] = ()
    """For `tighten`: the values, tightest first."""
    default: Value = None


def _text(raw: object) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise Wrong("text")
    return raw


def _count(raw: object) -> int:
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) < 10:
        raw = int(raw)  # the environment has only text
    if type(raw) is not int or raw < 1:
        raise Wrong("a whole number from 1")
    return raw


def _one_of(*values: str) -> Callable[[object], Value]:
    def parse(raw: object) -> str:
        if not isinstance(raw, str):
            raise Wrong("one of " + ", ".join(values))
        if raw not in values:
            near = nearest(raw, values)
            raise Wrong("one of " + ", ".join(values) + (f"; did you mean {near}?" if near else ""))
        return raw

    return parse


def _switch(raw: object) -> Value:
    if isinstance(raw, bool):
        return "on" if raw else "off"
    return _one_of("off", "on")(raw)


def _truth(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise Wrong("true or false")
    return raw


def _texts(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(one, str) and one for one in cast(list[object], raw)):
        raise Wrong("a list of texts")
    return tuple(cast(list[str], raw))


def _folders(raw: object) -> tuple[str, ...]:
    folders = tuple(str(Path(one).expanduser()) for one in _texts(raw))
    if not all(Path(folder).is_absolute() for folder in folders):
        raise Wrong("a list of absolute paths")
    return folders


_SANDBOX_MODES = ("read-only", "workspace-write", "danger-full-access")
_APPROVALS = ("untrusted", "on-request", "never")
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh")

_ALL = (
    Key(name="model", parse=_text, project="free", default=""),
    Key(name="model_provider", parse=_text, default=""),
    Key(name="model_reasoning_effort", parse=_one_of(*_EFFORTS), project="free"),
    Key(name="mode", parse=_one_of("plan", "ask", "auto", "full"), project="tighten"),
    Key(name="sandbox_mode", parse=_one_of(*_SANDBOX_MODES), project="tighten", order=_SANDBOX_MODES),
    Key(name="approval_policy", parse=_one_of(*_APPROVALS), project="tighten", order=_APPROVALS),
    Key(name="network", parse=_switch, project="tighten", order=("off", "on"), default="off"),
    Key(name="sandbox_workspace_write.network_access", parse=_truth, project="tighten"),
    Key(name="sandbox_workspace_write.writable_roots", parse=_folders, default=()),
    Key(name="shell_environment_policy.include", parse=_texts, default=()),
    Key(name="theme", parse=_text, default=""),
    Key(name="auto_title", parse=_truth, project="free", default=False),
    Key(name="max_turns", parse=_count, project="free"),
    Key(name="model_context_window", parse=_count),
    Key(name="model_auto_compact_token_limit", parse=_count, project="free"),
    Key(name="checkpoints", parse=_switch, default="on"),
    Key(name="notifications", parse=_one_of("auto", "osc9", "osc777", "bell", "off"), default="auto"),
    Key(name="reduced_motion", parse=_switch, default="off"),
    Key(name="openai_base_url", parse=_text, default=""),
    Key(name="profile", parse=_text),
    Key(name="web_search", parse=_one_of("disabled")),
)
KEYS: Mapping[str, Key] = {key.name: key for key in _ALL}
TABLES = ("profiles", "mcp_servers", "rules")
"""Keys that hold tables of their own: by names of the user's choosing, or in a list."""
NOT_YET = ("model_reasoning_summary", "otel", "notify", "hooks")
"""Codex's keys that mean something, but not in this version."""


def unknown(name: str) -> str:
    """Say that there is no such key, and which was probably meant."""
    if name in NOT_YET:
        return f"{name}: not in this version"
    return f"unknown key {name}{did_you_mean(name, (*KEYS, *TABLES))}"
