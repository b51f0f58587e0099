from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_core.protocol.codec import encode_item
from codex_core.session.migrations import MIGRATIONS
from codex_core.session.schema import index_path
from codex_core.session.search import MOST_PER_SESSION
from codex_core.session.searchable import folded
from codex_core.session.store import SessionStore
from tests.support.scripted_journal import answered, called, ended, said


async def found(database: Path, *words: str, limit: int = 50) -> list[tuple[str, str]]:
    async with SessionStore.open(database) as store:
        return [(match.session_id, match.item_id) for match in await store.search(words, limit)]


async def test_what_comes_later_is_found_too(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    async with SessionStore.open(database) as store:
        journal = await store.create(tmp_path, session_id="s")
        await journal.append(said("a", "one wombat"))
        await journal.record_partial(answered("b", "a wom"))
        assert await found(database, "wom") == [("s", "b"), ("s", "a")]
        await journal.record_partial(answered("b", "a wombat grows"))
        assert await found(database, "wombat") == [("s", "b"), ("s", "a")]
        await journal.append(answered("b", "a wombat has grown"), said("c", "no more"))
        assert await found(database, "grown") == [("s", "b")]
        assert await found(database, "grows") == []
        await journal.record_superseded("b")
        assert await found(database, "wombat") == [("s", "a")]
        assert await found(database, "no") == [("s", "c")]


async def test_newer_sessions_come_first_and_none_hides_the_others(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    async with SessionStore.open(database) as store:
        for name in ("old", "new"):
            journal = await store.create(tmp_path, session_id=name)
            await journal.append(*(said(f"{number}", "wombat") for number in range(20)))
    matches = await found(database, "wombat")
    assert [session_id for session_id, _ in matches] == ["new"] * MOST_PER_SESSION + ["old"] * MOST_PER_SESSION
    assert matches[0][1] == "19"
    assert len(await found(database, "wombat", limit=3)) == 3


async def test_the_line_that_is_told_has_the_words(tmp_path: Path) -> None:
    long = "x" * 5000 + " the Wombat " + "y" * 5000
    async with SessionStore.open(tmp_path / "sessions.db") as store:
        journal = await store.create(tmp_path)
        await journal.append(said("a", f"first wombat\nsecond\n{long} bites\nlast"))
        (match,) = await store.search(["bites", "wombat"])
        assert "Wombat" in match.line
        assert len(match.line) <= 202


WORDS = st.text(
    alphabet=st.characters(blacklist_categories=()) | st.sampled_from('"*(): -^ÄäßéσςΣ李\x00\ud83dİı'), max_size=6
)


@given(texts=st.lists(WORDS, max_size=4), words=st.lists(WORDS, min_size=1, max_size=2))
async def test_the_index_finds_what_reading_everything_finds(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], words: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("search")
    database = folder / "sessions.db"
    async with SessionStore.open(database) as store:
        journal = await store.create(folder, session_id="s")
        await journal.append(said("a", "x"), *(said(f"{n}", text) for n, text in enumerate(texts)))
        with_index = await store.search(words)
        index_path(database).unlink(missing_ok=True)
        index_path(database).mkdir()
        assert await store.search(words) == with_index
    wanted = [plain for word in words if (plain := folded(word).strip())]
    if wanted:
        expected = [str(n) for n, text in enumerate(texts) if all(word in folded(text) for word in wanted)]
        assert [match.item_id for match in with_index if match.item_id != "a"][::-1] == expected


@pytest.mark.parametrize("damage", ["garbage", "torn", "other version"])
async def test_a_damaged_index_costs_nothing_but_time(tmp_path: Path, damage: str) -> None:
    database = tmp_path / "sessions.db"
    async with SessionStore.open(database) as store:
        journal = await store.create(tmp_path, session_id="s")
        await journal.append(*(said(f"{number}", f"wombat {number}") for number in range(300)))
    assert await found(database, "wombat", "299") == [("s", "299")]
    index = index_path(database)
    match damage:
        case "garbage":
            index.write_bytes(b"no database " * 1000)
        case "torn":
            index.write_bytes(index.read_bytes()[:4096] + b"\xff" * 8192)
        case _:
            with contextlib.closing(sqlite3.connect(index)) as db:
                db.execute("PRAGMA user_version = 99")
    for _ in range(2):
        assert await found(database, "wombat", "299") == [("s", "299")]
    assert index.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
async def test_what_an_earlier_release_wrote_is_found(tmp_path: Path, version: int) -> None:
    database = tmp_path / "sessions.db"
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as db:
        for statements in MIGRATIONS[:version]:
            db.executescript(statements)
        db.execute(f"PRAGMA user_version = {version}")
        db.execute(
            "INSERT INTO sessions (id, workspace, title, model, created_at, updated_at) "
            "VALUES ('s', '/w', '', '', 1, 1)"
        )
        row = ("s", 1, "a", "user", None, 1.0, "complete", encode_item(said("a", "an old wombat")))
        db.execute(
            "INSERT INTO items (session_id, seq, item_id, kind, call_id, at, state, data) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
    assert await found(database, "wombat") == [("s", "a")]


async def test_a_database_of_many_items_opens_as_quickly_as_before_and_is_searched_in_bounded_time(
    tmp_path: Path,
) -> None:
    database = tmp_path / "sessions.db"
    async with SessionStore.open(database) as store:
        for name in ("s", "t"):
            journal = await store.create(tmp_path, session_id=name)
            for start in range(0, 10_000, 1000):
                numbers = range(start, start + 1000, 2)
                await journal.append(
                    *(item for number in numbers for item in (called(f"{name}{number}"), ended(f"{name}{number}")))
                )
            await journal.append(said("last", "wombat"))
    began = time.process_time()
    async with SessionStore.open(database) as store:
        opened_s = time.process_time() - began
        assert await store.search(["wombat"]) != ()
        indexed_s = time.process_time() - began - opened_s
        await (await store.open_session("t")).append(said("later", "echidna"))
        began = time.process_time()
        assert len(await store.search(["echidna"])) == 1
        again_s = time.process_time() - began
    assert again_s < indexed_s / 4
    assert opened_s < indexed_s
