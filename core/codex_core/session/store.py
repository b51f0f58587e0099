"""All sessions: making, opening, finding and listing them. One file, which several processes may use at once."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import cast

from codex_core.agent.secrets import Masker
from codex_core.protocol import SessionUnclear, new_id
from codex_core.session import upkeep
from codex_core.session.catalogue import Catalogue
from codex_core.session.database import Database, Row, bound, open_database, text_of
from codex_core.session.journal import SessionJournal
from codex_core.session.lease import take_lease, this_process
from codex_core.session.search import MOST_PER_SESSION, Match, Query, prepare, search
from codex_core.session.sought import Sought
from codex_core.session.summary import COLUMNS, SessionSummary, summary_of
from codex_core.session.trash import Trash, empty_abandoned

_SUMMARY = f"SELECT {COLUMNS} FROM sessions"  # noqa: S608 - a constant
_PREFIX = "session_"
_FEWEST = 4
"""Characters of an id that stand for it."""
_MOST_SAID = 60
"""Characters of what somebody looked for that are told back."""


class SessionStore:
    """Use as `async with SessionStore.open(path) as store`. Journals that it gave out end with it."""

    def __init__(self, database: Database, masker: Masker) -> None:
        self._database = database
        self._masker = masker
        self._journals: list[SessionJournal] = []
        self.catalogue = Catalogue(database)
        self.trash = Trash(database, self.open_session)

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, path: Path, masker: Masker | None = None) -> AsyncGenerator[SessionStore]:
        """Open the database; journals that are still open at the end are closed.

        `masker` takes the secrets out of all that is written; without one only those of a known shape are.

        Raises:
            CodexError: it cannot be opened, or was written by a newer release.
        """
        async with open_database(path) as database:
            await empty_abandoned(database)
            store = cls(database, masker or Masker())
            try:
                yield store
            finally:
                for journal in store._journals:
                    await journal.close()

    @property
    def notice(self) -> str:
        """What the user should be told: a damaged database was set aside. Mostly empty."""
        return self._database.notice

    async def create(
        self, workspace: Path, title: str = "", model: str = "", session_id: str | None = None
    ) -> SessionJournal:
        """Begin a session, owned by this process. It leaves no trace if nothing is ever appended.

        Raises:
            CodexError: it cannot be written.
        """
        session_id = session_id or new_id("session")
        now = time.time()
        await self._database.run(
            "INSERT INTO sessions (id, workspace, title, model, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
            (bound(session_id), bound(str(workspace)), bound(title), bound(model), now, now),
        )
        return await self._own(session_id)

    async def open_session(self, session_id: str) -> SessionJournal:
        """Open a session, owned by this process until the journal is closed.

        Raises:
            SessionBusy: another process owns it.
            CodexError: there is none of that id.
        """
        summary = await self.find(session_id)
        return await self._own(summary.id)

    async def read_session(self, session_id: str) -> SessionJournal:
        """Open a session for reading only: also while another process owns it.

        Raises:
            CodexError: there is none of that id.
        """
        summary = await self.find(session_id)
        return SessionJournal(self._database, summary.id, None, 0, self._masker)

    async def _own(self, session_id: str) -> SessionJournal:
        owner = this_process()
        await take_lease(self._database, session_id, owner)
        rows = await self._database.run(
            "SELECT coalesce(max(seq), 0) FROM items WHERE session_id = ?", (bound(session_id),)
        )
        journal = SessionJournal(self._database, session_id, owner, cast(int, rows[0][0]), self._masker)
        self._journals.append(journal)
        return journal

    async def latest(self, workspace: Path | None = None) -> SessionSummary | None:
        """Return the session that something happened in last; None if there is none with anything in it."""
        found = await self.list_sessions(workspace, limit=1)
        return found[0] if found else None

    async def list_sessions(
        self, workspace: Path | None = None, limit: int = 100, *, with_archived: bool = False
    ) -> tuple[SessionSummary, ...]:
        """Return sessions that have items, newest first, of one folder and those below it, or of all."""
        where, parameters = Sought(workspace=workspace, with_archived=with_archived).condition()
        rows = await self._database.run(
            f"{_SUMMARY} WHERE {where} ORDER BY updated_at DESC, rowid DESC LIMIT ?", [*parameters, limit]
        )
        return tuple(map(summary_of, rows))

    async def ids(self) -> frozenset[str]:
        """Return the ids of all sessions."""
        return frozenset(text_of(row[0]) for row in await self._database.run("SELECT id FROM sessions"))

    async def find(self, session_id: str, *, by_title: bool = False) -> SessionSummary:
        """Return the session of that id, or the only one whose id begins or ends so, or whose title has these words.

        Raises:
            SessionUnclear: there is none, or more than one.
        """
        exact = await self._database.run(f"{_SUMMARY} WHERE id = ? AND NOT trashed", (bound(session_id),))
        if exact:
            return summary_of(exact[0])
        rows: list[Row] = []
        if _stands_for_an_id(session_id):
            rows = await self._database.run(
                f"{_SUMMARY} WHERE NOT trashed AND ? IN (substr(id, 1, ?), substr(id, ?)) "
                "ORDER BY updated_at DESC LIMIT 4",
                (bound(session_id), len(session_id), -len(session_id)),
            )
        if not rows and by_title:
            rows = await self._titled(session_id.split())
        said = session_id if len(session_id) <= _MOST_SAID else f"{session_id[:_MOST_SAID]}…"
        if not rows:
            what = f"no session {said}" if said.strip() else "no session is named by an empty word"
            raise SessionUnclear(f"{what}; see codex-py sessions list --all", words=session_id)
        if len(rows) > 1:
            some = ", ".join(_name(row) for row in rows[:3])
            more = ", …" if len(rows) > 3 else ""
            raise SessionUnclear(f"more than one session is called {said}: {some}{more}", words=session_id)
        return summary_of(rows[0])

    async def _titled(self, words: list[str]) -> list[Row]:
        if not words:
            return []
        where, _ = Sought().condition()
        has_all = " AND ".join(["instr(lower(title), lower(?))"] * len(words))
        return await self._database.run(
            f"{_SUMMARY} WHERE {where} AND {has_all} ORDER BY updated_at DESC LIMIT 4",
            [bound(word) for word in words],
        )

    async def search(
        self,
        words: Sequence[str],
        limit: int = 50,
        *,
        sought: Sought = Sought(with_archived=True),  # noqa: B008 - it is frozen
        per_session: int = MOST_PER_SESSION,
    ) -> tuple[Match, ...]:
        """Return what was said, done and printed in which all of `words` occur, newest first.

        Cancelling it ends the work, too.

        Raises:
            CodexError: the database cannot be read.
        """
        query = Query(words=tuple(words), sought=sought, limit=limit, per_session=per_session)
        try:
            return await asyncio.to_thread(search, self._database.path, query)
        except asyncio.CancelledError:
            query.stop.set()
            raise

    async def prepare_search(self) -> None:
        """Index what is new, in the background of whoever is about to search. Cancelling it ends the work, too."""
        stop = threading.Event()
        try:
            await asyncio.to_thread(prepare, self._database.path, stop)
        except asyncio.CancelledError:
            stop.set()
            raise

    async def rename(self, session_id: str, title: str) -> None:
        """Give a session a title of the user's, which nothing replaces."""
        await self._database.run(
            "UPDATE sessions SET title = ?, title_by = 'user' WHERE id = ?",
            (bound(self._masker.mask(title)), bound(session_id)),
        )

    async def archive(self, session_id: str, *, archived: bool = True) -> None:
        """Take a session out of the lists, or put it back."""
        await self._database.run("UPDATE sessions SET archived = ? WHERE id = ?", (archived, bound(session_id)))

    async def fork(self, session_id: str) -> str:
        """Copy a session as it is now, also while another process owns it; return the id of the new one.

        Rules that were made for the session alone are not taken along.

        Raises:
            CodexError: it cannot be read or written.
        """
        return await asyncio.to_thread(upkeep.fork, self._database.path, session_id)

    async def delete(self, session_id: str) -> str:
        """Delete a session with all that was written about it; return what may be left of it for a while, in words.

        Raises:
            SessionBusy: a process owns it.
            CodexError: it cannot be written.
        """
        await take_lease(self._database, session_id, this_process())
        return await asyncio.to_thread(upkeep.delete, self._database.path, session_id)


def _stands_for_an_id(word: str) -> bool:
    """What all ids have in common names none: `delete session --yes` may not hit the only one there is."""
    return len(word) >= _FEWEST and not _PREFIX.startswith(word)


def _name(row: Row) -> str:
    title = " ".join(text_of(row[2]).split())
    return f"{text_of(row[0])} ({title})" if title else text_of(row[0])
