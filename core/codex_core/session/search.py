"""Finds words in all that was said, done and printed in all sessions.

An index (FTS5: which three letters stand in which item) lies in a file of its own beside the sessions. It is only ever
derived: brought up to date by the search itself, in pieces, and thrown away if anything is wrong with it. So no session
waits for it, no release of the database needs a migration for it, and where SQLite has no FTS5 everything is read
instead: what is found is the same, because the index only says where to look. The functions block.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, cast

from codex_core.protocol import Item, SessionCorrupt
from codex_core.protocol.codec import decode_item
from codex_core.session.database import text_of, text_of_bytes
from codex_core.session.schema import BUSY_TIMEOUT_S, drop_index, error_of, index_path, make_private
from codex_core.session.searchable import KINDS, folded, has_all, telling_line, text_to_search
from codex_core.session.sought import Sought
from codex_core.session.trouble import SQLITE_ERRORS, is_damage

MOST_PER_SESSION = 5
_VERSION = 1
"""Counts up when the same item would be found by other words."""
_PIECE = 400
"""Items that are indexed in one transaction."""
_MOST_TRIGRAMS = 60
_KINDS = ", ".join(f"'{kind}'" for kind in KINDS)

_Candidates: TypeAlias = "dict[str, list[str]] | None"
"""Ids of items by their session; None: any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    session_id: str
    item_id: str
    """Empty: the title has the words."""
    kind: str
    """`title`, or the item's: `user`, `assistant`, `tool_call`, `tool_result`, `compaction`, `answer`."""
    at: float
    line: str
    """The line with the words; foreign text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    words: tuple[str, ...]
    sought: Sought
    """The sessions in which they are looked for."""
    limit: int = 50
    per_session: int = MOST_PER_SESSION
    stop: threading.Event = field(default_factory=threading.Event)
    """Set by who does not want to know any more: then the search ends soon, with nothing."""


def search(database: Path, query: Query) -> tuple[Match, ...]:
    """Return places in which all words of the query occur, of the newest sessions first, a few of each.

    Raises:
        CodexError: the sessions cannot be read.
    """
    wanted = tuple(dict.fromkeys(plain for word in query.words if (plain := folded(word).strip())))
    if not wanted:
        return ()
    try:
        with _reading(database) as sessions:
            candidates = _candidates(database, sessions, wanted, query.stop)
            where, parameters = query.sought.condition()
            matches: list[Match] = []
            for session_id, title, at in sessions.execute(
                f"SELECT id, title, updated_at FROM sessions WHERE {where} ORDER BY updated_at DESC, rowid DESC",  # noqa: S608 - ours
                parameters,
            ).fetchall():
                if query.stop.is_set():
                    return ()
                found = _in_session(sessions, (session_id, text_of(title), at), candidates, wanted, query.per_session)
                matches += found
                if len(matches) >= query.limit:
                    break
            return tuple(matches[: query.limit])
    except SQLITE_ERRORS as error:
        raise error_of(database, error) from error


def prepare(database: Path, stop: threading.Event) -> None:
    """Bring the index up to date, so that the next search need not; ends soon when `stop` is set. Never fails."""
    try:
        with _reading(database) as sessions, _index(index_path(database)) as index:
            _catch_up(sessions, index, stop)
    except (*SQLITE_ERRORS, OSError):
        pass  # the search tells what is wrong, where that matters


def forget(database: Path, session_id: str) -> None:
    """Take a session that is still there out of the index; the index goes if that cannot be done."""
    path = index_path(database)
    if not path.exists():
        return
    try:
        with _reading(database) as sessions, _index(path) as index:
            index.execute("PRAGMA secure_delete = ON")
            index.execute("BEGIN IMMEDIATE")
            entries = index.execute("SELECT item_id, id FROM entries WHERE session_id = ?", (session_id,)).fetchall()
            numbers = dict(cast("list[tuple[str, int]]", entries))
            for item_id, text in _texts(_rows(sessions, session_id, list(numbers))):
                index.execute(
                    "INSERT INTO grams (grams, rowid, text) VALUES ('delete', ?, ?)", (numbers[item_id], text)
                )
            index.execute("DELETE FROM entries WHERE session_id = ?", (session_id,))
            index.execute("DELETE FROM marks WHERE session_id = ?", (session_id,))
            index.execute("INSERT INTO grams (grams) VALUES ('optimize')")  # else what was deleted is only marked
            index.execute("COMMIT")
            index.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except SQLITE_ERRORS:
        drop_index(database)


def _in_session(
    sessions: sqlite3.Connection,
    session: tuple[str, str, float],
    candidates: _Candidates,
    words: Sequence[str],
    most: int,
) -> list[Match]:
    session_id, title, at = session
    matches: list[Match] = []
    if has_all(title, words):
        matches.append(Match(session_id=session_id, item_id="", kind="title", at=at, line=telling_line(title, words)))
        if most == 1:
            return matches
    only = candidates.get(session_id, []) if candidates is not None else None
    for kind, item in _rows(sessions, session_id, only):
        text = text_to_search(item)
        if has_all(text, words):
            matches.append(
                Match(
                    session_id=session_id,
                    item_id=getattr(item, "id", ""),
                    kind=kind,
                    at=getattr(item, "at", at),
                    line=telling_line(text, words),
                )
            )
            if len(matches) >= most:
                break
    return matches


def _rows(sessions: sqlite3.Connection, session_id: str, only: list[str] | None) -> Iterator[tuple[str, Item]]:
    """Yield the items with their kind, newest first; those that cannot be read are left out."""
    some = 500
    for start in range(0, len(only) if only is not None else 1, some):
        ids = only[start : start + some] if only is not None else []
        which = f"AND item_id IN ({', '.join('?' * len(ids))})" if only is not None else ""
        sql = (
            "SELECT item_id, kind, data FROM items "  # noqa: S608 - made of constants and marks
            f"WHERE session_id = ? AND state <> 'superseded' AND rewound_by IS NULL AND kind IN ({_KINDS}) {which} "
            "ORDER BY seq DESC"
        )
        yield from _decoded(sessions.execute(sql, [session_id, *ids]))


def _decoded(rows: Iterable[tuple[object, object, object]]) -> Iterator[tuple[str, Item]]:
    for _, kind, data in rows:
        with contextlib.suppress(SessionCorrupt):
            yield text_of(kind), decode_item(text_of(data))


def _texts(rows: Iterable[tuple[str, Item]]) -> Iterator[tuple[str, str]]:
    for _, item in rows:
        if text := folded(text_to_search(item)):
            yield getattr(item, "id", ""), text


# The index.


def _candidates(
    database: Path, sessions: sqlite3.Connection, words: Sequence[str], stop: threading.Event
) -> _Candidates:
    """Return the items in which `words` can be at all, as the index has it; None: it cannot tell."""
    trigrams = dict.fromkeys(word[at : at + 3] for word in words for at in range(len(word) - 2))
    path = index_path(database)
    try:
        with _index(path) as index:
            found = _catch_up(sessions, index, stop)
            if not trigrams:
                return None
            query = " AND ".join('"' + each.replace('"', '""') + '"' for each in list(trigrams)[:_MOST_TRIGRAMS])
            for session_id, item_id in index.execute(
                "SELECT session_id, item_id FROM grams JOIN entries ON entries.id = grams.rowid "
                "WHERE grams MATCH ? ORDER BY entries.id DESC",
                (query,),
            ):
                found.setdefault(session_id, []).append(item_id)
            return found
    except (*SQLITE_ERRORS, OSError) as error:  # no FTS5, no room, read-only, busy, damaged
        if not isinstance(error, OSError) and is_damage(error):
            with contextlib.suppress(OSError):
                drop_index(database)
        return None


def _catch_up(sessions: sqlite3.Connection, index: sqlite3.Connection, stop: threading.Event) -> dict[str, list[str]]:
    """Index what is new; return what cannot be yet: the end of a session that is only a part, for it may still grow."""
    marks = cast("dict[str, int]", dict(index.execute("SELECT session_id, seq FROM marks").fetchall()))
    newest = sessions.execute(
        "SELECT id, (SELECT max(seq) FROM items WHERE session_id = sessions.id) FROM sessions WHERE item_count > 0"
    ).fetchall()
    growing: dict[str, list[str]] = {}
    indexed = 0
    for session_id, last in newest:
        reached = marks.get(session_id, 0)
        while last is not None and reached < last and session_id not in growing and not stop.is_set():
            if not index.in_transaction:
                index.execute("BEGIN IMMEDIATE")
            reached, part, count = _index_piece(sessions, index, session_id, last)
            indexed += count
            if part is not None:
                growing[session_id] = [part]
            if indexed >= _PIECE:
                index.execute("COMMIT")
                indexed = 0
    if index.in_transaction:
        index.execute("COMMIT")
    return growing


def _index_piece(
    sessions: sqlite3.Connection, index: sqlite3.Connection, session_id: str, last: int
) -> tuple[int, str | None, int]:
    """Index the next items of a session, inside a transaction.

    Returns how far that came, the item at the session's end if it is only a part, and how many items that were.
    """
    mark = index.execute("SELECT seq FROM marks WHERE session_id = ?", (session_id,)).fetchone()
    reached = cast(int, mark[0]) if mark else 0
    part: str | None = None
    rows = sessions.execute(
        "SELECT seq, item_id, kind, state, data FROM items WHERE session_id = ? AND seq > ? ORDER BY seq LIMIT ?",
        (session_id, reached, _PIECE),
    ).fetchall()
    for seq, item_id, kind, state, data in rows:
        if state == "partial" and seq >= last:
            part = item_id
            break
        reached = seq
        if kind not in KINDS or state == "superseded":
            continue
        for _, text in _texts(_decoded([(item_id, kind, data)])):
            number = index.execute(
                "INSERT INTO entries (session_id, item_id) VALUES (?, ?) ON CONFLICT DO NOTHING", (session_id, item_id)
            )
            if number.rowcount > 0:
                index.execute("INSERT INTO grams (rowid, text) VALUES (?, ?)", (number.lastrowid, text))
    index.execute(
        "INSERT INTO marks VALUES (?, ?) ON CONFLICT (session_id) DO UPDATE SET seq = excluded.seq",
        (session_id, reached if rows else last),
    )
    return reached if rows else last, part, len(rows)


@contextlib.contextmanager
def _index(path: Path) -> Generator[sqlite3.Connection]:
    make_private(path)
    with contextlib.closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as index:
        index.execute("PRAGMA journal_mode = WAL")
        index.execute("PRAGMA synchronous = NORMAL")  # no wait for the disk for each piece
        index.execute("PRAGMA cache_size = -32768")
        if index.execute("PRAGMA user_version").fetchone() != (_VERSION,):
            index.executescript(
                f"""
                BEGIN IMMEDIATE;
                DROP TABLE IF EXISTS entries; DROP TABLE IF EXISTS marks; DROP TABLE IF EXISTS grams;
                CREATE TABLE entries (
                    id INTEGER PRIMARY KEY, session_id TEXT NOT NULL, item_id TEXT NOT NULL,
                    UNIQUE (session_id, item_id)
                );
                CREATE TABLE marks (session_id TEXT PRIMARY KEY, seq INTEGER NOT NULL); -- up to where it is indexed
                CREATE VIRTUAL TABLE grams USING fts5 (
                    text, content = '', detail = 'none', columnsize = 0, tokenize = 'trigram case_sensitive 1'
                );
                PRAGMA user_version = {_VERSION};
                COMMIT;
                """
            )
        yield index


@contextlib.contextmanager
def _reading(database: Path) -> Generator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(database, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as sessions:
        sessions.text_factory = text_of_bytes
        sessions.execute("PRAGMA query_only = ON")
        yield sessions
