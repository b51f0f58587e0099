"""Whether a tool call may run: its action is judged, the user's rules are heard, and the user is asked.

What the user changes is judged again; what changes by itself between question and answer is asked anew.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import assert_never

from codex_core.agent.audit import Audit
from codex_core.agent.decided import asked_item
from codex_core.agent.desk import Desk
from codex_core.agent.question import question_of
from codex_core.agent.rulebook import RuleBook, RulesNow
from codex_core.agent.wish import Wish
from codex_core.policy.decide import decide, widened, with_widening
from codex_core.policy.judge import judge
from codex_core.policy.offers import offers_for
from codex_core.policy.rules import Case, Ruling, covering, remembered_widenings, ruling_on
from codex_core.protocol import (
    Action,
    AllowedByRule,
    ApprovalAnswer,
    ApprovalItem,
    ApprovalRequest,
    Approve,
    ApproveAlways,
    ApproveEditedCommand,
    ApproveEditedFiles,
    ApproveHunks,
    ApproveWidening,
    Block,
    CodexError,
    Deny,
    RefusedByPolicy,
    ResultStatus,
    RevisableTool,
    Revision,
    Rule,
    SandboxPolicy,
    SandboxStatus,
    Settings,
    ToolError,
    Widened,
    Widening,
    WideningRule,
    pattern_words,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    action: Action
    """What may be done: as the model wished it, or as the user has changed it."""
    policy: SandboxPolicy
    """What binds the call while it runs."""
    case: Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    status: ResultStatus
    text: str
    """For the model."""
    display: tuple[Block, ...] = ()


NOT_RUN = Refusal(status="interrupted", text="Not run: the user wanted something else first.")


@dataclass(slots=True, kw_only=True)
class Gate:
    """One for a session."""

    desk: Desk
    audit: Audit
    settings: Callable[[], Settings]
    policy: Callable[[], SandboxPolicy]
    rules: RuleBook
    sandbox: Callable[[], SandboxStatus]
    append: Callable[[ApprovalItem], Awaitable[None]]
    """Puts what was asked and answered into the history."""
    on_remembered: Callable[[], None]
    """Called after a yes has become a rule."""
    agent: tuple[str, ...] = ()
    """Names of the sub-agents on the way to the one that this gate is for."""
    unanswered: str | None = None
    """What had to be asked while nobody was there to answer."""

    async def check(self, wish: Wish) -> Permit | Refusal:
        """Say whether the call may run, and as what.

        Raises:
            ToolError: the call is wrong, or what it builds on has changed so that it cannot be done any more.
            CodexError: what was asked and answered could not be written down.
        """
        seen = action = await wish.preview()
        note = ""
        is_users = False
        """The user has written `action` and said yes to it."""
        while True:
            case = await self.case_of(wish, action)
            now = await self.rules.now()
            ruling = self._ruling(case, now)
            match decide(case.judgement.verdict, self.settings(), ruling.effect if ruling is not None else None):
                case "run":
                    # What the user has written and said yes to is owed to no rule.
                    return await self._run(wish, case, None if is_users else ruling, now)
                case "deny":
                    return await self._refuse(wish, case, ruling)
                case "ask" if is_users and case.judgement.verdict != "danger":
                    return await self._permit(wish, case, now, widened(case.policy, action))
                case "ask":
                    pass
            if not self.desk.is_interactive:
                return await self._nobody_to_ask(wish, case, ruling)
            request = await self._request(wish, case, ruling, note)
            if (answer := await self.ask(wish, request)) is None:
                return replace(NOT_RUN, display=action.display)
            is_users, note = False, ""
            match answer:
                case Deny(words=words):
                    return _denied(words, action)
                case ApproveAlways():
                    if note := await self._remember(case, request, answer):
                        continue
                case Approve():
                    pass
                case ApproveEditedCommand() | ApproveEditedFiles() | ApproveHunks():
                    if isinstance(answer, ApproveHunks) and not answer.accepted:
                        return _denied("", action)
                    try:
                        action = await _revised(wish, action, answer)
                    except ToolError as error:
                        note = f"that cannot be done so: {error}"
                        continue
                    is_users = True
                case ApproveWidening():
                    note = "nothing was refused by the sandbox yet: answer with yes or no"
                    continue
                case _:
                    assert_never(answer)
            if seen.kind == "write" and (fresh := await wish.preview()).changes != seen.changes:
                seen = action = fresh
                is_users, note = False, "a file has changed since this was asked; this is the edit as it would be now"
            elif not is_users:
                return await self._permit(wish, case, now, widened(case.policy, action))

    async def case_of(self, wish: Wish, action: Action) -> Case:
        policy = self.policy()
        judgement = await asyncio.to_thread(judge, action, policy)
        return Case(action=action, judgement=judgement, tool=wish.call.name, policy=policy)

    def request(self, wish: Wish, case: Case, why: str, ruling: Ruling | None = None) -> ApprovalRequest:
        """What the user is asked; offers come on top."""
        return question_of(
            case,
            wish.call,
            why=why,
            decided_by=_named(ruling.rules) if ruling is not None and ruling.rules else case.judgement.rule,
            agent=self.agent,
            tier=self.sandbox().tier,
        )

    async def ask(self, wish: Wish, request: ApprovalRequest) -> ApprovalAnswer | None:
        """Ask, with both question and answer written down before anything comes of them."""
        at, since = time.time(), time.monotonic()
        await self.audit.asked(request)
        answer = await self.desk.approve(request, wish.control)
        duration_s = time.monotonic() - since
        await self.audit.answered(request, answer)
        await self.append(asked_item(request, answer, at=at, duration_s=duration_s))
        return answer

    def _ruling(self, case: Case, now: RulesNow) -> Ruling | None:
        ruling = ruling_on(case, now.rules)
        if ruling is not None and ruling.effect == "allow":
            # What may be edited at will in `ask` may not be in `plan`; a command runs there, but writes nothing.
            return ruling if case.policy.mode != "read-only" or case.action.kind == "exec" else None
        if ruling is None and now.problem and case.judgement.verdict == "ask":
            return Ruling(effect="ask", rules=())
        return ruling

    async def _nobody_to_ask(self, wish: Wish, case: Case, ruling: Ruling | None) -> Refusal:
        self.unanswered = case.action.summary
        why = "this needs an approval, and nobody is there to give it"
        await self.audit.record(_refusal(wish, case, why, ruling))
        return Refusal(status="denied", text=f"Denied: {why}.", display=case.action.display)

    async def _request(self, wish: Wish, case: Case, ruling: Ruling | None, note: str) -> ApprovalRequest:
        request = self.request(wish, case, note or self._why(case, ruling), ruling)
        if ruling is not None and ruling.rules:
            return request  # a rule that asks is not outdone by another
        return replace(request, offers=await asyncio.to_thread(offers_for, case))

    def _why(self, case: Case, ruling: Ruling | None) -> str:
        if ruling is None:
            return case.judgement.why
        if not ruling.rules:
            return f"saved rules cannot be read, so everything is asked ({case.judgement.why})"
        return f"a rule wants it asked: {_named(ruling.rules)}"

    async def _remember(self, case: Case, request: ApprovalRequest, answer: ApproveAlways) -> str:
        """Make the rules; returns why that was not possible, in words, or nothing."""
        probe = [
            Rule(rule_id=str(at), pattern=pattern, effect="allow", scope=answer.scope, made_at=0.0, origin="")
            for at, pattern in enumerate(answer.patterns)
        ]
        used = await asyncio.to_thread(covering, case, probe)
        offered = {pattern for offer in request.offers for pattern in offer.patterns}
        needless = [rule for rule in probe if rule not in used and rule.pattern not in offered]
        if not used or needless or not any(answer.scope in offer.scopes for offer in request.offers):
            return "such a rule would not cover what is asked, or would cover far too much: choose another"
        try:
            await self.rules.add(answer.patterns, "allow", answer.scope, f"said yes to: {case.action.summary}")
        except CodexError as error:
            return f"it could not be remembered: {error}"
        self.on_remembered()
        return ""

    async def _run(self, wish: Wish, case: Case, ruling: Ruling | None, now: RulesNow) -> Permit:
        if ruling is not None and ruling.effect == "allow" and decide("ask", self.settings()) == "ask":
            await self.audit.record(
                AllowedByRule(call_id=wish.call.call_id, summary=case.action.summary, rules=ruling.rules)
            )
        return await self._permit(wish, case, now, case.policy)

    async def _permit(self, wish: Wish, case: Case, now: RulesNow, policy: SandboxPolicy) -> Permit:
        """With what was remembered for such commands beyond the sandbox; only where somebody can be asked."""
        if self.desk.is_interactive and case.policy.mode == "workspace-write":
            for rule in await asyncio.to_thread(remembered_widenings, case, now.rules):
                if isinstance(pattern := rule.pattern, WideningRule):
                    widening = Widening(kind=pattern.kind, target=pattern.target)
                    policy = with_widening(policy, widening)
                    await self.audit.record(
                        Widened(
                            call_id=wish.call.call_id,
                            summary=case.action.summary,
                            widening=widening,
                            scope="session" if rule.scope == "session" else "project",
                            rules=(rule,),
                        )
                    )
        return Permit(action=case.action, policy=policy, case=case)

    async def _refuse(self, wish: Wish, case: Case, ruling: Ruling | None) -> Refusal:
        if ruling is not None and ruling.rules:
            why = f"a rule of the user's forbids it: {_named(ruling.rules)}"
        else:
            why = case.judgement.why
        await self.audit.record(_refusal(wish, case, why, ruling))
        return Refusal(status="denied", text=f"Denied by policy: {why}. Find another way.", display=case.action.display)


def _denied(words: str, action: Action) -> Refusal:
    said = f" The user says: {words}" if words else " Ask what to do instead, or find another way."
    return Refusal(status="denied", text=f"The user said no to this.{said}", display=action.display)


def _refusal(wish: Wish, case: Case, why: str, ruling: Ruling | None) -> RefusedByPolicy:
    rules = ruling.rules if ruling is not None else ()
    return RefusedByPolicy(call_id=wish.call.call_id, summary=case.action.summary, why=why, rules=rules)


def _named(rules: tuple[Rule, ...]) -> str:
    return "; ".join(f"{rule.effect} {pattern_words(rule.pattern)} ({rule.scope})" for rule in rules)


async def _revised(wish: Wish, action: Action, revision: Revision) -> Action:
    if not isinstance(wish.tool, RevisableTool):
        raise ToolError("this tool's calls cannot be changed")
    return await wish.tool.revise(action, revision)
