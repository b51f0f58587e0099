from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest

from codex_core.protocol import (
    Completed,
    EditQueued,
    ItemCompleted,
    NoticeItem,
    Pause,
    Paused,
    QueueChanged,
    Redirect,
    RemoveQueued,
    Resume,
    RunUserShell,
    Stop,
    SubmitPrompt,
    TextDelta,
    TextPart,
    ToolCallItem,
    TurnEnded,
    UserItem,
)
from codex_core.session.session import Session
from codex_core.session.store import SessionStore
from tests.support.scripted_provider import Says, ScriptedProvider, call
from tests.support.scripted_tools import ScriptedTool
from tests.support.sessions import Watcher, copy_as_killed, running_session, stored_items


def prompt(text: str, when: str = "now") -> SubmitPrompt:
    return SubmitPrompt(parts=(TextPart(text=text),), when=when)  # pyright: ignore[reportArgumentType]


def told(event: QueueChanged) -> list[tuple[str, str]]:
    return [(each.text, each.when) for each in event.prompts]


def said(watcher: Watcher) -> list[tuple[str, str]]:
    return [(str(getattr(item.parts[0], "text", "")), item.origin) for item in watcher.completed(UserItem)]


async def speak(session: Session) -> None:
    await session.submit(prompt("IMPORTANT later", "queue"))
    await session.submit(prompt("IMPORTANT steer", "steer"))


async def left_waiting(folder: Path, end: str) -> tuple[Path, str]:
    """A session that was left while `slow` ran and words waited."""
    slow = ScriptedTool("slow", kind="exec", hold=asyncio.Event())
    async with running_session(folder, ScriptedProvider([Says(calls=(call("slow"),))]), [slow]) as (session, _):
        await session.submit(prompt("go"))
        await slow.started.wait()
        await speak(session)
        if end == "kill":
            return copy_as_killed(folder), session.session_id
        session_id = session.session_id
    return folder, session_id


async def test_what_waits_comes_back_after_the_program_was_left_and_waits_until_the_user_goes_on(
    tmp_path: Path,
) -> None:
    folder, session_id = await left_waiting(tmp_path, "quit")
    provider = ScriptedProvider([Says(text="on we go"), Says(text="and later")])
    async with running_session(folder, provider, resume=session_id) as (session, watcher):
        shown = await watcher.next(QueueChanged)
        assert told(shown) == [("IMPORTANT steer", "steer"), ("IMPORTANT later", "queue")]
        assert (await watcher.next(Paused)).was_cut_short
        assert provider.requests == []
        await session.submit(Resume())
        for _ in range(2):
            assert (await watcher.next(TurnEnded)).outcome == Completed()
        assert said(watcher) == [("go", "prompt"), ("IMPORTANT steer", "steer"), ("IMPORTANT later", "prompt")]
    async with running_session(folder, ScriptedProvider([]), resume=session_id) as (_, watcher):
        assert not any(isinstance(event, QueueChanged) for event in watcher.seen)


async def test_what_waits_comes_back_after_a_kill(tmp_path: Path) -> None:
    folder, session_id = await left_waiting(tmp_path, "kill")
    for _ in range(2):  # nothing is decided by looking
        async with running_session(folder, ScriptedProvider([]), resume=session_id) as (_, watcher):
            shown = await watcher.next(QueueChanged)
            assert told(shown) == [("IMPORTANT steer", "steer"), ("IMPORTANT later", "queue")]


async def test_changed_and_removed_words_come_back_as_they_are_now(tmp_path: Path) -> None:
    provider = ScriptedProvider([Says(text="x", hold=asyncio.Event())])
    async with running_session(tmp_path, provider) as (session, watcher):
        await session.submit(prompt("go"))
        await watcher.next(TextDelta)
        await speak(session)
        await session.submit(RunUserShell(command="make"))
        shown = await watcher.next(QueueChanged, lambda event: len(event.prompts) == 3)
        ids = {each.text: each.queued_id for each in shown.prompts}
        await session.submit(EditQueued(queued_id=ids["IMPORTANT steer"], text="changed"))
        await session.submit(RemoveQueued(queued_id=ids["IMPORTANT later"]))
        folder, session_id = copy_as_killed(tmp_path), session.session_id
    async with running_session(folder, ScriptedProvider([]), resume=session_id) as (_, watcher):
        assert told(await watcher.next(QueueChanged)) == [("changed", "steer"), ("make", "command")]


async def test_words_of_a_redirect_that_nobody_was_told_yet_are_not_lost(tmp_path: Path) -> None:
    provider = ScriptedProvider([Says(text="x", hold=asyncio.Event())])
    async with running_session(tmp_path, provider) as (session, watcher):
        await session.submit(prompt("go"))
        await watcher.next(TextDelta)
        await session.submit(Pause())
        await watcher.next(Paused)
        redirecting = asyncio.create_task(session.submit(Redirect(text="no, spaces")))
        await asyncio.sleep(0)
        await session.close()
        await redirecting
        session_id = session.session_id
    async with running_session(tmp_path, ScriptedProvider([]), resume=session_id) as (_, watcher):
        await watcher.next(Paused)
        waiting = [text for event in watcher.seen if isinstance(event, QueueChanged) for text, _ in told(event)]
        assert "no, spaces" in [*waiting, *(text for text, _ in said(watcher))]


