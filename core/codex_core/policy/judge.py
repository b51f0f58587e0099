"""How risky an action is: a function of the action and of where it would happen, which looks nothing up."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from codex_core.policy.assessment import Assessment
from codex_core.policy.judge_line import assess_argv, assess_line
from codex_core.policy.places import Surroundings
from codex_core.protocol import Action, SandboxPolicy, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    verdict: Verdict
    why: str
    """For the user, why this is asked: a sentence that names the command and the reason."""
    rule: str = ""
    """The built-in rule that decided, by its stable name: `program:ls`, `git:push-force`, `not-understood`."""
    commands: tuple[tuple[str, ...], ...] = ()
    """The argv of every simple command that would run, unwrapped ones included and the wrapper before them; what is not
    known before it runs stands as it was written. Empty if the line is not fully understood."""
    beyond: tuple[str, ...] = ()
    """What the line does beyond running `commands`: files that it writes by redirection (`> out.txt`), variables that
    it sets for a command (`PATH=.`). Remembering a command covers none of it."""


def judge(action: Action, policy: SandboxPolicy) -> Judgement:
    match action.kind:
        case "read":
            return _judge_read(action, policy)
        case "write":
            return _judge_write(action, policy)
        case "exec":
            return _judge_command(action, policy)
        case "network":
            hosts = ", ".join(action.urls)
            return Judgement(
                verdict="ask",
                why=f"it reaches the network: {hosts}",
                rule="network",
            )
        case "other":
            return Judgement(
                verdict="ask",
                why="it is done by a tool from outside",
                rule="tool",
            )


def _judge_read(action: Action, policy: SandboxPolicy) -> Judgement:
    hidden = [path for path in action.paths if _is_below(path, policy.hidden_paths)]
    if hidden:
        return Judgement(verdict="danger", why=f"{hidden[0]} is hidden from the agent", rule="read:hidden")
    return Judgement(verdict="safe", why="it only reads", rule="read")


def _judge_write(action: Action, policy: SandboxPolicy) -> Judgement:
    roots = (policy.workspace, *policy.writable_roots)
    for path in action.paths:
        # Not only the workspace's own repository: hooks in a nested one run as well.
        if _is_below(path, policy.protected_paths) or ".git" in path.parts or _has_protected_name(path, policy):
            return Judgement(
                verdict="danger", why=f"{path.name} decides what runs or what the agent is told", rule="write:protected"
            )
        if not _is_below(path, roots):
            return Judgement(verdict="danger", why=f"{path} is outside the workspace", rule="write:outside")
    return Judgement(
        verdict="ask",
        why="every edit is asked in this mode",
        rule="write",
    )


def _has_protected_name(path: Path, policy: SandboxPolicy) -> bool:
    root = next((root for root in (policy.workspace, *policy.writable_roots) if path.is_relative_to(root)), None)
    return root is not None and any(p.casefold() in policy.protected_names for p in path.relative_to(root).parts)


def _judge_command(action: Action, policy: SandboxPolicy) -> Judgement:
    around = Surroundings(policy=policy, home=str(Path.home()))
    if is_shell_line(action.argv):
        assessment = assess_line(action.argv[2], policy.workspace, around)
    else:
        assessment = assess_argv(action.argv, policy.workspace, around)
    worst = assessment.worst()
    return Judgement(
        verdict=worst.verdict,
        why=worst.why,
        rule=worst.rule,
        commands=_commands(assessment),
        beyond=tuple(assessment.beyond),
    )


def _commands(assessment: Assessment) -> tuple[tuple[str, ...], ...]:
    return tuple(dict.fromkeys(assessment.commands)) if assessment.is_understood else ()


def is_shell_line(argv: Sequence[str]) -> bool:
    return len(argv) == 3 and tuple(argv[:2]) == ("bash", "-c")


def shell_line(argv: Sequence[str]) -> str:
    """The line that a person reads: the script of `bash -c`, else the words, quoted."""
    if is_shell_line(argv):
        return argv[2]
    return shlex.join(argv)


def _is_below(path: Path, folders: Sequence[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
