"""What is done to a session as a whole and takes more than one statement: branching it off, deleting it.

Each opens a connection of its own, so that its transaction is nobody else's; the functions block.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Generator
from pathlib import Path
from typing import cast

from codex_core.protocol import CodexError, new_id
from codex_core.session.schema import BUSY_TIMEOUT_S, error_of
from codex_core.session.search import forget
from codex_core.session.trouble import SQLITE_ERRORS

_VACUUMED_BYTES = 64 * 1024 * 1024
"""A file up to this size is written anew when something was deleted: under a second."""

_COPIED = ("items", "calls_started", "approvals", "audit", "usage", "checkpoints", "waiting")
_LEFT_BEHIND = {
    "audit": "AND kind NOT IN ('rule_made', 'rule_removed')",  # they were made for that session
    "usage": "AND step_id NOT IN (SELECT step_id FROM usage WHERE session_id = :new)",  # by the trigger of the steps
}


def fork(path: Path, session_id: str) -> str:
    """Copy a session as it is now; return the id of the copy.

    Raises:
        CodexError: it is gone, or the database cannot be written.
    """
    new = {"old": session_id, "new": new_id("session"), "now": time.time()}
    with _changing(path) as db:
        made = db.execute(
            """
            INSERT INTO sessions (id, workspace, title, title_by, model, settings, created_at, updated_at, parent)
            SELECT :new, workspace, title, title_by, model, settings, :now, :now, id FROM sessions WHERE id = :old
            """,
            new,
        )
        if not made.rowcount:
            raise CodexError(f"no session {session_id}; see codex-py sessions list --all")
        for table in _COPIED:
            columns = ", ".join(name for name in _columns(db, table) if name not in ("id", "session_id"))
            db.execute(
                f"INSERT INTO {table} (session_id, {columns}) SELECT :new, {columns} FROM {table} "  # noqa: S608 - names of ours
                f"WHERE session_id = :old {_LEFT_BEHIND.get(table, '')} ORDER BY rowid",
                new,
            )
    return str(new["new"])


def delete(path: Path, *session_ids: str) -> str:
    """Delete all rows of these sessions, and what is left of them in the files; return what may be left all the same.

    SQLite overwrites what is deleted with zeros. A copy can stay in the log beside the database for as long as
    another process reads it.

    Raises:
        CodexError: the database cannot be written.
    """
    for session_id in session_ids:
        forget(path, session_id)
    ids = [(session_id,) for session_id in session_ids]
    with _changing(path) as db:
        tables = [
            cast(str, row[0])
            for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        ]
        for table in tables:
            if "session_id" in _columns(db, table):
                db.executemany(f"DELETE FROM {table} WHERE session_id = ?", ids)  # noqa: S608 - names of ours
        db.executemany("DELETE FROM sessions WHERE id = ?", ids)
    with _connected(path) as db, contextlib.suppress(sqlite3.OperationalError):
        if path.stat().st_size <= _VACUUMED_BYTES:
            db.execute("VACUUM")  # earlier releases did not overwrite
    with _connected(path) as db:
        (is_busy, *_) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if not is_busy:
        return ""
    return f"another process reads the database: copies of what was deleted go from {path}-wal when it ends"


@contextlib.contextmanager
def _changing(path: Path) -> Generator[sqlite3.Connection]:
    """One transaction: all of it or nothing."""
    with _connected(path) as db:
        try:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")
        except SQLITE_ERRORS as error:
            raise error_of(path, error) from error


@contextlib.contextmanager
def _connected(path: Path) -> Generator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as db:
        db.execute("PRAGMA secure_delete = ON")
        yield db


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    return [cast(str, row[0]) for row in db.execute("SELECT name FROM pragma_table_info(?)", (table,))]