@pytest.mark.parametrize("when", ["steer", "queue"])
async def test_what_was_delivered_does_not_come_back(tmp_path: Path, when: str) -> None:
    slow = ScriptedTool("slow", kind="exec", hold=asyncio.Event())
    calls = [Says(calls=(call("slow"),)), Says(text="one", hold=asyncio.Event() if when == "steer" else None)]
    provider = ScriptedProvider([*calls, Says(text="two", hold=asyncio.Event())])
    async with running_session(tmp_path, provider, [slow]) as (session, watcher):
        await session.submit(prompt("go"))
        await slow.started.wait()
        await session.submit(prompt("deliver me", when))
        assert slow.hold is not None
        slow.hold.set()
        await watcher.next(
            ItemCompleted, lambda event: isinstance(event.item, UserItem) and "deliver me" in str(event.item.parts)
        )
        folder, session_id = copy_as_killed(tmp_path), session.session_id
    async with running_session(folder, ScriptedProvider([]), resume=session_id) as (_, watcher):
        await watcher.next(Paused)
        assert not any(isinstance(event, QueueChanged) and event.prompts for event in watcher.seen)
    items = await stored_items(folder, session_id)
    assert len([item for item in items if isinstance(item, UserItem) and "deliver me" in str(item.parts)]) == 1


async def test_a_command_that_waited_is_run_once_when_the_user_goes_on(tmp_path: Path) -> None:
    slow, shell = ScriptedTool("slow", kind="exec", hold=asyncio.Event()), ScriptedTool("shell", kind="exec")
    provider = ScriptedProvider([Says(calls=(call("slow"),))])
    async with running_session(tmp_path, provider, [slow, shell]) as (session, _):
        await session.submit(prompt("go"))
        await slow.started.wait()
        await session.submit(RunUserShell(command="make"))
        session_id = session.session_id
    assert shell.runs == []
    provider = ScriptedProvider([Says(text="seen")])
    async with running_session(tmp_path, provider, [shell], resume=session_id) as (session, watcher):
        assert told(await watcher.next(QueueChanged)) == [("make", "command")]
        await watcher.next(Paused)
        await session.submit(Resume())
        await watcher.next(TurnEnded)
    assert [run["command"] for run in shell.runs] == ["make"]
    calls = [item.name for item in await stored_items(tmp_path, session_id) if isinstance(item, ToolCallItem)]
    assert calls == ["slow", "shell"]
    async with SessionStore.open(tmp_path / "sessions.db") as store:
        assert await (await store.read_session(session_id)).waiting() == ()


async def test_what_a_stopped_turn_leaves_waiting_goes_on_when_the_user_says_so(tmp_path: Path) -> None:
    provider = ScriptedProvider([Says(text="x", hold=asyncio.Event()), Says(text="y"), Says(text="z")])
    async with running_session(tmp_path, provider) as (session, watcher):
        await session.submit(prompt("go"))
        await watcher.next(TextDelta)
        await session.submit(prompt("first", "queue"))
        await session.submit(prompt("second", "queue"))
        await session.submit(Stop())
        await watcher.next(TurnEnded)
        assert len(provider.requests) == 1
        await session.submit(Resume())
        for _ in range(2):
            assert (await watcher.next(TurnEnded)).outcome == Completed()
        assert [text for text, _ in said(watcher)] == ["go", "first", "second"]


async def test_without_a_screen_what_waits_goes_on_waiting_and_is_told(tmp_path: Path) -> None:
    folder, session_id = await left_waiting(tmp_path, "quit")
    provider = ScriptedProvider([Says(text="x")])
    async with running_session(folder, provider, resume=session_id, is_interactive=False) as (_, watcher):
        notice = await watcher.next(
            ItemCompleted, lambda event: isinstance(event.item, NoticeItem) and "IMPORTANT steer" in event.item.text
        )
        assert isinstance(notice.item, NoticeItem)
        assert "IMPORTANT later" in notice.item.text
        assert await watcher.ask("and now?") == Completed()
    assert "IMPORTANT" not in str(provider.requests[0].messages)
    async with running_session(folder, ScriptedProvider([]), resume=session_id) as (_, watcher):
        assert len((await watcher.next(QueueChanged)).prompts) == 2


async def test_words_that_cannot_be_written_down_wait_all_the_same_and_that_is_said(tmp_path: Path) -> None:
    hold = asyncio.Event()
    provider = ScriptedProvider([Says(text="x", hold=hold), Says(text="y")])
    async with running_session(tmp_path, provider) as (session, watcher):
        await session.submit(prompt("go"))
        await watcher.next(TextDelta)
        with contextlib.closing(sqlite3.connect(tmp_path / "sessions.db", isolation_level=None)) as db:
            db.execute("ALTER TABLE waiting RENAME TO waiting_away")
            await session.submit(prompt("later", "queue"))
            db.execute("ALTER TABLE waiting_away RENAME TO waiting")
        await watcher.next(ItemCompleted, lambda event: "could not be written down" in str(event.item))
        hold.set()
        for _ in range(2):
            await watcher.next(TurnEnded)
        assert [text for text, _ in said(watcher)] == ["go", "later"]


async def test_a_copy_of_a_session_has_what_waits_too(tmp_path: Path) -> None:
    folder, session_id = await left_waiting(tmp_path, "quit")
    async with SessionStore.open(folder / "sessions.db") as store:
        copy = await store.fork(session_id)
        assert [waiting.text for waiting in await (await store.read_session(copy)).waiting()] == [
            "IMPORTANT later",
            "IMPORTANT steer",
        ]
