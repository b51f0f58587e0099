from __future__ import annotations

import asyncio
from pathlib import Path

from codex_core.protocol import ChangeSettings, Compact, CompactionItem, Completed, StateChanged
from tests.support.scripted_provider import Says, ScriptedProvider, call
from tests.support.scripted_tools import ScriptedTool
from tests.support.sessions import running_session


async def test_an_effort_counts_from_the_next_model_call_on_and_is_told(tmp_path: Path) -> None:
    hold = asyncio.Event()
    slow = ScriptedTool("slow", kind="exec", hold=hold)
    provider = ScriptedProvider([Says(text="a", calls=(call("slow"),)), Says(text="b"), Says(text="c")])
    async with running_session(tmp_path, provider, [slow]) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await slow.started.wait()
        await session.submit(ChangeSettings(effort="high"))
        hold.set()
        assert await turn == Completed()
        await session.submit(ChangeSettings(model="scripted/other"))
        told = await watcher.next(StateChanged, lambda event: event.state.settings.model == "scripted/other")
        assert told.state.settings.effort == "high"
        await session.submit(ChangeSettings(effort="default"))
        assert await watcher.ask("again") == Completed()
    assert [request.effort for request in provider.requests] == [None, "high", None]


async def test_a_title_and_a_summary_are_asked_for_without_it(tmp_path: Path) -> None:
    long = "an old matter, told at great length. " * 110
    script = [Says(text="Hello."), Says(text="Old matters"), Says(text="Indeed."), Says(text="Summary: old matters.")]
    provider = ScriptedProvider([*script], window_tokens=4000)
    async with running_session(tmp_path, provider, auto_title=True) as (session, watcher):
        await session.submit(ChangeSettings(effort="high"))
        await watcher.ask(long)
        await watcher.next(StateChanged, lambda event: event.state.title == "Old matters")
        await watcher.ask(long)
        await session.submit(Compact())
        await watcher.until(lambda: bool(watcher.completed(CompactionItem)))
    made = [(request.purpose, request.effort) for request in provider.requests]
    assert made == [("reply", "high"), ("title", None), ("reply", "high"), ("summary", None)]
