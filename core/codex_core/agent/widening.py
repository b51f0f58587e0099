"""When the sandbox has refused something: the user is asked to allow the least that would do, and it is run again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from codex_core.agent.gate import Gate, Permit
from codex_core.agent.wish import Wish
from codex_core.policy.decide import with_widening
from codex_core.policy.offers import widening_offers, widening_rules
from codex_core.protocol import (
    Approve,
    ApproveWidening,
    CodexError,
    Denial,
    Deny,
    Retry,
    ToolResult,
    Widened,
    Widening,
    WideningOffer,
    WideningRule,
    widening_words,
)

MOST_RUNS = 3
"""Of one call: each widening may show what else is refused."""
_SHOWN_CHARACTERS = 2000


async def ask_to_widen(
    gate: Gate, wish: Wish, permit: Permit, result: ToolResult, granted: Sequence[Widening]
) -> tuple[Permit, Widening] | str:
    """Return how to run it again; or what to add for the model to the result that stands."""
    denial = result.denial
    if denial is None or not gate.desk.is_interactive or gate.settings().approval_policy == "never":
        return ""
    if permit.action.kind != "exec" or permit.policy.mode == "danger-full-access":
        return ""
    offers = await _offers(gate, permit, denial, granted)
    if not offers:
        return ""
    note = ""
    while True:
        why = note or f"the sandbox refused: {denial.what}"
        request = replace(
            gate.request(wish, permit.case, why),
            retry=Retry(denial=denial, offers=offers, output=result.output[-_SHOWN_CHARACTERS:]),
            hunks=(),
            editable=None,
        )
        match await gate.ask(wish, request):
            case None:
                return ""
            case Deny(words=words):
                said = f" The user says: {words}" if words else ""
                return f"The user was asked to allow it and said no.{said}"
            case Approve():
                answer = ApproveWidening(widening=offers[0].widening)
            case ApproveWidening() as answer if _is_offered(answer, offers):
                pass
            case _:
                note = f"that is not among the choices; the sandbox refused: {denial.what}"
                continue
        if note := await _remember(gate, permit, answer):
            continue
        await gate.audit.record(
            Widened(
                call_id=wish.call.call_id,
                summary=permit.action.summary,
                widening=answer.widening,
                scope=answer.scope,
            )
        )
        return replace(permit, policy=with_widening(permit.policy, answer.widening)), answer.widening


def told_of_rerun(denial: Denial, widening: Widening) -> str:
    """For the model, before what came of the second run."""
    allowed = widening_words(widening.kind, widening.target)
    return f"The sandbox had refused this: {denial.what}. The user then allowed {allowed}, and it was run again:"


async def _offers(gate: Gate, permit: Permit, denial: Denial, granted: Sequence[Widening]) -> tuple[WideningOffer, ...]:
    offers = await asyncio.to_thread(widening_offers, permit.case, denial, granted)
    forbidden = [
        rule.pattern
        for rule in (await gate.rules.now()).rules
        if rule.effect == "deny" and isinstance(rule.pattern, WideningRule)
    ]
    return tuple(
        offer
        for offer in offers
        if not any(
            rule.kind == offer.widening.kind and rule.target in ("", offer.widening.target) for rule in forbidden
        )
    )


def _is_offered(answer: ApproveWidening, offers: Sequence[WideningOffer]) -> bool:
    return any(answer.widening == offer.widening and answer.scope in offer.scopes for offer in offers)


async def _remember(gate: Gate, permit: Permit, answer: ApproveWidening) -> str:
    """Make the rules; returns why that was not possible, in words, or nothing."""
    if answer.scope == "once":
        return ""
    patterns = await asyncio.to_thread(widening_rules, permit.case, answer.widening)
    try:
        await gate.rules.add(patterns, "allow", answer.scope, f"said yes after a denial: {permit.action.summary}")
    except CodexError as error:
        return f"it could not be remembered: {error}"
    gate.on_remembered()
    return ""
