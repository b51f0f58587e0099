"""What becomes of the calls that a kill cut short: the model is told of them, they are dropped, or they run again."""

from __future__ import annotations

from codex_core.agent.history import notice_item
from codex_core.protocol import Unknown
from codex_core.session.crash import Crash, left_open
from codex_core.session.journal import SessionJournal
from codex_core.session.lazy_history import LazyHistory
from codex_core.session.unfinished import LEFT, Unfinished


class CrashedCalls:
    """One for a session. It is decided once: from then on there are none."""

    def __init__(self, journal: SessionJournal, history: LazyHistory, unfinished: Unfinished) -> None:
        self._journal = journal
        self._history = history
        self._unfinished = unfinished
        self.crash = Crash()
        """Those that are still to be decided about."""

    async def load(self) -> None:
        self.crash = await left_open(self._journal)

    def take(self) -> Crash:
        """Those that are decided about now."""
        crash, self.crash = self.crash, Crash()
        return crash

    async def tell(self) -> None:
        """They are not run again; the model is told."""
        await self._history.append(*self.take().results())

    async def drop(self) -> None:
        """As if the model had never asked for them. What counts after it is another history."""
        crash = self.take()
        results = await self._journal.append(*crash.drops())
        dropped = [item.id for item in (*crash.calls, *results) if not isinstance(item, Unknown)]
        await self._journal.record_superseded(*dropped)
        self._unfinished.now = None
        text = f"Dropped: {crash.words()}. The model does not know of it. {LEFT}"
        await self._journal.append(notice_item("info", text))
        await self._unfinished.keep()
