"""How a request was judged, and what each key would do: the sheet that `?` opens, as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from codex_core.protocol import ApprovalRequest, Confinement, Verdict
from codex_tui.panels.facts import agent_words, command_lines, confinement_words
from codex_tui.panels.view import (
    Answer,
    AnswerPicked,
    Choice,
    EditCommand,
    EditTexts,
    Explain,
    Explanation,
    PickHunks,
    PickScope,
    ShowDiff,
    Words,
)
from codex_tui.place import short_path
from codex_tui.quoted import unquoted

_VERDICTS: dict[Verdict, str] = {
    "safe": "harmless",
    "ask": "not known to be harmless: yours to say",
    "danger": "dangerous: asked each time, and never covered by a remembered rule",
}
_TIERS = {
    "A": "namespaces, Landlock and seccomp",
    "B": "Landlock and seccomp",
    "C": "nothing: this machine has no sandbox",
}
_COMMANDS_MOST = 40


def explanation_of(request: ApprovalRequest, choices: Sequence[Choice]) -> tuple[Explanation, ...]:
    judged = [("verdict", _VERDICTS[request.verdict]), ("why", unquoted(request.why))]
    if " " in request.rule:  # words; the short name of a built-in rule says nothing that the reason does not
        judged.append(("decided by", unquoted(request.rule)))
    if request.retry is not None:
        judged.append(("refused", request.retry.denial.what))
    asked = [("what", request.summary), ("tool", request.tool)]
    if request.agent:
        asked.append(("asked by", f"sub-agent {agent_words(request.agent)}"))
    asked += [("" if at else "commands", line) for at, line in enumerate(command_lines(request, _COMMANDS_MOST))]
    if request.cwd:
        asked.append(("where", short_path(request.cwd)))
    return (
        Explanation(title="What is asked", rows=tuple(asked)),
        Explanation(title="How it was judged", rows=tuple(judged)),
        *_confinement(request.confinement),
        Explanation(title="Your keys", rows=(*((choice.key, _does(choice)) for choice in choices), *_OTHER_KEYS)),
    )


_OTHER_KEYS = (
    ("?", "this"),
    ("Esc", "pause: nothing is lost, the question stays"),
    ("Alt+A", "give the question the keyboard"),
)


def _confinement(confinement: Confinement | None) -> tuple[Explanation, ...]:
    if confinement is None:
        return ()
    rows = [("how", confinement_words(confinement)), ("by", _TIERS[confinement.tier])]
    rows += [("" if at else "writable", short_path(root)) for at, root in enumerate(confinement.writable_roots)]
    return (Explanation(title="How it would be confined", rows=tuple(rows)),)


def _does(choice: Choice) -> str:
    match choice.does:
        case Answer():
            return "yes, this once; the same is asked again next time"
        case AnswerPicked():
            return "run it again with the marked line allowed, this once"
        case PickScope():
            return (
                "yes, and not asked again: you see what that covers and choose for how long; /rules lists and removes"
            )
        case EditCommand():
            return "change the command; what you send is judged again and the model is told what was changed"
        case EditTexts():
            return "change what will be written; the model is told what was changed"
        case PickHunks() if choice.key == "h":
            return "take some of the changes and leave others; the model is told which"
        case PickHunks() | ShowDiff():
            return "all of it, full screen"
        case Words():
            return "no, with words for the model if you like; the turn goes on"
        case Explain():
            return "this"
        case _:
            assert_never(choice.does)
