"""What else a session asks: the model's questions, trust in a folder, a failed model call, the demo."""

from __future__ import annotations

from typing import assert_never

from codex_core.protocol import (
    AnswerInput,
    DemoAnswer,
    DemoQuestion,
    FullAccessAnswer,
    FullAccessQuestion,
    InputRequest,
    ModelFailedAnswer,
    ModelFailedQuestion,
    Op,
    PlanAccepted,
    PlanQuestion,
    PlanRefused,
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
        case PlanQuestion():
            return _plan(request_id, request, waiting)
        case FullAccessQuestion():
            return _full_access(request_id, request, waiting)
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


def _plan(request_id: str, question: PlanQuestion, waiting: int) -> PanelView:
    def refuse(text: str) -> Op:
        return AnswerInput(request_id=request_id, answer=PlanRefused(words=text.strip()))

    def accept(answer: PlanAccepted) -> Answer:
        return Answer(op=AnswerInput(request_id=request_id, answer=answer))

    no = Words(placeholder="what should be different? (Enter sends; may be empty)", make=refuse, may_be_empty=True)
    return PanelView(
        id=request_id,
        title="Work by this plan?",
        why="a plan changes nothing before you have accepted it",
        lines=question.steps,
        choices=(
            Choice(key="y", label="yes, ask for each edit", does=accept(PlanAccepted())),
            Choice(key="a", label="yes, without asking", does=accept(PlanAccepted(mode="auto"))),
            Choice(key="n", label="no, because…", does=no),
        ),
        waiting=waiting,
    )


def _full_access(request_id: str, question: FullAccessQuestion, waiting: int) -> PanelView:
    def answer(*, confirmed: bool) -> Answer:
        return Answer(op=AnswerInput(request_id=request_id, answer=FullAccessAnswer(confirmed=confirmed)))

    return PanelView(
        id=request_id,
        title="Confine nothing and ask nothing?" if question.number == "first" else "Really? This is the second time.",
        why="everything the model starts could then read, change and send all that you can",
        choices=(
            Choice(key="y", label="yes", does=answer(confirmed=True)),
            Choice(key="n", label="no", does=answer(confirmed=False)),
        ),
        tone="danger",
        waiting=waiting,
    )
