from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from codex_core.protocol import RewindItem, SessionCorrupt, Unknown, Usage
from codex_core.session.store import SessionStore
from tests.support.program import environment, run
from tests.support.scripted_journal import said, stepped

USED = Usage(input_tokens=7, output_tokens=3)


async def made(database: Path, *, count: int = 3) -> None:
    async with SessionStore.open(database) as store:
        journal = await store.create(database.parent, title="a wombat", session_id="s")
        for number in range(count):
            await journal.append(said(f"{number}", f"{number} wombats " * 30))


def change(database: Path, before: bytes, after: bytes, *, most: int = -1) -> None:
    with contextlib.closing(sqlite3.connect(database)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = database.read_bytes()
    assert before in content
    database.write_bytes(content.replace(before, after, most))


SCHEMA = {
    "no SQL any more": (b"CREATE TRIGGER items_are_counted", b"CREATE TRAGGER items_are_counted"),
    "no text any more": (b"CREATE INDEX items_by_call ON", b"CREATE INDEX items_by_call \xb4N"),
    "no name any more": (b"sqlite_autoindex_leases_1", b"sqlite_autoindex_lea\xf8es_1"),
    "an index of nothing": (b"usage (session_id", b"usage (session_ix"),
    "another column of the sessions": (b"workspace TEXT NOT NULL", b"workspbce TEXT NOT NULL"),
    "another column of the items": (b"kind TEXT NOT NULL, -- the item", b"kinx TEXT NOT NULL, -- the item"),
    "a column whose name is no text": (b"state TEXT NOT NULL CHECK", b"sta\xffe TEXT NOT NULL CHECK"),
    "a table that is none": (b"CREATE TABLE items", b"CREATE TABBE items"),
    "a table of another name": (b"CREATE TABLE sessions", b"CREATE TABLE sessionz"),
}


@pytest.mark.parametrize("damage", SCHEMA)
async def test_a_broken_line_of_the_list_of_tables_costs_no_row(tmp_path: Path, damage: str) -> None:
    database = tmp_path / "sessions.db"
    await made(database)
    change(database, *SCHEMA[damage])
    async with SessionStore.open(database) as store:
        assert "What could be read of it is in a new one: 1 sessions with 3 items." in store.notice
        journal = await store.open_session("s")
        assert len(await journal.items(strict=True)) == 3
        await journal.append(said("more"))
    async with SessionStore.open(database) as store:
        assert store.notice == ""
        assert (await store.find("s")).item_count == 4


async def test_a_broken_name_that_no_start_reads_is_found_by_whoever_needs_it(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    await made(database)
    change(database, b"ref TEXT NOT NULL, -- the id", b"rexf TEXT NOT NULL,-- the id")
    async with SessionStore.open(database) as store:
        assert store.notice == ""
        with pytest.raises(SessionCorrupt, match="when codex-py starts again"):
            await (await store.read_session("s")).checkpoints()
    async with SessionStore.open(database) as store:
        assert "1 sessions with 3 items." in store.notice
        assert await (await store.read_session("s")).checkpoints() == ()


@pytest.mark.parametrize(("part", "unreadable"), [(b'{"type":"step"', 1), (b'"model":"', 1), (b'"usage":{"input', 0)])
async def test_a_damaged_step_is_copied_as_it_is(tmp_path: Path, part: bytes, unreadable: int) -> None:
    database = tmp_path / "sessions.db"
    async with SessionStore.open(database) as store:
        journal = await store.create(tmp_path, session_id="s")
        await journal.append(said("a"), stepped("one", USED), said("b"), stepped("two", USED))
    change(database, part, part[:-2] + b"}}", most=1)
    async with SessionStore.open(database) as store:
        copy = await store.fork("s")
        items = {name: await (await store.read_session(name)).items() for name in ("s", copy)}
        assert items["s"] == items[copy]
        assert len(items[copy]) == 4
        assert sum(isinstance(item, Unknown) for item in items[copy]) == unreadable
        used = await (await store.read_session(copy)).total_usage()
        assert used.input_tokens in (7, 14)


async def test_a_damaged_rewind_is_copied_as_it_is(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    async with SessionStore.open(database) as store:
        journal = await store.create(tmp_path, session_id="s")
        await journal.append(said("a"), said("b"))
        await journal.append(RewindItem(id="r", at=3.0, what="both", rewound_from="b"))
    change(database, b'{"type":"rewind"', b'{"type":"rewind}')
    async with SessionStore.open(database) as store:
        copy = await store.fork("s")
        kinds = [type(item).__name__ for item in await (await store.read_session(copy)).items()]
        assert kinds == ["UserItem", "Unknown"]


async def test_a_byte_that_is_no_text_costs_a_character(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    await made(database)
    change(database, b"wombat", b"wom\xffat")
    async with SessionStore.open(database) as store:
        assert [session.title for session in await store.list_sessions()] == ["a wom\ufffdat"]
        items = await (await store.read_session("s")).items(strict=True)
        assert items[1] == said("1", "1 wom\ufffdats " * 30)
        assert (await store.catalogue.preview("s")).last[0][1].startswith("0 wom\ufffdats")
        assert [match.item_id for match in await store.search(["wombats"])] == []
        assert len(await store.search(["ats 2"])) > 0
        copy = await store.fork("s")
        assert len(await (await store.read_session(copy)).items(strict=True)) == 3


async def test_damage_that_a_fork_or_a_search_meets_is_mended_at_the_next_start(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    await made(database, count=400)
    content = bytearray(database.read_bytes())
    middle = (len(content) // 4096 // 2) * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    database.write_bytes(content)
    async with SessionStore.open(database) as store:
        with pytest.raises(SessionCorrupt, match="when codex-py starts again"):
            await store.fork("s")
    async with SessionStore.open(database) as store:
        assert "damaged" in store.notice
        assert (await store.find(await store.fork("s"))).item_count > 380


@pytest.mark.parametrize("at", [1e18, -1e12, "soon"])
async def test_a_time_that_no_calendar_knows_keeps_nothing_from_being_listed(tmp_path: Path, at: object) -> None:
    (tmp_path / "codex-py").mkdir(mode=0o700)
    database = tmp_path / "codex-py" / "sessions.db"
    await made(database)
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as db:
        db.execute("UPDATE sessions SET updated_at = ?, created_at = ?", (at, at))
    env = environment(tmp_path)
    for command in (("list", "--all"), ("search", "wombats"), ("export", "s"), ("export", "s", "--format", "html")):
        done = run("sessions", *command, cwd=tmp_path, env=env)
        assert (done.exit_code, done.stderr) == (0, "")
        assert "1970-01-01" in done.stdout
