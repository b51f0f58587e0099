"""What the turns and the commands of a session work with: made once, and handed to each of them as a `Turn`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from codex_core.agent.audit import Audit
from codex_core.agent.collaborators import Emit
from codex_core.agent.context_use import context_use
from codex_core.agent.control import Control
from codex_core.agent.desk import Desk
from codex_core.agent.gate import Gate
from codex_core.agent.history import notice_item
from codex_core.agent.inbox import Inbox
from codex_core.agent.limits import TurnLimits
from codex_core.agent.room import Room
from codex_core.agent.rulebook import RuleBook
from codex_core.agent.turn import Turn
from codex_core.protocol import CodexError, ContextUse, PauseItem, PlanAccepted, Usage, UsageUpdated
from codex_core.session.file_history import FileHistory
from codex_core.session.journal import SessionJournal
from codex_core.session.lazy_history import LazyHistory
from codex_core.session.place import Place

log = logging.getLogger(__name__)

_SAID = 100
"""Characters of each thing that waits."""


class Equipment:
    """One for a session. `load` before the first use, `files.close` after the last."""

    def __init__(
        self,
        journal: SessionJournal,
        place: Place,
        desk: Desk,
        emit: Emit,
        *,
        window_tokens: Callable[[], int | None],
        on_remembered: Callable[[], None],
        on_plan_accepted: Callable[[PlanAccepted], Awaitable[None]],
    ) -> None:
        """`on_remembered` is called when a yes has become a rule, `on_plan_accepted` before a turn goes on by the plan
        that it has come to in `plan` mode."""
        self.journal = journal
        self.place = place
        self.desk = desk
        self.emit = emit
        self._on_plan_accepted = on_plan_accepted
        self.room = Room(size=window_tokens, limit_tokens=place.services.compact_at_tokens)
        self.history = LazyHistory(journal, emit)
        self.rules = RuleBook(
            place.services.rules,
            journal,
            workspace=lambda: place.project.workspace,
            project_rules=lambda: place.project.rules,
        )
        self.audit = Audit(journal=journal, masker=place.services.masker)
        self.gate = Gate(
            desk=desk,
            audit=self.audit,
            settings=lambda: place.settings,
            policy=place.policy,
            rules=self.rules,
            sandbox=lambda: place.services.sandbox.status,
            append=self.history.append,
            on_remembered=on_remembered,
        )
        self.files = FileHistory(journal, lambda: place.project.checkpoints, self.warn)
        self.inbox = Inbox(emit, journal)
        self.skip_wait = asyncio.Event()
        self.usage = Usage()
        """Of the whole session so far."""

    async def load(self) -> None:
        """Know what was used, allowed and said before, and tell what was used."""
        self.usage = await self.journal.total_usage()
        await self.tell_usage()
        self.rules.load(await self.journal.session_rules())
        if self.desk.is_interactive:
            self.inbox.load(await self.journal.waiting())

    async def told_of_waiting(self) -> str:
        """What a front end is told that has nobody to say when what waits shall go on; mostly nothing."""
        waiting = () if self.desk.is_interactive else await self.journal.waiting()
        said = ", ".join(f"“{' '.join(each.text.split())[:_SAID]}”" for each in waiting)
        return f"Said before, and still waiting: {said}. `codex-py resume` goes on with it." if said else ""

    def turn(self, control: Control) -> Turn:
        services = self.place.services
        return Turn(
            session_id=self.journal.session_id,
            choice=self.place.choice,
            instructions=self.place.instructions,
            toolbox=self.place.toolbox,
            sandbox=services.sandbox,
            environment=services.environment,
            gate=self.gate,
            desk=self.desk,
            control=control,
            emit=self.emit,
            masker=services.masker,
            limits=TurnLimits(max_steps=services.max_steps),
            room=self.room,
            skip_wait=self.skip_wait,
            files=self.files,
            is_planning=lambda: self.place.settings.mode == "plan",
            on_plan_accepted=self._on_plan_accepted,
            usage=self.usage,
        )

    def new_control(self) -> Control:
        """Each turn has its own, as has each command: what was asked of one is not asked of the next."""
        return Control(self.emit, self.inbox, self._keep_pause)

    async def _keep_pause(self, pause: PauseItem) -> None:
        try:
            await self.history.append(pause)
        except CodexError as error:  # what the user wants now comes first; what cannot be written fails by itself
            log.warning("a pause was not written down: %s", error)

    async def context_use(self) -> ContextUse:
        place = self.place
        return context_use(
            await self.history.items(),
            instructions=place.instructions(),
            files=place.project.instruction_files,
            tools=place.toolbox().specs(),
            room=self.room,
        )

    async def tell_usage(self) -> None:
        last = await self.journal.last_usage()
        if last is not None or self.usage != Usage():
            self.emit(UsageUpdated(step=last or Usage(), session=self.usage))

    async def warn(self, text: str) -> None:
        """Warn the user, and store that."""
        await self.history.append(notice_item("warning", text))

    def masked(self, text: str) -> str:
        return self.place.services.masker.mask(text)
