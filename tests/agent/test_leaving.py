from __future__ import annotations

import asyncio
from pathlib import Path

from codex_core.protocol import (
    AssistantItem,
    ChangeSettings,
    ItemCompleted,
    NoticeItem,
    Pause,
    Paused,
    PauseItem,
    Resume,
    Shutdown,
    StateChanged,
    SubmitPrompt,
    TextDelta,
    TextPart,
    ToolResultItem,
    TurnEnded,
    UserItem,
)
from codex_core.session.store import SessionStore
from tests.support.scripted_provider import Says, ScriptedProvider, call
from tests.support.scripted_tools import ScriptedTool
from tests.support.sessions import copy_as_killed, running_session, stored_items, unfinished


def prompt(text: str) -> SubmitPrompt:
    return SubmitPrompt(parts=(TextPart(text=text),))


async def test_words_that_were_streaming_when_the_user_left_are_all_there_on_resume(tmp_path: Path) -> None:
    provider = ScriptedProvider([Says(text="all of these words", hold=asyncio.Event())])
    async with running_session(tmp_path, provider) as (session, watcher):
        await session.submit(prompt("go"))
        seen = ""
        while seen != "all of these words":
            seen += (await watcher.next(TextDelta)).text
        session_id = session.session_id
    said = [item for item in await stored_items(tmp_path, session_id) if isinstance(item, AssistantItem)]
    assert [(item.text, item.truncated) for item in said] == [("all of these words", True)]


async def test_a_prompt_that_was_submitted_just_before_the_end_is_kept(tmp_path: Path) -> None:
    async with running_session(tmp_path, ScriptedProvider([Says(text="x")])) as (session, _):
        await session.submit(prompt("do not forget me"))
        await session.submit(Shutdown())
        session_id = session.session_id
    (said, *_) = [item for item in await stored_items(tmp_path, session_id) if isinstance(item, UserItem)]
    assert "do not forget me" in str(said.parts)


async def test_two_that_close_the_session_at_once_both_wait_for_its_end(tmp_path: Path) -> None:
    slow = ScriptedTool("slow", kind="exec", hold=asyncio.Event())
    async with running_session(tmp_path, ScriptedProvider([Says(calls=(call("slow"),))]), [slow]) as (session, watcher):
        await session.submit(prompt("go"))
        await slow.started.wait()
        first = asyncio.create_task(session.close())
        await asyncio.sleep(0)
        first.cancel()  # as the screen does with whoever carried the wish
        await session.close()
        await watcher.next(StateChanged, lambda event: event.state.status == "closed")
        ends = [event for event in watcher.seen if isinstance(event, TurnEnded)]
        assert len(ends) == 1
        session_id = session.session_id
    assert [item.status for item in await stored_items(tmp_path, session_id) if isinstance(item, ToolResultItem)] == [
        "interrupted"
    ]


async def test_wishes_after_the_end_are_ignored(tmp_path: Path) -> None:
    async with running_session(tmp_path, ScriptedProvider([])) as (session, _):
        await session.close()
        for wish in (prompt("hello?"), ChangeSettings(model="other/model"), Pause(), Shutdown()):
            await session.submit(wish)


async def test_a_mode_switch_in_the_middle_of_a_turn_does_not_hide_that_it_was_killed(tmp_path: Path) -> None:
    slow = ScriptedTool("slow", kind="exec", hold=asyncio.Event())
    async with running_session(tmp_path, ScriptedProvider([Says(calls=(call("slow"),))]), [slow]) as (session, _):
        await session.submit(prompt("go"))
        await slow.started.wait()
        await session.submit(ChangeSettings(sandbox_mode="read-only"))
        assert await unfinished(tmp_path, session.session_id) == "running"


async def test_a_session_killed_while_paused_comes_back_to_the_same_question(tmp_path: Path) -> None:
    provider = ScriptedProvider([Says(text="half", hold=asyncio.Event())])
    async with running_session(tmp_path, provider) as (session, watcher):
        await session.submit(prompt("go"))
        await watcher.next(TextDelta)
        await session.submit(Pause())
        await watcher.next(Paused)
        for _ in range(100):  # the database answers each time, so this is no busy wait
            if await unfinished(tmp_path, session.session_id) == "paused":
                return
        raise AssertionError("the pause was not written down")


async def test_a_kill_between_continue_and_the_repeated_text_does_not_leave_half_of_it_to_the_model(
    tmp_path: Path,
) -> None:
    async with running_session(tmp_path, ScriptedProvider([Says(text="half", hold=asyncio.Event())])) as (
        session,
        watcher,
    ):
        await session.submit(prompt("go"))
        await watcher.next(TextDelta)
        await session.submit(Pause())
        await watcher.next(Paused)
        session_id = session.session_id
    async with SessionStore.open(tmp_path / "sessions.db") as store:
        journal = await store.open_session(session_id)
        await journal.append(PauseItem(id="pause_1", at=1.0, how="continue", duration_s=2.0))
        await journal.close()
    provider = ScriptedProvider([Says(text="whole")])
    async with running_session(tmp_path, provider, resume=session_id) as (session, watcher):
        await watcher.next(Paused)
        await session.submit(Resume())
        await watcher.next(TurnEnded)
        assert [message["content"] for message in provider.requests[0].messages[1:]] == ["go"]


async def test_a_call_that_never_began_is_said_not_to_have_run(tmp_path: Path) -> None:
    slow, after = ScriptedTool("slow", kind="exec", hold=asyncio.Event()), ScriptedTool("after", kind="exec")
    provider = ScriptedProvider([Says(calls=(call("slow"), call("after")))])
    async with running_session(tmp_path, provider, [slow, after]) as (session, _):
        await session.submit(prompt("go"))
        await slow.started.wait()
        session_id = session.session_id
    results = [item for item in await stored_items(tmp_path, session_id) if isinstance(item, ToolResultItem)]
    assert ["not known" in item.output for item in results] == [True, False]
    assert results[1].output.startswith("Not run")


async def test_a_killed_session_says_so_once_and_its_open_call_has_one_result(tmp_path: Path) -> None:
    slow = ScriptedTool("slow", kind="exec", hold=asyncio.Event())
    async with running_session(tmp_path, ScriptedProvider([Says(calls=(call("slow"),))]), [slow]) as (session, _):
        await session.submit(prompt("go"))
        await slow.started.wait()
        session_id = session.session_id
        copy = copy_as_killed(tmp_path)
    for _ in range(2):
        async with running_session(copy, ScriptedProvider([]), resume=session_id, is_interactive=False) as (_, watcher):
            await watcher.next(ItemCompleted, lambda event: isinstance(event.item, NoticeItem))
    items = await stored_items(copy, session_id)
    assert [item.status for item in items if isinstance(item, ToolResultItem)] == ["interrupted"]
    assert len([item for item in items if isinstance(item, NoticeItem)]) == 1
