"""Sessions that are deleted, unless that is taken back: marked as such at once, and gone when the trash is emptied.

The mark is in the database, and whoever set it owns the session until then. So nobody else sees or opens it; and if its
owner is killed, the next process that opens the database finishes what was meant.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from codex_core.protocol import CodexError, SessionBusy
from codex_core.session import upkeep
from codex_core.session.database import Database, bound, text_of
from codex_core.session.journal import SessionJournal
from codex_core.session.lease import take_lease, this_process

log = logging.getLogger(__name__)


class Trash:
    """One for a `SessionStore`."""

    def __init__(self, database: Database, own: Callable[[str], Awaitable[SessionJournal]]) -> None:
        """`own` opens a session for this process."""
        self._database = database
        self._own = own
        self._held: dict[str, SessionJournal] = {}

    async def put(self, session_id: str) -> None:
        """Delete a session, for now.

        Raises:
            SessionBusy: a process owns it; this one, too.
            CodexError: there is none of that id, or it cannot be written.
        """
        journal = await self._own(session_id)
        try:
            await self._mark(journal.session_id, trashed=True)
        except BaseException:
            await journal.close()
            raise
        self._held[journal.session_id] = journal

    async def take_back(self, session_id: str) -> None:
        """It was not meant. Does nothing if it is not in the trash."""
        if (journal := self._held.get(session_id)) is not None:
            await self._mark(session_id, trashed=False)
            del self._held[session_id]
            await journal.close()

    async def empty(self) -> str:
        """Delete for good what was put here; return what may be left of it for a while, in words.

        Raises:
            CodexError: it cannot be written; what is marked stays so.
        """
        held, self._held = self._held, {}
        for journal in held.values():
            await journal.close()
        return await _delete(self._database, list(held))

    async def _mark(self, session_id: str, *, trashed: bool) -> None:
        await self._database.run("UPDATE sessions SET trashed = ? WHERE id = ?", (trashed, bound(session_id)))


async def empty_abandoned(database: Database) -> None:
    """Delete for good what processes that are gone have put into the trash. Never fails: the next one tries again."""
    try:
        rows = await database.run("SELECT id FROM sessions WHERE trashed")
        await _delete(database, [text_of(row[0]) for row in rows])
    except CodexError as error:
        log.warning("the trash was not emptied: %s", error)


async def _delete(database: Database, session_ids: list[str]) -> str:
    """Delete those that nobody owns."""
    ours: list[str] = []
    for session_id in session_ids:
        try:
            await take_lease(database, session_id, this_process())
        except SessionBusy:
            continue
        ours.append(session_id)
    return await asyncio.to_thread(upkeep.delete, database.path, *ours) if ours else ""
