"""After a crash: the calls that were cut short, and what shall become of them."""

from __future__ import annotations

from typing import Literal

from codex_core.protocol import AnswerInput, CrashAnswer, CrashedCall, CrashQuestion
from codex_tui.labels import subject_of, verb_of
from codex_tui.panels.view import Answer, Choice, PanelView


def crash_panel(request_id: str, question: CrashQuestion) -> PanelView:
    def answer(choice: Literal["run_again", "tell", "drop"]) -> Answer:
        return Answer(op=AnswerInput(request_id=request_id, answer=CrashAnswer(choice=choice)))

    started = [call for call in question.calls if call.was_started]
    them = "it" if len(started) == 1 else "them"
    lines = [
        *map(_line, started),
        *(f"{_line(call)}  (had not begun)" for call in question.calls if call not in started),
    ]
    if not question.can_run_again:
        lines.append("A secret in its arguments was not kept, so it cannot be run again.")
    again = (Choice(key="r", label=f"run {them} again", short="run again", does=answer("run_again")),)
    return PanelView(
        id=request_id,
        title="This was cut short by a crash" if len(started) == 1 else "These were cut short by a crash",
        why="whether it had an effect is not known" if len(started) == 1 else "whether they had an effect is not known",
        lines=tuple(lines),
        choices=(
            Choice(key="t", label="tell the model, go on", short="tell the model", does=answer("tell")),
            *(again if question.can_run_again else ()),
            Choice(key="d", label=f"drop {them}", short="drop", does=answer("drop")),
        ),
        call_id=started[0].call_id if started else "",
        tone="error",
    )


def _line(call: CrashedCall) -> str:
    return f"{verb_of(call.name)} {subject_of(call.arguments)}".rstrip()
