from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from codex_core.protocol import (
    Completed,
    DiffBlock,
    FileDiff,
    SessionBusy,
    SessionUnclear,
    ToolResultItem,
    TurnEndItem,
    Usage,
)
from codex_core.session.catalogue import ListedSession
from codex_core.session.sought import Sought
from codex_core.session.store import SessionStore
from tests.session.test_store import ROOT, writer
from tests.support.scripted_journal import answered, called, ended, said, stepped


async def filled(database: Path, *session_ids: str, workspace: Path | None = None) -> None:
    async with SessionStore.open(database) as store:
        for session_id in session_ids:
            journal = await store.create(workspace or database.parent, title=f"t {session_id}", session_id=session_id)
            await journal.append(said("a", f"the wombat of {session_id}"), answered("b", "hi"))


async def ids(store: SessionStore, sought: Sought = Sought()) -> list[str]:  # noqa: B008
    return list(await store.catalogue.ids(sought))


async def listed(store: SessionStore, session_id: str) -> ListedSession:
    return (await store.catalogue.some([session_id]))[session_id]


async def test_it_says_what_is_worth_knowing(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    async with SessionStore.open(database) as store:
        journal = await store.create(tmp_path, title="t", session_id="s")
        usage = Usage(input_tokens=5, output_tokens=1, cost_usd=0.25)
        for number in range(3):
            await journal.append(said(f"u{number}"), stepped(f"step{number}", usage))
            await journal.append(TurnEndItem(id=f"end{number}", at=1.0, outcome=Completed(), duration_s=1.0))
        await journal.append(said("last"))
        await journal.set_settings({"unfinished": "running", "commit": "c" * 40})
        mine = await listed(store, "s")
        assert (mine.turns, mine.cost_usd, mine.unfinished, mine.commit) == (4, 0.75, "running", "c" * 40)
        assert mine.owner == os.getpid()
        await journal.close()
        (left,) = (await store.catalogue.some(["s", "nobody"])).values()
        assert left.owner is None


async def test_it_names_the_process_that_has_a_session_open(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    await filled(database, "s")
    process = writer(database, "s")
    try:
        async with SessionStore.open(database) as store:
            assert (await listed(store, "s")).owner == process.pid
    finally:
        process.kill()
        process.communicate()


async def test_the_newest_come_first_and_filters_are_obeyed(tmp_path: Path) -> None:
    database, elsewhere = tmp_path / "sessions.db", tmp_path / "elsewhere"
    await filled(database, *(f"s{number}" for number in range(7)))
    await filled(database, "e", workspace=elsewhere)
    async with SessionStore.open(database) as store:
        await store.archive("s3")
        flat = ["e", "s6", "s5", "s4", "s2", "s1", "s0"]
        assert await ids(store) == flat
        assert len(await ids(store, Sought(with_archived=True))) == 8
        assert await ids(store, Sought(workspace=elsewhere)) == ["e"]
        newest = (await listed(store, "e")).summary.updated_at
        assert await ids(store, Sought(since=newest)) == ["e"]
        assert await ids(store, Sought(since=newest + 1)) == []
        matches = await store.search(["wombat"], sought=Sought(workspace=elsewhere), per_session=1)
        assert [match.session_id for match in matches] == ["e"]
        matches = await store.search(["wombat"], sought=Sought(), per_session=1)
        assert [match.session_id for match in matches] == flat


async def test_a_preview_shows_how_it_began_how_it_stands_and_what_it_changed(tmp_path: Path) -> None:
    async with SessionStore.open(tmp_path / "sessions.db") as store:
        journal = await store.create(tmp_path, session_id="s")
        await journal.append(said("first", "please mend it"), answered("a1", "looking"), called("c1"), ended("c1"))
        for number, kind in enumerate(("add", "update")):
            diff = DiffBlock(files=(FileDiff(path="a.py", kind=kind, added=2, removed=number, unified="@@"),))  # pyright: ignore[reportArgumentType]
            call = called(f"d{number}")
            result = ToolResultItem(
                id=f"r{number}",
                at=1.0,
                call_id=call.call_id,
                name="edit_file",
                status="ok",
                output="",
                display=(diff,),
            )
            await journal.append(call, result)
        for number in range(20):
            await journal.append(said(f"u{number}", f"more {number}"), answered(f"t{number}", f"done {number}"))
        preview = await store.catalogue.preview("s")
    assert preview.first_prompt == "please mend it"
    assert preview.last[-1] == ("assistant", "done 19")
    assert len(preview.last) == 8
    assert [(file.path, file.kind, file.added, file.removed) for file in preview.files] == [("a.py", "add", 4, 1)]


async def test_what_lies_in_the_trash_is_seen_by_nobody_and_comes_back(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    await filled(database, "gone", "kept")
    async with SessionStore.open(database) as store, SessionStore.open(database) as other:
        await store.trash.put("gone")
        for each in (store, other):
            assert await ids(each) == ["kept"]
            assert [found.id for found in await each.list_sessions()] == ["kept"]
            assert [match.session_id for match in await each.search(["gone"])] == []
            with pytest.raises(SessionUnclear):
                await each.open_session("gone")
        await store.trash.take_back("gone")
        assert await ids(other) == ["kept", "gone"]
        assert len(await (await other.open_session("gone")).items()) == 2


async def test_an_emptied_trash_leaves_no_trace(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    await filled(database, "secret_one", "secret_two", "kept")
    async with SessionStore.open(database) as store:
        assert len(await store.search(["wombat"])) == 3
        for session_id in ("secret_one", "secret_two"):
            await store.trash.put(session_id)
        assert await store.trash.empty() == ""
        assert await ids(store) == ["kept"]
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"secret_" not in left
    assert b"wombat of kept" in left


async def test_what_somebody_has_open_cannot_be_put_into_the_trash(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    await filled(database, "s")
    async with SessionStore.open(database) as store:
        await store.open_session("s")
        with pytest.raises(SessionBusy):
            await store.trash.put("s")
        assert await ids(store) == ["s"]


KILLED = """
import asyncio, os, sys
from pathlib import Path
from codex_core.session.store import SessionStore

async def main():
    async with SessionStore.open(Path(sys.argv[1])) as store:
        await store.trash.put("gone")
        await store.trash.put("undone")
        await store.trash.take_back("undone")
        print("ready", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_kill_deletes_what_was_deleted_and_nothing_that_was_taken_back(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    await filled(database, "gone", "undone")
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(database)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        async with SessionStore.open(database) as store:
            assert await ids(store) == ["undone"]
            assert "gone" in await store.ids()  # it may still be taken back
    finally:
        process.kill()
        process.communicate()
    async with SessionStore.open(database) as store:
        assert await store.ids() == {"undone"}
    with contextlib.closing(sqlite3.connect(database)) as db:
        assert db.execute("SELECT DISTINCT session_id FROM items").fetchall() == [("undone",)]


async def test_a_search_that_nobody_waits_for_any_more_ends(tmp_path: Path) -> None:
    database = tmp_path / "sessions.db"
    await filled(database, *(f"s{number}" for number in range(300)))
    async with SessionStore.open(database) as store:
        task = asyncio.create_task(store.search(["nowhere"]))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(await store.search(["wombat"], limit=1000, per_session=1)) == 300
