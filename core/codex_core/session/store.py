"""All sessions: making, opening, finding and listing them. One file, which several processes may use at once."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from codex_core.protocol import CodexError, new_id
from codex_core.session.database import Database, Row, Value, bound, open_database, text_of
from codex_core.session.journal import SessionJournal
from codex_core.session.lease import take_lease, this_process

_SUMMARY = "SELECT id, workspace, title, model, created_at, updated_at, item_count, parent FROM sessions"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """What lists show of a session."""

    id: str
    workspace: Path
    title: str
    model: str
    created_at: float
    updated_at: float
    item_count: int
    parent: str | None
    """The session that this one was branched off."""


class SessionStore:
    """Use as `async with SessionStore.open(path) as store`. Journals that it gave out end with it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._journals: list[SessionJournal] = []

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, path: Path) -> AsyncGenerator[SessionStore]:
        """Open the database; journals that are still open at the end are closed.

        Raises:
            CodexError: it cannot be opened, or was written by a newer release.
        """
        async with open_database(path) as database:
            store = cls(database)
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
        return SessionJournal(self._database, summary.id, None, 0)

    async def _own(self, session_id: str) -> SessionJournal:
        owner = this_process()
        await take_lease(self._database, session_id, owner)
        rows = await self._database.run(
            "SELECT coalesce(max(seq), 0) FROM items WHERE session_id = ?", (bound(session_id),)
        )
        journal = SessionJournal(self._database, session_id, owner, cast(int, rows[0][0]))
        self._journals.append(journal)
        return journal

    async def latest(self, workspace: Path | None = None) -> SessionSummary | None:
        """Return the session that something happened in last; None if there is none with anything in it."""
        found = await self.list_sessions(workspace, limit=1)
        return found[0] if found else None

    async def list_sessions(self, workspace: Path | None = None, limit: int = 100) -> tuple[SessionSummary, ...]:
        """Return sessions that have items, newest first, of one folder and those below it, or of all."""
        where, parameters = "WHERE item_count > 0", list[Value]()
        if workspace is not None:
            below = f"{str(workspace).rstrip('/')}/"
            # As bytes: a folder with an odd name is kept as such.
            where += " AND (workspace = ? OR substr(CAST(workspace AS BLOB), 1, length(?)) = ?)"
            prefix = below.encode("utf-8", "surrogatepass")
            parameters += [bound(str(workspace)), prefix, prefix]
        rows = await self._database.run(
            f"{_SUMMARY} {where} ORDER BY updated_at DESC, rowid DESC LIMIT ?", [*parameters, limit]
        )
        return tuple(map(_summary, rows))

    async def find(self, session_id: str) -> SessionSummary:
        """Return the session of that id, or the only one whose id begins or ends so.

        Raises:
            CodexError: there is none, or more than one.
        """
        exact = await self._database.run(f"{_SUMMARY} WHERE id = ?", (bound(session_id),))
        if exact:
            return _summary(exact[0])
        rows: list[Row] = []
        if len(session_id) >= 4:
            rows = await self._database.run(
                f"{_SUMMARY} WHERE ? IN (substr(id, 1, ?), substr(id, ?)) ORDER BY updated_at DESC LIMIT 4",
                (bound(session_id), len(session_id), -len(session_id)),
            )
        if not rows:
            raise CodexError(f"no session {session_id}; see codex-py sessions list --all")
        if len(rows) > 1:
            some = ", ".join(text_of(row[0]) for row in rows[:3])
            raise CodexError(f"more than one session is called {session_id}: {some}{', …' if len(rows) > 3 else ''}")
        return _summary(rows[0])


def _summary(row: Row) -> SessionSummary:
    session_id, workspace, title, model, created_at, updated_at, item_count, parent = row
    return SessionSummary(
        id=text_of(session_id),
        workspace=Path(text_of(workspace)),
        title=text_of(title),
        model=text_of(model),
        created_at=cast(float, created_at),
        updated_at=cast(float, updated_at),
        item_count=cast(int, item_count),
        parent=text_of(parent) or None,
    )
