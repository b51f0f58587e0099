"""May the agent do this? y, a, n, d."""

from __future__ import annotations

from codex_core.protocol import AnswerApproval, ApprovalRequest, Approve, ApproveAlways, Deny, DiffBlock, Op
from codex_tui.panels.view import Answer, Choice, PanelView, ShowDiff, Words


def approval_panel(request: ApprovalRequest, *, waiting: int = 0) -> PanelView:
    return PanelView(
        id=request.request_id,
        title=request.summary,
        why=request.why,
        blocks=request.display,
        choices=tuple(_choices(request)),
        tone="danger" if request.verdict == "danger" else "ask",
        main_key="n" if request.verdict == "danger" else "y",
        waiting=waiting,
        call_id=request.call_id,
    )


def _choices(request: ApprovalRequest) -> list[Choice]:
    def deny(words: str) -> Op:
        return AnswerApproval(request_id=request.request_id, answer=Deny(words=words.strip()))

    yes = AnswerApproval(request_id=request.request_id, answer=Approve())
    choices = [Choice(key="y", label="once", does=Answer(op=yes))]
    if request.offers:
        offer = request.offers[0]
        answer = ApproveAlways(patterns=offer.patterns, scope="session")
        always = AnswerApproval(request_id=request.request_id, answer=answer)
        choices.append(Choice(key="a", label=f"this session: {offer.words}", does=Answer(op=always)))
    no = Words(placeholder="no, because… (Enter sends; may be empty)", make=deny, may_be_empty=True)
    choices.append(Choice(key="n", label="no, because…", does=no))
    if request.display:
        is_diff = any(isinstance(block, DiffBlock) for block in request.display)
        choices.append(Choice(key="d", label="full diff" if is_diff else "full view", does=ShowDiff()))
    return choices
