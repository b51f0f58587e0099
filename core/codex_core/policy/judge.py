"""How risky an action is: a pure function of the action and of where it would happen.

First form: shell lines are judged by a short list of harmless commands; whatever is not on it is asked.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from codex_core.policy.destructive import is_destructive
from codex_core.protocol import Action, SandboxPolicy, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    verdict: Verdict
    why: str
    """For the user, why this is asked."""
    scope: str = ""
    """What a yes for the whole session would cover, in words; empty: it may not be given."""
    key: tuple[str, ...] = ()
    """Two actions with the same key are covered by the same yes for the session."""


def judge(action: Action, policy: SandboxPolicy, tool: str) -> Judgement:
    match action.kind:
        case "read":
            return _judge_read(action, policy)
        case "write":
            return _judge_write(action, policy)
        case "exec":
            return _judge_command(action)
        case "network":
            hosts = ", ".join(action.urls)
            return Judgement(verdict="ask", why=f"it reaches the network: {hosts}", scope=hosts, key=("network", hosts))
        case "other":
            return Judgement(
                verdict="ask",
                why="it is done by a tool from outside",
                scope=f"all calls of {tool}",
                key=("tool", tool),
            )


def _judge_read(action: Action, policy: SandboxPolicy) -> Judgement:
    hidden = [path for path in action.paths if _is_below(path, policy.hidden_paths)]
    if hidden:
        return Judgement(verdict="danger", why=f"{hidden[0]} is hidden from the agent")
    return Judgement(verdict="safe", why="it only reads")


def _judge_write(action: Action, policy: SandboxPolicy) -> Judgement:
    roots = (policy.workspace, *policy.writable_roots)
    for path in action.paths:
        # Not only the workspace's own repository: hooks in a nested one run as well.
        if _is_below(path, policy.protected_paths) or ".git" in path.parts or _has_protected_name(path, policy):
            return Judgement(verdict="danger", why=f"{path.name} decides what runs or what the agent is told")
        if not _is_below(path, roots):
            return Judgement(verdict="danger", why=f"{path} is outside the workspace")
    return Judgement(
        verdict="ask",
        why="every edit is asked in this mode",
        scope="all edits inside the workspace",
        key=("write",),
    )


def _has_protected_name(path: Path, policy: SandboxPolicy) -> bool:
    root = next((root for root in (policy.workspace, *policy.writable_roots) if path.is_relative_to(root)), None)
    return root is not None and any(p.casefold() in policy.protected_names for p in path.relative_to(root).parts)


_PLAIN = re.compile(r"[A-Za-z0-9_./:=@%+, -]+")
"""No quoting, no expansion, no operators: what such a line runs is what it says."""

_LONGEST_LINE = 131_072
"""Linux hands no program a longer argument; nobody would read it through either."""

_HARMLESS = {"ls", "pwd", "wc", "true", "false", "whoami", "uname", "date"}


def _judge_command(action: Action) -> Judgement:
    line = shell_line(action.argv)
    if len(line) > _LONGEST_LINE:
        return Judgement(verdict="danger", why="it is too long to be looked through")
    if is_destructive(line):
        return Judgement(verdict="danger", why="it can destroy what cannot be brought back")
    if _PLAIN.fullmatch(line) and _is_harmless(line):
        return Judgement(verdict="safe", why="it only looks")
    return Judgement(
        verdict="ask",
        why="not known to be harmless",
        scope="exactly this command",
        key=("exec", *action.argv),
    )


def _is_harmless(line: str) -> bool:
    words = line.split()  # plain as it is; shlex's time grows with the square of the longest word
    # `date -s` sets the clock; assignments in front of a command change what it does.
    return bool(words) and words[0] in _HARMLESS and not (words[0] == "date" and len(words) > 1)


def shell_line(argv: Sequence[str]) -> str:
    """The line that a person reads: the script of `bash -c`, else the words, quoted."""
    if len(argv) == 3 and argv[:2] == ("bash", "-c"):
        return argv[2]
    return shlex.join(argv)


def _is_below(path: Path, folders: Sequence[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
