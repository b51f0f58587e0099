"""What the user is asked, made of a judged action: what will happen, where, how confined, and why it is asked."""

from __future__ import annotations

from codex_core.policy.decide import widened
from codex_core.policy.risk_order import riskiest_first
from codex_core.policy.rules import Case
from codex_core.protocol import ApprovalRequest, Confinement, Tier, ToolCallItem, new_id


def question_of(
    case: Case, call: ToolCallItem, *, why: str, decided_by: str, agent: tuple[str, ...], tier: Tier
) -> ApprovalRequest:
    action, judgement = case.action, case.judgement
    is_command = action.kind == "exec"
    return ApprovalRequest(
        request_id=new_id("ask"),
        call_id=call.call_id,
        tool=call.name,
        kind=action.kind,
        summary=action.summary,
        why=why,
        verdict=judgement.verdict,
        rule=decided_by,
        agent=agent,
        commands=riskiest_first(case) if is_command else (),
        cwd=str(case.policy.workspace) if is_command else "",
        confinement=_confinement(case, tier) if is_command else None,
        display=action.display,
        hunks=action.hunks,
        editable=action.editable,
    )


def _confinement(case: Case, tier: Tier) -> Confinement:
    policy = widened(case.policy, case.action)
    return Confinement(
        mode=policy.mode,
        tier=tier,
        network=policy.network,
        writable_roots=tuple(map(str, policy.writable_roots)),
    )
