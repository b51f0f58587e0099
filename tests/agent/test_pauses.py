from __future__ import annotations

import asyncio
from pathlib import Path

from codex_core.protocol import (
    AnswerApproval,
    ApprovalRequested,
    ApprovalResolved,
    Approve,
    AssistantItem,
    CancelCurrent,
    Completed,
    ItemSuperseded,
    Pause,
    Paused,
    PauseRequested,
    ProviderError,
    QueueChanged,
    Redirect,
    Resume,
    RetryItem,
    RetryScheduled,
    SkipWait,
    Stop,
    Stopped,
    SubmitPrompt,
    TextDelta,
    TextPart,
    ToolResultItem,
    TurnEnded,
    UserItem,
)
from tests.support.scripted_provider import Breaks, Says, ScriptedProvider, call
from tests.support.scripted_tools import ScriptedTool
from tests.support.sessions import ASK, running_session


async def test_a_pause_closes_the_stream_at_once_and_continue_says_it_again(tmp_path: Path) -> None:
    never = asyncio.Event()
    provider = ScriptedProvider([Says(text="half of it", hold=never), Says(text="all of it")])
    async with running_session(tmp_path, provider) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await watcher.next(TextDelta)
        await session.submit(Pause())
        await watcher.next(Paused)
        assert provider.closed_streams == 1
        assert [item.truncated for item in watcher.completed(AssistantItem)] == [True]
        await session.submit(Resume())
        assert await turn == Completed()
        assert any(isinstance(event, ItemSuperseded) for event in watcher.seen)
        assert [m["content"] for m in provider.requests[1].messages[1:]] == ["go"]


async def test_redirect_keeps_what_was_said_and_adds_the_words(tmp_path: Path) -> None:
    never = asyncio.Event()
    provider = ScriptedProvider([Says(text="I will use tabs", hold=never), Says(text="spaces then")])
    async with running_session(tmp_path, provider) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await watcher.next(TextDelta, lambda delta: delta.text.endswith("tabs") or True)
        await session.submit(Pause())
        await watcher.next(Paused)
        await session.submit(Redirect(text="no, spaces"))
        assert await turn == Completed()
        contents = [m["content"] for m in provider.requests[1].messages[1:]]
        assert contents[0] == "go"
        assert contents[-1] == "no, spaces"
        assert [item.origin for item in watcher.completed(UserItem)] == ["prompt", "redirect"]


async def test_a_running_tool_is_let_finish_and_the_pause_says_what_it_waits_for(tmp_path: Path) -> None:
    hold = asyncio.Event()
    slow, after = ScriptedTool("slow", kind="exec", hold=hold), ScriptedTool("after", kind="exec")
    provider = ScriptedProvider([Says(calls=(call("slow"), call("after"))), Says(text="done")])
    async with running_session(tmp_path, provider, [slow, after]) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await slow.started.wait()
        await session.submit(Pause())
        assert (await watcher.next(PauseRequested)).waiting_for == "slow"
        hold.set()
        await watcher.next(Paused)
        assert [item.status for item in watcher.completed(ToolResultItem)] == ["ok"]
        assert not after.started.is_set()
        await session.submit(Resume())
        assert await turn == Completed()
        assert after.started.is_set()


async def test_redirect_in_the_middle_of_a_batch_gives_the_rest_a_result(tmp_path: Path) -> None:
    hold = asyncio.Event()
    slow, after = ScriptedTool("slow", kind="exec", hold=hold), ScriptedTool("after", kind="exec")
    provider = ScriptedProvider([Says(calls=(call("slow"), call("after"), call("after"))), Says(text="done")])
    async with running_session(tmp_path, provider, [slow, after]) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await slow.started.wait()
        await session.submit(Pause())
        hold.set()
        await watcher.next(Paused)
        await session.submit(Redirect(text="something else"))
        assert await turn == Completed()
        assert [item.status for item in watcher.completed(ToolResultItem)] == ["ok", "interrupted", "interrupted"]
        assert not after.started.is_set()


async def test_cancelling_the_current_tool_gives_an_interrupted_result(tmp_path: Path) -> None:
    slow = ScriptedTool("slow", kind="exec", hold=asyncio.Event())
    provider = ScriptedProvider([Says(calls=(call("slow"),)), Says(text="done")])
    async with running_session(tmp_path, provider, [slow]) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await slow.started.wait()
        await session.submit(Pause())
        await session.submit(CancelCurrent())
        await watcher.next(Paused)
        assert slow.was_cancelled
        await session.submit(Resume())
        assert await turn == Completed()
        assert [item.status for item in watcher.completed(ToolResultItem)] == ["interrupted"]


async def test_what_a_tool_had_printed_when_it_was_ended_reaches_the_model(tmp_path: Path) -> None:
    slow = ScriptedTool("slow", kind="exec", hold=asyncio.Event(), prints="compiling…\nwarning: x\n")
    provider = ScriptedProvider([Says(calls=(call("slow"),)), Says(text="done")])
    async with running_session(tmp_path, provider, [slow]) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await slow.started.wait()
        await session.submit(CancelCurrent())
        assert await turn == Completed()
        assert "compiling…" in str(provider.requests[1].messages[-1]["content"])


async def test_stop_ends_the_turn_and_every_call_has_a_result(tmp_path: Path) -> None:
    slow = ScriptedTool("slow", kind="exec", hold=asyncio.Event())
    provider = ScriptedProvider([Says(calls=(call("slow"), call("slow")))])
    async with running_session(tmp_path, provider, [slow]) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await slow.started.wait()
        await session.submit(Stop())
        assert await turn == Stopped()
        assert [item.status for item in watcher.completed(ToolResultItem)] == ["interrupted", "interrupted"]
        assert isinstance(watcher.seen[-1], TurnEnded)


