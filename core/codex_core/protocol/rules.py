"""Rules: what the user has said once for all times to come. Data; `codex_core.policy.rules` says what they cover.

An `allow` never covers what is judged dangerous, nor protected files. Where rules disagree, `deny` goes before `ask`
and `ask` before `allow`.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, assert_never

from codex_core.protocol.record import Record
from codex_core.protocol.sandbox import WideningKind

Effect: TypeAlias = Literal["allow", "ask", "deny"]
RuleScope: TypeAlias = Literal["session", "project", "user"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRule(Record):
    """Simple commands whose parsed words begin so. A line is covered when each of its commands is, or is safe."""

    prefix: tuple[str, ...]
    is_exact: bool = False
    """These words and no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRule(Record):
    """Files below the workspace."""

    glob: str
    """Relative to the workspace, parts divided by `/`: `*` and `?` within a part, `**` for any number of parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRule(Record):
    host: str
    """A host name, or `*.` and a name: every host below it, not itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRule(Record):
    """A tool that is not our own."""

    tool: str
    """As the model calls it: `mcp__git__git_log`; with `*` at its end all whose names begin so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WideningRule(Record):
    """What some commands may do beyond the sandbox of their mode."""

    kind: WideningKind
    target: str = ""
    """An absolute path for `write` and `read`, else empty."""
    prefix: tuple[str, ...] = ()
    """Only for lines of which each command is safe or begins so; empty: for all."""
    is_exact: bool = False
    """The one command has these words and no more."""


Pattern: TypeAlias = CommandRule | EditRule | HostRule | ToolRule | WideningRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Record):
    rule_id: str
    pattern: Pattern
    effect: Effect
    scope: RuleScope
    project: Path | None = None
    """The workspace that a rule of scope `project` belongs to; None for the others."""
    made_at: float
    """Seconds since 1970, UTC; 0 if not known."""
    origin: str
    """Where it comes from, in words: `said yes to: Run make test`, `codex-py policy rules add`, a file's path."""


def pattern_words(pattern: Pattern) -> str:
    """What the pattern covers, in words for people."""
    match pattern:
        case CommandRule(prefix=prefix, is_exact=is_exact):
            return _commands(prefix, is_exact=is_exact)
        case EditRule(glob=glob):
            return "all edits inside the workspace" if glob == "**" else f"edits of {glob}"
        case HostRule(host=host) if host.startswith("*."):
            return f"requests to any host below {host[2:]}"
        case HostRule(host=host):
            return f"requests to {host}"
        case ToolRule(tool=tool) if tool.endswith("*"):
            return f"all calls of tools that begin with {tool[:-1]}"
        case ToolRule(tool=tool):
            return f"all calls of {tool}"
        case WideningRule(prefix=prefix, is_exact=is_exact):
            whose = _commands(prefix, is_exact=is_exact) if prefix else "all commands"
            return f"{widening_words(pattern.kind, pattern.target)}, for {whose}"
        case _:
            assert_never(pattern)


def _commands(prefix: tuple[str, ...], *, is_exact: bool) -> str:
    return f"exactly {shlex.join(prefix)}" if is_exact else f"commands that begin with {shlex.join(prefix)}"


def widening_words(kind: WideningKind, target: str) -> str:
    match kind:
        case "write":
            return f"writing to {target}"
        case "read":
            return f"reading {target}"
        case "network":
            return "the network (the whole of it: single hosts cannot be let through)"
        case "unconfined":
            return "no sandbox at all"
        case _:
            assert_never(kind)
