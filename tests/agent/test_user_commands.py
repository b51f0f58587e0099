from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from codex_core.protocol import (
    AnswerInput,
    ApprovalRequested,
    CancelCurrent,
    Completed,
    CrashAnswer,
    CrashQuestion,
    EditQueued,
    InputRequested,
    ItemCompleted,
    ItemStarted,
    Op,
    Pause,
    Paused,
    QueueChanged,
    RemoveQueued,
    RunUserShell,
    StateChanged,
    Stop,
    SubmitPrompt,
    TextPart,
    ToolCallItem,
    ToolOutputDelta,
    ToolResultItem,
    TurnEnded,
    TurnStarted,
    UserItem,
)
from codex_tools.sandbox.runner import open_sandbox
from tests.support.scripted_provider import Says, ScriptedProvider, call
from tests.support.scripted_tools import ScriptedTool
from tests.support.sessions import ASK, Watcher, copy_as_killed, real_tools, running_session, stored_items, unfinished

EXEC = ("/bin/bash", "-c", "make test")


async def result_of(watcher: Watcher) -> ToolResultItem:
    event = await watcher.next(ItemCompleted, lambda event: isinstance(event.item, ToolResultItem))
    assert isinstance(event.item, ToolResultItem)
    return event.item


async def test_a_command_of_the_user_runs_unasked_without_a_model_and_is_shown_live(tmp_path: Path) -> None:
    shell = ScriptedTool("shell", kind="exec", argv=EXEC, prints="3 passed\n")
    provider = ScriptedProvider([])
    async with running_session(tmp_path, provider, [shell], mode=ASK) as (session, watcher):
        await session.submit(RunUserShell(command="make test"))
        assert (await result_of(watcher)).status == "ok"
        (called,) = watcher.completed(ToolCallItem)
        assert (called.by, called.name) == ("user", "shell")
        assert [event.text for event in watcher.seen if isinstance(event, ToolOutputDelta)] == ["3 passed\n"]
        assert any(isinstance(event, ItemStarted) for event in watcher.seen)
        assert not any(isinstance(event, ApprovalRequested | TurnStarted) for event in watcher.seen)
        assert provider.requests == []


async def test_the_model_is_told_in_the_users_name_with_its_next_call(tmp_path: Path) -> None:
    shell = ScriptedTool("shell", kind="exec", argv=EXEC, output="exit code 0\n3 passed")
    provider = ScriptedProvider([Says(text="good")])
    async with running_session(tmp_path, provider, [shell]) as (session, watcher):
        await session.submit(RunUserShell(command="make test"))
        assert await watcher.ask("what do you think?") == Completed()
        messages = provider.requests[0].messages
        assert [message["role"] for message in messages] == ["system", "user", "user"]
        told = str(messages[1]["content"])
        assert "make test" in told
        assert "3 passed" in told


async def test_a_prompt_that_comes_while_it_runs_is_kept_at_once_and_said_after_it(tmp_path: Path) -> None:
    hold = asyncio.Event()
    shell = ScriptedTool("shell", kind="exec", argv=EXEC, hold=hold, output="3 passed")
    provider = ScriptedProvider([Says(text="ok")])
    async with running_session(tmp_path, provider, [shell]) as (session, watcher):
        await session.submit(RunUserShell(command="make test"))
        await shell.started.wait()
        await session.submit(SubmitPrompt(parts=(TextPart(text="and now?"),)))
        await watcher.until(lambda: bool(watcher.completed(UserItem)))
        assert provider.requests == []
        hold.set()
        await watcher.next(TurnEnded)
        kinds = [type(event.item).__name__ for event in watcher.seen if isinstance(event, ItemCompleted)]
        assert kinds[:3] == ["ToolCallItem", "UserItem", "ToolResultItem"]
        said = [str(message["content"]) for message in provider.requests[0].messages[1:]]
        assert len(said) == 2
        assert "3 passed" in said[0]
        assert said[1] == "and now?"
        assert await unfinished(tmp_path, session.session_id) is None


async def test_a_kill_while_it_runs_loses_no_prompt(tmp_path: Path) -> None:
    shell = ScriptedTool("shell", kind="exec", argv=EXEC, hold=asyncio.Event())
    async with running_session(tmp_path, ScriptedProvider([]), [shell]) as (session, watcher):
        await session.submit(RunUserShell(command="make test"))
        await shell.started.wait()
        await session.submit(SubmitPrompt(parts=(TextPart(text="and now?"),)))
        await watcher.until(lambda: bool(watcher.completed(UserItem)))
        session_id, killed = session.session_id, copy_as_killed(tmp_path)
    provider = ScriptedProvider([Says(text="ok")])
    async with running_session(killed, provider, [shell], resume=session_id) as (session, watcher):
        asked = await watcher.next(InputRequested, lambda event: isinstance(event.request, CrashQuestion))
        await session.submit(AnswerInput(request_id=asked.request_id, answer=CrashAnswer(choice="tell")))
        assert (await watcher.next(TurnEnded)).outcome == Completed()
        assert provider.requests[0].messages[-1]["content"] == "and now?"


