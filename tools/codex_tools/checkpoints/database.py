"""The SQLite file of a store: making it ready, transactions, and what SQLite says in words of ours. Blocking."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Generator
from pathlib import Path
from typing import TypeAlias

from codex_core.files.lock import lock
from codex_tools.checkpoints.errors import CheckpointError, StoreDamaged

BUSY_TIMEOUT_S = 5.0
"""How long a write waits for another process's, which takes as long as storing a batch of contents, or pruning. A call
waits for it: with the checkpoint before, twice as long."""

Value: TypeAlias = str | bytes | float

_VERSION = 1
_SCHEMA = """
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS objects (
        digest BLOB NOT NULL UNIQUE, -- SHA-256 of the content
        is_packed INTEGER NOT NULL, -- by zlib
        data BLOB NOT NULL
    );
    CREATE TABLE IF NOT EXISTS checkpoints (
        seq INTEGER PRIMARY KEY, -- the order in which they were taken last
        owner TEXT NOT NULL, -- the session
        digest BLOB NOT NULL, -- of the workspace's folder
        taken_at REAL NOT NULL, -- seconds since 1970
        UNIQUE (owner, digest)
    );
    CREATE TABLE IF NOT EXISTS generation (number INTEGER NOT NULL); -- one row: how often something was removed
    INSERT INTO generation SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM generation);
    PRAGMA user_version = 1;
    COMMIT;
"""
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Database:
    """One connection, to be used by one thread at a time."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._inode = path.stat().st_ino

    @classmethod
    def open(cls, path: Path) -> Database:
        """Open the file, made if need be, readable by nobody but the user.

        Raises:
            StoreDamaged: it is no such file; it is set aside then, and the next try makes a new one.
            CheckpointError: it cannot be made or read, or a newer release has written it.
        """
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.parent.chmod(0o700)
            with alone(path):
                try:
                    return cls(path, _connect(path))
                except StoreDamaged:
                    _set_aside(path)
                    raise
        except OSError as error:
            raise CheckpointError(
                f"checkpoints cannot be stored in {path.parent}: {error.strerror}; make it a folder that can be "
                "written, or name another home in CODEX_PY_HOME"
            ) from error

    def close(self) -> None:
        self._connection.close()

    def is_in_place(self) -> bool:
        """Whether what is written here can be found again: the file may have been deleted or set aside by others."""
        with contextlib.suppress(OSError):
            return self.path.stat().st_ino == self._inode
        return False

    def rows(self, sql: str, *parameters: Value) -> list[tuple[object, ...]]:
        with _explained(self.path):
            return self._connection.execute(sql, parameters).fetchall()

    def shrink(self) -> None:
        """Give the room of what was removed back to the disk."""
        with _explained(self.path):
            self._connection.executescript("PRAGMA incremental_vacuum")  # `execute` would stop after one page
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextlib.contextmanager
    def writing(self) -> Generator[None]:
        """One transaction, alone among all processes, all or nothing. Inside another one it is a part of that."""
        if self._connection.in_transaction:
            yield
            return
        self.rows("BEGIN IMMEDIATE")
        try:
            yield
            self.rows("COMMIT")
        except BaseException:
            with contextlib.suppress(CheckpointError):  # some errors have ended it already
                self.rows("ROLLBACK")
            raise


def set_aside_damaged(database: Database) -> None:
    """Close it and rename the file, unless another process has done so."""
    is_in_place = database.is_in_place()
    database.close()
    with alone(database.path):
        if is_in_place:
            _set_aside(database.path)


@contextlib.contextmanager
def alone(path: Path) -> Generator[None]:
    """While a store is made, renamed or set aside: one process at a time."""
    fd = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        lock(fd, path)
        yield
    finally:
        os.close(fd)


def _connect(path: Path) -> sqlite3.Connection:
    # SQLite gives its other files the mode of this one.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
    with _explained(path):
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        with _explained(path):
            _make_ready(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_ready(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > _VERSION:
        raise CheckpointError(f"{path} was written by a newer release of codex-py: use that one")
    if version < _VERSION:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # before the first table, or it does not count
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_SCHEMA)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA journal_size_limit = 16777216")
    # What every checkpoint needs. Damage elsewhere shows when it is read there.
    connection.execute("SELECT digest FROM objects LIMIT 1").fetchone()
    connection.execute("SELECT digest FROM checkpoints ORDER BY seq DESC LIMIT 1").fetchone()


def _set_aside(path: Path) -> None:
    stamp = f"damaged-{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 1_000_000_000:09d}"
    for suffix in ("-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").rename(f"{path}.{stamp}{suffix}")


@contextlib.contextmanager
def _explained(path: Path) -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _DAMAGE:
            raise StoreDamaged(f"the store of checkpoints is damaged: {path}: {error}") from error
        if code == sqlite3.SQLITE_FULL:
            raise CheckpointError(
                f"no checkpoint could be stored, the disk is full: make room on the one that holds {path.parent}"
            ) from error
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise CheckpointError(
                f"another process keeps the store of checkpoints locked: {path}; end that one, or try again"
            ) from error
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
            raise CheckpointError(
                f"the store of checkpoints cannot be written: {path}; make its folder writable, or name another home "
                "in CODEX_PY_HOME"
            ) from error
        raise CheckpointError(f"the store of checkpoints cannot be used: {path}: {error}") from error
