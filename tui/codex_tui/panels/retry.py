"""The sandbox refused something of a command that has run: run it again with more allowed, or tell the model?"""

from __future__ import annotations

from codex_core.protocol import AnswerApproval, ApprovalRequest, ApproveWidening, Deny, Op, Retry, WideningOffer
from codex_tui.panels.explain import explanation_of
from codex_tui.panels.facts import facts_of
from codex_tui.panels.scope import widening_page
from codex_tui.panels.view import (
    AnswerPicked,
    Choice,
    Explain,
    Fact,
    PanelView,
    PickScope,
    ShowDiff,
    Words,
)

_OUTPUT_LINES = 3


def retry_panel(request: ApprovalRequest, retry: Retry) -> PanelView:
    is_danger = request.verdict == "danger"
    return PanelView(
        id=request.request_id,
        title=f"The sandbox refused: {retry.denial.what}",
        facts=(
            Fact(name="command", lines=(request.summary.removeprefix("Run "),)),
            *_output(retry.output),
            *(fact for fact in facts_of(request) if fact.name != "commands" and fact.lines != _said(retry)),
        ),
        blocks=request.display,
        options=tuple(_words(offer) for offer in retry.offers),
        risky=frozenset(at for at, offer in enumerate(retry.offers) if offer.widening.kind == "unconfined"),
        choices=tuple(_choices(request, retry)),
        tone="danger" if is_danger else "ask",
        main_key="n" if is_danger else "y",
        refusals=(("e", "it has run already: it cannot be changed"), ("h", "only an edit has hunks: y or n")),
        call_id=request.call_id,
    )


def _choices(request: ApprovalRequest, retry: Retry) -> list[Choice]:
    def once(index: int) -> Op:
        answer = ApproveWidening(widening=retry.offers[index].widening, scope="once")
        return AnswerApproval(request_id=request.request_id, answer=answer)

    def deny(words: str) -> Op:
        return AnswerApproval(request_id=request.request_id, answer=Deny(words=words.strip()))

    choices: list[Choice] = []
    if retry.offers:
        choices.append(Choice(key="y", label="this once", does=AnswerPicked(make=once)))
    if (page := widening_page(request, retry.offers)) is not None:
        choices.append(Choice(key="a", label="always…", short="always", does=PickScope(page=page)))
    no = Words(placeholder="words for the model (Enter sends; may be empty)", make=deny, may_be_empty=True)
    choices.append(Choice(key="n", label="no, tell the model", short="no…", does=no))
    if request.display:
        choices.append(Choice(key="d", label="full view", short="view", does=ShowDiff()))
    keys = tuple(choices)
    choices.append(Choice(key="?", label="explain", short="why", does=Explain(sections=explanation_of(request, keys))))
    return choices


def _said(retry: Retry) -> tuple[str, ...]:
    """A reason that is the title once more."""
    return (f"the sandbox refused: {retry.denial.what}",)


def _words(offer: WideningOffer) -> str:
    if offer.widening.kind == "unconfined":
        return f"run it again with {offer.words}: it could read, change and send all that you can"
    return f"run it again and allow {offer.words}"


def _output(output: str) -> tuple[Fact, ...]:
    lines = [line for line in output.splitlines() if line.strip()]
    return (Fact(name="it said", lines=tuple(lines[-_OUTPUT_LINES:]), tone="muted"),) if lines else ()
