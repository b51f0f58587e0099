"""What else a session asks: the model's questions, trust in a folder, a failed model call, the demo."""

from __future__ import annotations

from typing import assert_never

from codex_core.protocol import (
    AnswerInput,
    CrashQuestion,
    DemoAnswer,
    DemoQuestion,
    FullAccessAnswer,
    FullAccessQuestion,
    InputRequest,
    ModelFailedAnswer,
    ModelFailedQuestion,
    Op,
    PlanAccepted,
    PlanBlock,
    PlanQuestion,
    PlanRefused,
    PlanStep,
    Question,
    QuestionAnswer,
    TextBlock,
    TrustAnswer,
    TrustQuestion,
)
from codex_tui.panels.crash import crash_panel
from codex_tui.panels.view import Answer, Choice, EditTexts, Fact, PanelView, ShowDiff, Words

_PLAN = "plan.md"


def input_panel(request_id: str, request: InputRequest) -> PanelView:
    match request:
        case Question():
            return _question(request_id, request)
        case TrustQuestion():
            return _trust(request_id, request)
        case ModelFailedQuestion():
            return _model_failed(request_id, request)
        case DemoQuestion():
            return _demo(request_id, request)
        case PlanQuestion():
            return _plan(request_id, request)
        case FullAccessQuestion():
            return _full_access(request_id, request)
        case CrashQuestion():
            return crash_panel(request_id, request)
        case _:
            assert_never(request)


def _question(request_id: str, question: Question) -> PanelView:
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
    )


def _trust(request_id: str, question: TrustQuestion) -> PanelView:
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
    )


def _model_failed(request_id: str, question: ModelFailedQuestion) -> PanelView:
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
    )


def _demo(request_id: str, question: DemoQuestion) -> PanelView:
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
    )


def _plan(request_id: str, question: PlanQuestion) -> PanelView:
    def refuse(text: str) -> Op:
        return AnswerInput(request_id=request_id, answer=PlanRefused(words=text.strip()))

    def accept(answer: PlanAccepted) -> Op:
        return AnswerInput(request_id=request_id, answer=answer)

    def accept_edited(changed: dict[str, str]) -> Op:
        return accept(PlanAccepted(plan=changed.get(_PLAN, "")))

    no = Words(placeholder="what should be different? (Enter sends; may be empty)", make=refuse, may_be_empty=True)
    edit = EditTexts(title="The plan", texts=((_PLAN, question.plan),), sends="work by this", make=accept_edited)
    steps = tuple(PlanStep(text=step, status="pending") for step in question.steps)
    return PanelView(
        id=request_id,
        title="Work by this plan?",
        why="nothing has been changed yet",
        blocks=(
            TextBlock(text=question.plan, language="markdown"),
            *((PlanBlock(steps=steps),) if steps else ()),
        ),
        is_body_inside=True,
        choices=(
            Choice(
                key="y",
                label="yes, ask before each change",
                short="yes, asking",
                does=Answer(op=accept(PlanAccepted())),
            ),
            Choice(
                key="a",
                label="yes, without asking",
                short="not asking",
                does=Answer(op=accept(PlanAccepted(mode="auto"))),
            ),
            Choice(key="e", label="edit it", short="edit", does=edit),
            Choice(key="n", label="no, because…", short="no…", does=no),
            Choice(key="d", label="full view", short="view", does=ShowDiff()),
        ),
    )


def _full_access(request_id: str, question: FullAccessQuestion) -> PanelView:
    def answer(*, confirmed: bool) -> Answer:
        return Answer(op=AnswerInput(request_id=request_id, answer=FullAccessAnswer(confirmed=confirmed)))

    return PanelView(
        id=request_id,
        title="Confine nothing and ask nothing?" if question.number == "first" else "Really confine and ask nothing?",
        facts=(
            Fact(
                name="danger",
                lines=("all that the model starts could read, change and send what you can",),
                tone="danger",
            ),
        ),
        count="asked 1 of 2" if question.number == "first" else "asked 2 of 2",
        choices=(
            Choice(key="y", label="yes, full access", does=answer(confirmed=True)),
            Choice(key="n", label="no, leave it as it is", does=answer(confirmed=False)),
        ),
        tone="danger",
        is_wished=True,
        main_key="n",
    )
