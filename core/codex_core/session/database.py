"""One connection to the session database: statements go in, rows or errors of ours come out.

Every write is one statement in autocommit mode, so SQLite itself makes it all or nothing, it costs one hop to the
connection's thread, and cancelling the caller can never leave a transaction open.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import TypeAlias

import aiosqlite

from codex_core.session.schema import BUSY_TIMEOUT_S, error_of, prepare
from codex_core.session.trouble import SQLITE_ERRORS

_YEAR_9999 = 253_370_764_800
Value: TypeAlias = str | bytes | int | float | None
Row: TypeAlias = Sequence[Value]


class Database:
    def __init__(self, path: Path, connection: aiosqlite.Connection, notice: str) -> None:
        self.path = path
        self.notice = notice
        """What the user should be told about the opening; mostly nothing."""
        self._connection = connection
        self._durable = asyncio.Lock()

    async def run(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """Run one statement; when this returns it is committed.

        Raises:
            sqlite3.IntegrityError: a constraint says no.
            SessionCorrupt: the file is damaged.
            CodexError: it cannot be written: busy for long, no room.
        """
        try:
            return list(await self._connection.execute_fetchall(sql, parameters))  # pyright: ignore[reportArgumentType] - sqlite3.Row is a sequence
        except SQLITE_ERRORS as error:
            raise self._in_words(error) from error

    async def change(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """Run one statement as `run` does; return how many rows it changed."""
        try:
            async with self._connection.execute(sql, parameters) as cursor:
                return cursor.rowcount
        except SQLITE_ERRORS as error:
            raise self._in_words(error) from error

    async def run_durably(self, sql: str, parameters: Sequence[Value] = ()) -> None:
        """Run one statement as `run` does; when this returns, it and all before it outlive a power cut."""
        async with self._durable:
            await self.run("PRAGMA synchronous = FULL")
            try:
                await self.run(sql, parameters)
            finally:
                await self.run("PRAGMA synchronous = NORMAL")

    def _in_words(self, error: Exception) -> Exception:
        if isinstance(error, sqlite3.IntegrityError):
            return error
        return error_of(self.path, error)


@contextlib.asynccontextmanager
async def open_database(path: Path) -> AsyncGenerator[Database]:
    """Open the database at `path`, made or brought to this version if need be.

    Raises:
        CodexError: it cannot be opened, or was written by a newer release.
    """
    notice = await asyncio.to_thread(prepare, path)
    async with aiosqlite.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None) as connection:
        database = Database(path, connection, notice)
        connection.text_factory = text_of_bytes
        await database.run("PRAGMA synchronous = NORMAL")
        await database.run("PRAGMA secure_delete = ON")  # what is overwritten or deleted is not left in the file
        yield database


def bound(text: str) -> str | bytes:
    """Return `text` as SQLite can keep it: half surrogate pairs, as in odd file names, need bytes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text


def text_of(value: object) -> str:
    """Return the text that `bound` was given, as far as it can be read."""
    if isinstance(value, bytes):
        return text_of_bytes(value)
    return value if isinstance(value, str) else ""


def text_of_bytes(data: bytes) -> str:
    """For connections that read: a broken byte costs a character, not the session."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def moment_of(value: Value) -> float:
    """Return a time that a calendar knows: one that damage has carried off to another age counts as 1970."""
    return float(value) if isinstance(value, (int, float)) and 0 <= value < _YEAR_9999 else 0.0
