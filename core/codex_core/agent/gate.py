"""Whether a tool call may run: policy judges its action, and where the mode says so the user is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from codex_core.agent.collaborators import Journal
from codex_core.agent.control import Control
from codex_core.agent.desk import Desk
from codex_core.policy.decide import decide, widened
from codex_core.policy.judge import Judgement, judge
from codex_core.protocol import (
    Action,
    ApprovalRequest,
    ApproveAlways,
    CommandRule,
    Deny,
    EditRule,
    HostRule,
    Offer,
    Pattern,
    ResultStatus,
    SandboxPolicy,
    Settings,
    ToolCallItem,
    ToolRule,
    new_id,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    policy: SandboxPolicy
    """What binds the call while it runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    status: ResultStatus
    text: str
    """For the model."""


NOT_RUN = Refusal(status="interrupted", text="Not run: the user wanted something else first.")


class Gate:
    """One for a session: it remembers what was allowed for the whole of it."""

    def __init__(
        self,
        desk: Desk,
        journal: Journal,
        settings: Callable[[], Settings],
        policy: Callable[[], SandboxPolicy],
    ) -> None:
        self._desk = desk
        self._journal = journal
        self._settings = settings
        self._policy = policy
        self._allowed: set[tuple[str, ...]] = set()
        self.unanswered: str | None = None
        """What had to be asked while nobody was there to answer."""

    async def check(self, call: ToolCallItem, action: Action, control: Control) -> Permit | Refusal:
        policy = self._policy()
        judgement = await asyncio.to_thread(judge, action, policy, call.name)
        match decide(judgement.verdict, self._settings()):
            case "run":
                return Permit(policy=policy)
            case "deny":
                return Refusal(status="denied", text=f"Denied by policy: {judgement.why}. Find another way.")
            case "ask" if (policy.mode, *judgement.key) in self._allowed:
                return Permit(policy=widened(policy, action))
            case "ask":
                return await self._ask(call, action, judgement, policy, control)

    async def _ask(
        self, call: ToolCallItem, action: Action, judgement: Judgement, policy: SandboxPolicy, control: Control
    ) -> Permit | Refusal:
        if not self._desk.is_interactive:
            self.unanswered = action.summary
            return Refusal(status="denied", text="Denied: this needs an approval, and nobody is there to give it.")
        request = ApprovalRequest(
            request_id=new_id("ask"),
            call_id=call.call_id,
            tool=call.name,
            kind=action.kind,
            summary=action.summary,
            why=judgement.why,
            verdict=judgement.verdict,
            display=action.display,
            offers=_offers(judgement),
        )
        answer = await self._desk.approve(request, control)
        if answer is None:
            return NOT_RUN
        await self._journal.record_approval(request, answer)
        match answer:
            case Deny(words=words):
                said = f" The user says: {words}" if words else " Ask what to do instead, or find another way."
                return Refusal(status="denied", text=f"The user said no to this.{said}")
            case ApproveAlways() if judgement.key:
                # For this mode only: what may be edited at will in `ask` may not be in `plan`.
                self._allowed.add((policy.mode, *judgement.key))
            case _:
                pass
        return Permit(policy=widened(policy, action))


def _offers(judgement: Judgement) -> tuple[Offer, ...]:
    pattern: Pattern
    match judgement.key:
        case ("exec", *argv):
            pattern = CommandRule(prefix=tuple(argv), is_exact=True)
        case ("write",):
            pattern = EditRule(glob="**")
        case ("network", host):
            pattern = HostRule(host=host)
        case ("tool", tool):
            pattern = ToolRule(tool=tool)
        case _:
            return ()
    return (Offer(patterns=(pattern,), words=judgement.scope, scopes=("session",)),)
