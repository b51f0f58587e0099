"""What is worth knowing before an answer, in plain words: who asks, what exactly, where, and how it is confined."""

from __future__ import annotations

import shlex

from codex_core.protocol import ApprovalRequest, Confinement
from codex_tui.panels.view import Fact
from codex_tui.place import short_path

COMMANDS_SHOWN = 6
_ROOTS_SHOWN = 2


def facts_of(request: ApprovalRequest) -> tuple[Fact, ...]:
    facts: list[Fact] = []
    if request.agent:
        facts.append(Fact(name="asked by", lines=(f"sub-agent {agent_words(request.agent)}",), tone="warning"))
    facts.append(_why(request))
    if " " in request.rule:  # words; the short name of a built-in rule says nothing that the reason does not
        facts.append(Fact(name="decided", lines=(request.rule,), tone="muted", is_prose=True))
    if len(request.commands) > 1:
        facts.append(Fact(name="commands", lines=command_lines(request, COMMANDS_SHOWN)))
    if request.cwd:
        facts.append(Fact(name="where", lines=(short_path(request.cwd),)))
    if request.confinement is not None:
        facts.append(_confined(request.confinement))
    return tuple(facts)


def _why(request: ApprovalRequest) -> Fact:
    if request.verdict == "danger":
        return Fact(name="danger", lines=(request.why,), tone="danger", is_prose=True)
    return Fact(name="why", lines=(request.why,), is_prose=True)


def agent_words(agent: tuple[str, ...]) -> str:
    return " › ".join(agent)


def command_lines(request: ApprovalRequest, most: int) -> tuple[str, ...]:
    """The simple commands of a line, as a shell would write each alone."""
    lines = [shlex.join(words) for words in request.commands]
    if len(lines) > most:
        lines = [*lines[: most - 1], f"… and {len(lines) - most + 1} more (? shows them all)"]
    return tuple(lines)


def confinement_words(confinement: Confinement) -> str:
    """`writes in the workspace only · network off`"""
    if confinement.mode == "danger-full-access":
        return "by nothing: it can read, change and send all that you can"
    if confinement.tier == "C":
        return "by nothing: this machine has no sandbox"
    network = f"network {confinement.network}"
    if confinement.mode == "read-only":
        return f"reads only, changes nothing · {network}"
    roots = [short_path(root) for root in confinement.writable_roots]
    more = f" and {len(roots) - _ROOTS_SHOWN} more folders" if len(roots) > _ROOTS_SHOWN else ""
    beside = "".join(f", {root}" for root in roots[:_ROOTS_SHOWN]) + more
    return f"writes in the workspace{beside} only · {network}"


def _confined(confinement: Confinement) -> Fact:
    is_open = confinement.mode == "danger-full-access" or confinement.tier == "C"
    tone = "danger" if is_open else "warning" if confinement.network == "on" else "text"
    return Fact(name="confined", lines=(confinement_words(confinement),), tone=tone)