async def test_a_pending_approval_survives_a_pause_and_continue(tmp_path: Path) -> None:
    write = ScriptedTool("w", kind="write")
    provider = ScriptedProvider([Says(calls=(call("w"),)), Says(text="done")])
    async with running_session(tmp_path, provider, [write], mode=ASK) as (
        session,
        watcher,
    ):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = (await watcher.next(ApprovalRequested)).request
        await session.submit(Pause())
        await watcher.next(Paused)
        await session.submit(Resume())
        await session.submit(AnswerApproval(request_id=asked.request_id, answer=Approve()))
        assert await turn == Completed()
        assert len(write.runs) == 1


async def test_stop_while_an_approval_is_open_withdraws_it(tmp_path: Path) -> None:
    write = ScriptedTool("w", kind="write")
    provider = ScriptedProvider([Says(calls=(call("w"),))])
    async with running_session(tmp_path, provider, [write], mode=ASK) as (
        session,
        watcher,
    ):
        turn = asyncio.create_task(watcher.ask("go"))
        await watcher.next(ApprovalRequested)
        await session.submit(Stop())
        assert (await watcher.next(ApprovalResolved)).answer is None
        assert await turn == Stopped()
        assert not write.runs


async def test_steering_is_delivered_inside_the_turn_and_queued_prompts_after_it(tmp_path: Path) -> None:
    hold = asyncio.Event()
    slow = ScriptedTool("slow", kind="exec", hold=hold)
    provider = ScriptedProvider([Says(calls=(call("slow"),)), Says(text="one"), Says(text="two")])
    async with running_session(tmp_path, provider, [slow]) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await slow.started.wait()
        await session.submit(SubmitPrompt(parts=(TextPart(text="later"),), when="queue"))
        await session.submit(SubmitPrompt(parts=(TextPart(text="also this"),), when="steer"))
        queue = await watcher.next(QueueChanged, lambda event: len(event.prompts) == 2)
        assert [prompt.text for prompt in queue.prompts] == ["also this", "later"]
        hold.set()
        assert await turn == Completed()
        await watcher.next(TurnEnded)  # of the turn that was steered
        await watcher.next(TurnEnded)  # of the queued one
        assert provider.requests[1].messages[-1]["content"] == "also this"
        assert provider.requests[2].messages[-1]["content"] == "later"


async def test_steering_that_comes_with_the_last_words_is_not_lost(tmp_path: Path) -> None:
    hold = asyncio.Event()
    provider = ScriptedProvider([Says(text="one", hold=hold), Says(text="two")])
    async with running_session(tmp_path, provider) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await watcher.next(TextDelta)
        await session.submit(SubmitPrompt(parts=(TextPart(text="wait"),), when="steer"))
        hold.set()
        assert await turn == Completed()
        assert [item.text for item in watcher.completed(AssistantItem)] == ["one", "two"]


async def test_the_wait_for_a_retry_can_be_skipped(tmp_path: Path) -> None:
    busy = ProviderError("busy", kind="rate", status=429, retryable=True, retry_after_s=50.0)
    provider = ScriptedProvider([Breaks(error=busy), Says(text="ok")])
    async with running_session(tmp_path, provider) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await watcher.next(RetryScheduled)
        await session.submit(SkipWait())
        assert await turn == Completed()
        (retry,) = watcher.completed(RetryItem)
        assert (retry.attempt, retry.error, retry.delay_s) == (2, "busy", 50.0)
        assert retry.duration_s < 50.0


async def test_the_wait_for_a_retry_ends_in_the_pause(tmp_path: Path) -> None:
    busy = ProviderError("busy", kind="rate", status=429, retryable=True, retry_after_s=50.0)
    provider = ScriptedProvider([Breaks(error=busy), Says(text="ok")])
    async with running_session(tmp_path, provider) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await watcher.next(RetryScheduled)
        await session.submit(Pause())
        await watcher.next(Paused)
        await session.submit(Resume())
        assert await turn == Completed()


async def test_a_session_left_while_paused_comes_back_to_the_same_question(tmp_path: Path) -> None:
    never = asyncio.Event()
    async with running_session(tmp_path, ScriptedProvider([Says(text="half", hold=never)])) as (session, watcher):
        await session.submit(SubmitPrompt(parts=(TextPart(text="go"),)))
        await watcher.next(TextDelta)
        await session.submit(Pause())
        await watcher.next(Paused)
        session_id = session.session_id
    provider = ScriptedProvider([Says(text="whole")])
    async with running_session(tmp_path, provider, resume=session_id) as (session, watcher):
        await watcher.next(Paused)
        await session.submit(Resume())
        assert (await watcher.next(TurnEnded)).outcome == Completed()
        assert [m["content"] for m in provider.requests[0].messages[1:]] == ["go"]


async def test_a_session_closed_in_the_middle_of_a_tool_resumes_with_one_result_for_it(tmp_path: Path) -> None:
    slow = ScriptedTool("slow", kind="exec", hold=asyncio.Event())
    async with running_session(tmp_path, ScriptedProvider([Says(calls=(call("slow"),))]), [slow]) as (session, _):
        await session.submit(SubmitPrompt(parts=(TextPart(text="go"),)))
        await slow.started.wait()
        session_id = session.session_id
    assert slow.was_cancelled
    provider = ScriptedProvider([Says(text="ok")])
    async with running_session(tmp_path, provider, [slow], resume=session_id) as (_, watcher):
        assert await watcher.ask("continue") == Completed()
        assert [item.status for item in watcher.completed(ToolResultItem)] == ["interrupted"]
        assert [m["role"] for m in provider.requests[0].messages][:4] == ["system", "user", "assistant", "tool"]