@pytest.mark.parametrize("wish", [Stop(), Pause()])
async def test_a_turn_that_waits_for_it_does_not_take_its_result_away(tmp_path: Path, wish: Op) -> None:
    hold = asyncio.Event()
    shell = ScriptedTool("shell", kind="exec", argv=EXEC, hold=hold, output="3 passed")
    async with running_session(tmp_path, ScriptedProvider([Says(text="ok")]), [shell]) as (session, watcher):
        await session.submit(RunUserShell(command="make test"))
        await shell.started.wait()
        await session.submit(SubmitPrompt(parts=(TextPart(text="and now?"),)))
        await watcher.until(lambda: bool(watcher.completed(UserItem)))
        await session.submit(wish)
        hold.set()
        await watcher.next(Paused if isinstance(wish, Pause) else TurnEnded)
        assert [item.status for item in watcher.completed(ToolResultItem)] == ["ok"]


async def test_it_can_be_ended_and_has_a_result_that_says_so(tmp_path: Path) -> None:
    shell = ScriptedTool("shell", kind="exec", argv=EXEC, hold=asyncio.Event(), prints="so far\n")
    async with running_session(tmp_path, ScriptedProvider([]), [shell]) as (session, watcher):
        await session.submit(RunUserShell(command="make test"))
        await shell.started.wait()
        await session.submit(CancelCurrent())
        result = await result_of(watcher)
        assert (result.status, "so far" in result.output) == ("interrupted", True)


async def test_while_the_agent_works_it_waits_in_the_queue_and_runs_at_the_next_safe_point(tmp_path: Path) -> None:
    hold = asyncio.Event()
    tools = [ScriptedTool("slow", kind="write", hold=hold), ScriptedTool("shell", kind="exec", argv=EXEC)]
    provider = ScriptedProvider([Says(calls=(call("slow"),)), Says(text="done")])
    async with running_session(tmp_path, provider, tools) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await tools[0].started.wait()
        await session.submit(RunUserShell(command="make test"))
        queued = (await watcher.next(QueueChanged)).prompts
        assert [(prompt.text, prompt.when) for prompt in queued] == [("make test", "command")]
        hold.set()
        assert await turn == Completed()
        assert [item.name for item in watcher.completed(ToolResultItem)] == ["slow", "shell"]
        roles = [message["role"] for message in provider.requests[1].messages]
        assert roles == ["system", "user", "assistant", "tool", "user"]


async def test_one_that_came_behind_the_last_safe_point_runs_without_another_model_call(tmp_path: Path) -> None:
    hold = asyncio.Event()
    shell = ScriptedTool("shell", kind="exec", argv=EXEC)
    provider = ScriptedProvider([Says(text="the last words", hold=hold)])
    async with running_session(tmp_path, provider, [shell]) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await watcher.until(lambda: bool(provider.requests))
        await session.submit(RunUserShell(command="make test"))
        await watcher.next(QueueChanged)
        hold.set()
        assert await turn == Completed()
        assert (await result_of(watcher)).status == "ok"
        assert len(provider.requests) == 1


async def test_a_queued_command_can_be_changed_and_removed(tmp_path: Path) -> None:
    hold = asyncio.Event()
    tools = [ScriptedTool("slow", kind="write", hold=hold), ScriptedTool("shell", kind="exec", argv=EXEC)]
    provider = ScriptedProvider([Says(calls=(call("slow"),)), Says(text="done")])
    async with running_session(tmp_path, provider, tools) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await tools[0].started.wait()
        await session.submit(RunUserShell(command="one"))
        await session.submit(RunUserShell(command="two"))
        one, two = (await watcher.next(QueueChanged, lambda event: len(event.prompts) == 2)).prompts
        await session.submit(EditQueued(queued_id=one.queued_id, text="first"))
        await session.submit(RemoveQueued(queued_id=two.queued_id))
        hold.set()
        await turn
        assert [dict(arguments)["command"] for arguments in tools[1].runs] == ["first"]


async def test_a_session_that_is_left_in_the_middle_of_one_opens_without_talk_of_a_turn(tmp_path: Path) -> None:
    shell = ScriptedTool("shell", kind="exec", argv=EXEC, hold=asyncio.Event())
    async with running_session(tmp_path, ScriptedProvider([]), [shell]) as (session, _):
        await session.submit(RunUserShell(command="make test"))
        await shell.started.wait()
        session_id = session.session_id
    async with running_session(tmp_path, ScriptedProvider([]), resume=session_id):
        pass
    items = await stored_items(tmp_path, session_id)
    assert [type(item).__name__ for item in items] == ["ToolCallItem", "ToolResultItem"]
    assert isinstance(items[1], ToolResultItem)
    assert items[1].status == "interrupted"


async def test_the_first_words_of_the_user_become_the_title_and_a_command_only_until_then(tmp_path: Path) -> None:
    shell = ScriptedTool("shell", kind="exec", argv=EXEC)
    async with running_session(tmp_path, ScriptedProvider([Says(text="x")]), [shell]) as (session, watcher):
        await session.submit(RunUserShell(command="make test"))
        await watcher.next(StateChanged, lambda event: event.state.title == "! make test")
        await watcher.ask("why does it fail?")
        await watcher.next(StateChanged, lambda event: event.state.title == "why does it fail?")


async def test_it_is_confined_as_the_mode_says(tmp_path: Path) -> None:
    sandbox = await open_sandbox(state_dir=tmp_path / "state")
    try:
        tools = real_tools(tmp_path)
        async with running_session(tmp_path, ScriptedProvider([]), tools, sandbox=sandbox) as (session, watcher):
            await session.submit(RunUserShell(command="echo in > here.txt; echo out > ../out.txt"))
            result = await result_of(watcher)
    finally:
        await sandbox.close()
    assert result.status == "error"
    assert (tmp_path / "workspace" / "here.txt").read_text() == "in\n"
    assert not (tmp_path / "out.txt").exists()
