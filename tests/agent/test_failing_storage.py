from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Generator
from pathlib import Path

from codex_core.protocol import (
    ChangeSettings,
    Completed,
    Failed,
    ItemStarted,
    QueueChanged,
    StateChanged,
    ToolCallItem,
    ToolResultItem,
    TurnEnded,
    UserItem,
)
from tests.support.scripted_provider import Says, ScriptedProvider, call
from tests.support.scripted_tools import ScriptedTool
from tests.support.sessions import running_session, stored_items


@contextlib.contextmanager
def broken_database(folder: Path) -> Generator[None]:
    with contextlib.closing(sqlite3.connect(folder / "sessions.db", isolation_level=None)) as db:
        db.execute("ALTER TABLE items RENAME TO items_away")
        try:
            yield
        finally:
            db.execute("ALTER TABLE items_away RENAME TO items")


@contextlib.contextmanager
def locked_database(folder: Path) -> Generator[None]:
    with contextlib.closing(sqlite3.connect(folder / "sessions.db", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            db.execute("ROLLBACK")


async def test_a_database_that_fails_in_the_middle_of_a_turn_ends_the_turn_and_the_user_is_told_why(
    tmp_path: Path,
) -> None:
    hold = asyncio.Event()
    slow = ScriptedTool("slow", kind="exec", hold=hold, output="precious")
    provider = ScriptedProvider([Says(calls=(call("slow"),)), Says(text="on we go")])
    async with running_session(tmp_path, provider, [slow]) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await slow.started.wait()
        with broken_database(tmp_path):
            hold.set()
            outcome = await turn
        assert isinstance(outcome, Failed)
        assert "session database" in outcome.error
        assert isinstance(watcher.seen[-1], TurnEnded)
        assert await watcher.ask("go on") == Completed()
        assert [item.output for item in watcher.completed(ToolResultItem)] == ["precious"]
        session_id = session.session_id
    results = [item.output for item in await stored_items(tmp_path, session_id) if isinstance(item, ToolResultItem)]
    assert results == ["precious"]


async def test_a_database_that_fails_during_parallel_calls_is_named_not_an_exception_group(tmp_path: Path) -> None:
    hold = asyncio.Event()
    tools = [ScriptedTool("a", hold=hold), ScriptedTool("b", hold=hold)]
    provider = ScriptedProvider([Says(calls=(call("a"), call("b"))), Says(text="ok")])
    async with running_session(tmp_path, provider, tools) as (_, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        for tool in tools:
            await tool.started.wait()
        with broken_database(tmp_path):
            hold.set()
            outcome = await turn
        assert isinstance(outcome, Failed)
        assert outcome.error.startswith("the session database")
        assert await watcher.ask("go on") == Completed()
        assert len(watcher.completed(ToolResultItem)) == 2


async def test_a_prompt_that_cannot_be_written_goes_back_into_the_queue(tmp_path: Path) -> None:
    provider = ScriptedProvider([Says(text="one"), Says(text="two")])
    async with running_session(tmp_path, provider) as (_, watcher):
        with broken_database(tmp_path):
            assert isinstance(await watcher.ask("important"), Failed)
        waiting = await watcher.next(QueueChanged)
        assert [prompt.text for prompt in waiting.prompts] == ["important"]
        assert await watcher.ask("hello?") == Completed()
        await watcher.next(TurnEnded)
        await watcher.next(TurnEnded)
        await watcher.next(TurnEnded)
        said = [str(getattr(item.parts[0], "text", "")) for item in watcher.completed(UserItem)]
        assert said == ["hello?", "important"]


async def test_a_session_whose_database_has_gone_still_closes_everything(tmp_path: Path) -> None:
    async with running_session(tmp_path, ScriptedProvider([Says(text="x", hold=asyncio.Event())])) as (
        session,
        watcher,
    ):
        turn = asyncio.create_task(watcher.ask("go"))
        await watcher.next(ItemStarted)
        with contextlib.closing(sqlite3.connect(tmp_path / "sessions.db", isolation_level=None)) as db:
            db.execute("DROP TABLE items")
            db.execute("ALTER TABLE sessions RENAME TO sessions_away")
        async with asyncio.timeout(5):
            await session.close()
        assert (await watcher.next(StateChanged, lambda event: event.state.status == "closed")).state.status == "closed"
        turn.cancel()


async def test_leaving_while_a_result_is_being_written_leaves_one_result(tmp_path: Path) -> None:
    hold = asyncio.Event()
    slow = ScriptedTool("slow", kind="exec", hold=hold)
    provider = ScriptedProvider([Says(calls=(call("slow"),))])
    async with running_session(tmp_path, provider, [slow]) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await slow.started.wait()
        with locked_database(tmp_path):
            hold.set()
            for _ in range(20):
                await asyncio.sleep(0)
            closing = asyncio.create_task(session.close())
            for _ in range(20):
                await asyncio.sleep(0)
        await closing
        await turn
        session_id = session.session_id
    items = await stored_items(tmp_path, session_id)
    assert [item.status for item in items if isinstance(item, ToolResultItem)] == ["ok"]
    assert len([item for item in items if isinstance(item, ToolCallItem)]) == 1


async def test_settings_that_cannot_be_kept_count_all_the_same(tmp_path: Path) -> None:
    async with running_session(tmp_path, ScriptedProvider([])) as (session, watcher):
        with contextlib.closing(sqlite3.connect(tmp_path / "sessions.db", isolation_level=None)) as db:
            db.execute("ALTER TABLE sessions RENAME TO sessions_away")
            await session.submit(ChangeSettings(sandbox_mode="read-only"))
            changed = await watcher.next(StateChanged, lambda event: event.state.settings.sandbox_mode == "read-only")
            assert changed.state.settings.mode == "plan"
            db.execute("ALTER TABLE sessions_away RENAME TO sessions")
