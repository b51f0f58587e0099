"""What else a session asks: the model's questions, trust in a folder, a failed model call, the demo."""

from __future__ import annotations

from typing import assert_never

from codex_core.protocol import (
    AnswerInput,
    DemoAnswer,
    DemoQuestion,
    InputRequest,
    ModelFailedAnswer,
    ModelFailedQuestion,
    Op,
    Question,
    QuestionAnswer,
    TrustAnswer,
    TrustQuestion,
)
from codex_tui.panels.view import Answer, Choice, PanelView, Words


def input_panel(request_id: str, request: InputRequest, *, waiting: int = 0) -> PanelView:
    match request:
        case Question():
            return _question(request_id, request, waiting)
        case TrustQuestion():
            return _trust(request_id, request, waiting)
        case ModelFailedQuestion():
            return _model_failed(request_id, request, waiting)
        case DemoQuestion():
            return _demo(request_id, request, waiting)
        case _:
            assert_never(request)


def _question(request_id: str, question: Question, waiting: int) -> PanelView:
    def answer(text: str) -> Op:
        return AnswerInput(request_id=request_id, answer=QuestionAnswer(text=text.strip()))

    words = Words(placeholder="your answer, Enter sends it", make=answer)
    return PanelView(
        id=request_id,
        title="The model asks",
        lines=tuple(question.text.splitlines()),
        options=question.options,
        choose=answer if question.options else None,
        choices=(Choice(key="t", label="type an answer", does=words),),
        waiting=waiting,
    )


def _trust(request_id: str, question: TrustQuestion, waiting: int) -> PanelView:
    def answer(*, trusted: bool) -> Answer:
        return Answer(op=AnswerInput(request_id=request_id, answer=TrustAnswer(trusted=trusted)))

    return PanelView(
        id=request_id,
        title="Do you trust this folder?",
        why="it brings settings of its own, which can start programs and instruct the model",
        lines=(question.folder, *(f"  {line}" for line in question.found)),
        choices=(
            Choice(key="y", label="use them, and remember", does=answer(trusted=True)),
            Choice(key="n", label="work without them", does=answer(trusted=False)),
        ),
        waiting=waiting,
    )


def _model_failed(request_id: str, question: ModelFailedQuestion, waiting: int) -> PanelView:
    def answer(choice: ModelFailedAnswer) -> Answer:
        return Answer(op=AnswerInput(request_id=request_id, answer=choice))

    return PanelView(
        id=request_id,
        title="The model call failed",
        why="the turn waits; nothing is lost",
        lines=tuple(question.error.splitlines()),
        choices=(
            Choice(key="r", label="retry", does=answer(ModelFailedAnswer(choice="retry"))),
            Choice(key="s", label="stop the turn", does=answer(ModelFailedAnswer(choice="stop"))),
        ),
        tone="error",
        waiting=waiting,
    )


def _demo(request_id: str, question: DemoQuestion, waiting: int) -> PanelView:
    def answer(*, accepted: bool) -> Answer:
        return Answer(op=AnswerInput(request_id=request_id, answer=DemoAnswer(accepted=accepted)))

    return PanelView(
        id=request_id,
        title="Play the demo tour?",
        why="there is no key and no local model server; the demo needs neither",
        lines=(f"It makes a small scratch project in {question.folder} and works on it with real tools.",),
        choices=(
            Choice(key="y", label="play it", does=answer(accepted=True)),
            Choice(key="n", label="not now", does=answer(accepted=False)),
        ),
        waiting=waiting,
    )
