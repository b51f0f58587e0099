"""Reads what can still be read of a damaged session database, row by row, into a new one.

The damaged file is not touched: a copy is read. A page that is broken costs the rows on it and no others; where the
list of tables itself is broken, the one of a sound database of ours takes its place.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from codex_core.session.trouble import SQLITE_ERRORS

_FURTHEST = 1 << 40
_MOST_GAPS = 4000
"""In a table, before the rest of it counts as lost."""
_NOT_THE_ROWS_FAULT = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvaged:
    sessions: int
    items: int


def salvage(damaged: Path, new: Path) -> Salvaged:
    """Copy every row that can be read from `damaged` into `new`, a sound and empty database. Blocks.

    Raises:
        sqlite3.Error: `new` cannot be written.
        OSError: there is no room for the copy.
    """
    with tempfile.TemporaryDirectory(dir=new.parent, prefix=".salvage-") as folder:
        copy = Path(folder) / "copy.db"
        for suffix in ("", "-wal"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(f"{damaged}{suffix}", f"{copy}{suffix}")
        if not _has_tables(copy):
            _mend_header(copy, new)
        with contextlib.closing(sqlite3.connect(new, isolation_level=None)) as db:
            _mend_tables(copy, tables_of(db))
            db.execute("BEGIN IMMEDIATE")
            for table in _tables(db):
                _copy_table(copy, db, table)
            db.execute(_SESSIONS_OF_ITEMS)
            db.execute(_COUNT.format(counts=_counts(db)))
            db.execute("COMMIT")
            (sessions,) = db.execute("SELECT count(*) FROM sessions WHERE item_count > 0").fetchone()
            (items,) = db.execute("SELECT count(*) FROM items").fetchone()
    return Salvaged(sessions=sessions, items=items)


_SESSIONS_OF_ITEMS = """
    INSERT INTO sessions (id, workspace, title, model, created_at, updated_at)
    SELECT session_id, '/', 'salvaged', '', min(at), max(at) FROM items
    WHERE session_id NOT IN (SELECT id FROM sessions) GROUP BY session_id
"""
_COUNT = """
    UPDATE sessions SET item_count =
        (SELECT count(*) FROM items WHERE session_id = sessions.id AND {counts})
"""


def _counts(db: sqlite3.Connection) -> str:
    """Which items count, in the version that the file has."""
    has_rewinds = "rewound_by" in _columns(db, "items")
    return "state <> 'superseded' AND rewound_by IS NULL" if has_rewinds else "state <> 'superseded'"


def _tables(db: sqlite3.Connection) -> list[str]:
    """Ours that are worth it, in an order in which triggers on items find no session to count for, and fill `usage`."""
    rows = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall()
    names = {cast(str, name) for (name,) in rows} - {"leases"}
    return sorted(names, key=lambda name: ({"items": 0, "sessions": 2}.get(name, 1), name))


@contextlib.contextmanager
def _reading(path: Path) -> Generator[sqlite3.Connection]:
    """A connection that knows what can be known of the tables.

    With this setting a broken line of the list of tables fails the first statement, and costs itself alone.
    """
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA writable_schema = ON")
        with contextlib.suppress(*SQLITE_ERRORS):
            db.execute("SELECT 1 FROM sqlite_master").fetchone()
        yield db


def _has_tables(path: Path) -> bool:
    try:
        with _reading(path) as db:
            return db.execute("SELECT 1 FROM sqlite_master WHERE name = 'items'").fetchone() is not None
    except SQLITE_ERRORS:
        return False


def _mend_header(copy: Path, sound: Path) -> None:
    """Give the file the first hundred bytes of a sound one: without them no page is read at all."""
    with sound.open("rb") as file:
        header = bytearray(file.read(100))
    if len(header) < 100:
        return
    header[28:32] = bytes(4)  # pages in the file: not said, so its size counts
    header[32:40] = bytes(8)  # free pages: none
    with copy.open("r+b") as file:
        file.write(header)


def tables_of(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return name and SQL of our tables in the order of their making, which is the same in every database."""
    sql = "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
    return [(str(name), str(text)) for name, text in db.execute(sql)]


def _mend_tables(copy: Path, sound: list[tuple[str, str]]) -> None:
    """Write down again what the tables are called and what columns they have: that says nothing about their rows."""
    with contextlib.suppress(*SQLITE_ERRORS), _reading(copy) as old:
        old.text_factory = _text
        rows = old.execute("SELECT rowid, type, name, sql FROM sqlite_master ORDER BY rowid").fetchall()
        tables = [row for row in rows if row[1] == "table" and not str(row[2]).startswith("sqlite_")]
        if len(tables) != len(sound):
            return
        for (rowid, _, *said), (name, sql) in zip(tables, sound, strict=True):
            if said != [name, sql]:
                old.execute(
                    "UPDATE sqlite_master SET name = ?, tbl_name = ?, sql = ? WHERE rowid = ?", (name, name, sql, rowid)
                )


def _copy_table(copy: Path, db: sqlite3.Connection, table: str) -> None:
    with _reading(copy) as old:
        try:
            old.execute("PRAGMA cell_size_check = ON")
            columns = [name for name in _columns(old, table) if name in _columns(db, table)]
        except SQLITE_ERRORS:
            return
        if not columns:
            return
        names = ", ".join(columns)
        insert = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - ours
        known = (
            set(db.execute("SELECT session_id, step_id FROM usage").fetchall()) if table == "usage" else set[object]()
        )
        for row in _rows(old, table, names):
            values = dict(zip(columns, row, strict=True))
            if known and (values.get("session_id"), values.get("step_id")) in known:
                continue
            try:
                db.execute(insert, row)
            except sqlite3.Error as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF in _NOT_THE_ROWS_FAULT:
                    raise
            except UnicodeEncodeError:
                pass  # a row of nonsense


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    return [cast(str, row[0]) for row in db.execute("SELECT name FROM pragma_table_info(?)", (table,))]


def _rows(old: sqlite3.Connection, table: str, columns: str) -> Iterator[tuple[object, ...]]:
    """Yield the rows in their order, over what cannot be read."""
    old.text_factory = _text
    sql = f"SELECT rowid, {columns} FROM {table} WHERE rowid > ? ORDER BY rowid"  # noqa: S608 - names of ours
    after, failed = -1, 0
    while failed < _MOST_GAPS:
        try:
            for row in old.execute(sql, (after,)):
                after = cast(int, row[0])
                yield row[1:]
        except SQLITE_ERRORS:
            failed += 1
        else:
            return
        gap_end = _end_of_gap(old, table, columns, after)
        if gap_end is None:
            return
        after = gap_end


def _end_of_gap(old: sqlite3.Connection, table: str, columns: str, after: int) -> int | None:
    """Return the smallest number behind `after` from which on rows are read again; None: there is none."""
    sql = f"SELECT rowid, {columns} FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT 1"  # noqa: S608 - names of ours

    def is_readable(start: int) -> bool:
        try:
            old.execute(sql, (start,)).fetchall()
        except SQLITE_ERRORS:
            return False
        return True

    low, step = after, 1
    while not is_readable(after + step):
        low = after + step
        step *= 2
        if step > _FURTHEST:
            return None
    high = after + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_readable(middle) else (middle, high)
    return high


def _text(data: bytes) -> str | bytes:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data
