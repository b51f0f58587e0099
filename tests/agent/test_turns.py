from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from codex_core.protocol import (
    AnswerApproval,
    ApprovalRequested,
    ApprovalResolved,
    Approve,
    ApproveAlways,
    AssistantItem,
    Completed,
    Deny,
    Failed,
    ItemCompleted,
    ItemSuperseded,
    LimitReached,
    NoticeItem,
    ProviderError,
    RetryScheduled,
    TextDelta,
    ToolCallItem,
    ToolResultItem,
    TurnEnded,
    UserItem,
)
from tests.support.scripted_provider import Breaks, Says, ScriptedProvider, call
from tests.support.scripted_tools import ScriptedTool
from tests.support.sessions import ASK, running_session, stored_items


@pytest.mark.parametrize("text", ["", " \n"])
async def test_a_model_that_answers_nothing_is_said_to_have(tmp_path: Path, text: str) -> None:
    provider = ScriptedProvider([Says(thought="Hm.", text=text), Says(text="Hello.")])
    async with running_session(tmp_path, provider) as (_, watcher):
        assert await watcher.ask("go") == Completed()
        (told,) = watcher.completed(NoticeItem)
        assert "answered nothing" in told.text
        assert await watcher.ask("hello?") == Completed()
        assert len(watcher.completed(NoticeItem)) == 1


async def test_a_turn_streams_text_and_ends_with_turn_ended(tmp_path: Path) -> None:
    provider = ScriptedProvider([Says(text="Hello, I am here.")])
    async with running_session(tmp_path, provider) as (_, watcher):
        assert await watcher.ask("hi") == Completed()
        assert "".join(event.text for event in watcher.seen if isinstance(event, TextDelta)) == "Hello, I am here."
        assert [item.text for item in watcher.completed(AssistantItem)] == ["Hello, I am here."]
        assert isinstance(watcher.seen[-1], TurnEnded)


async def test_parallel_reads_of_which_one_raises_give_one_result_each(tmp_path: Path) -> None:
    tools = [ScriptedTool("a"), ScriptedTool("b", error=RuntimeError("boom")), ScriptedTool("c")]
    provider = ScriptedProvider([Says(calls=(call("a"), call("b"), call("c"))), Says(text="done")])
    async with running_session(tmp_path, provider, tools) as (_, watcher):
        assert await watcher.ask("go") == Completed()
        results = {item.name: item.status for item in watcher.completed(ToolResultItem)}
        assert results == {"a": "ok", "b": "error", "c": "ok"}
        roles = [message["role"] for message in provider.requests[1].messages]
        assert roles == ["system", "user", "assistant", "tool", "tool", "tool"]


async def test_reads_of_one_reply_run_side_by_side_and_writes_in_order(tmp_path: Path) -> None:
    hold = asyncio.Event()
    first, second, write = ScriptedTool("a", hold=hold), ScriptedTool("b", hold=hold), ScriptedTool("w", kind="write")
    provider = ScriptedProvider([Says(calls=(call("a"), call("b"), call("w"))), Says(text="done")])
    async with running_session(tmp_path, provider, [first, second, write]) as (_, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        async with asyncio.timeout(5):
            await first.started.wait()
            await second.started.wait()
        assert not write.started.is_set()
        hold.set()
        assert await turn == Completed()
        assert write.started.is_set()


async def test_bad_calls_get_results_that_say_what_to_fix(tmp_path: Path) -> None:
    tool = ScriptedTool("read_file")
    calls = (
        call("raed_file"),
        call("read_file", "{not json"),
        call("read_file", "[1]"),
        call("read_file", '{"bad":1}'),
    )
    provider = ScriptedProvider([Says(calls=calls), Says(text="sorry")])
    async with running_session(tmp_path, provider, [tool]) as (_, watcher):
        assert await watcher.ask("go") == Completed()
        outputs = [item.output for item in watcher.completed(ToolResultItem)]
        assert [item.status for item in watcher.completed(ToolResultItem)] == ["error"] * 4
        assert any("Did you mean read_file?" in output for output in outputs)
        assert any("not valid JSON" in output for output in outputs)
        assert any("must be a JSON object" in output for output in outputs)
        assert any("`bad` must not be set" in output for output in outputs)
        assert not tool.runs


async def test_call_ids_that_repeat_are_replaced_so_that_each_result_has_one_call(tmp_path: Path) -> None:
    tool = ScriptedTool("a")
    same = (call("a", call_id="call_0"),)
    provider = ScriptedProvider([Says(calls=same), Says(calls=same), Says(text="done")])
    async with running_session(tmp_path, provider, [tool]) as (_, watcher):
        await watcher.ask("go")
        calls = [item.call_id for item in watcher.completed(ToolCallItem)]
        assert len(set(calls)) == 2
        assert [item.call_id for item in watcher.completed(ToolResultItem)] == calls


async def test_an_edit_is_asked_in_ask_mode_and_runs_after_yes(tmp_path: Path) -> None:
    write = ScriptedTool("w", kind="write")
    provider = ScriptedProvider([Says(calls=(call("w"),)), Says(text="done")])
    async with running_session(tmp_path, provider, [write], mode=ASK) as (
        session,
        watcher,
    ):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = (await watcher.next(ApprovalRequested)).request
        assert not write.runs
        await session.submit(AnswerApproval(request_id=asked.request_id, answer=Approve()))
        assert await turn == Completed()
        assert len(write.runs) == 1


async def test_denied_call_still_gets_a_result_with_the_users_words(tmp_path: Path) -> None:
    write = ScriptedTool("w", kind="write")
    provider = ScriptedProvider([Says(calls=(call("w"),)), Says(text="ok")])
    async with running_session(tmp_path, provider, [write], mode=ASK) as (
        session,
        watcher,
    ):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = (await watcher.next(ApprovalRequested)).request
        await session.submit(AnswerApproval(request_id=asked.request_id, answer=Deny(words="use the other file")))
        assert await turn == Completed()
        (result,) = watcher.completed(ToolResultItem)
        assert result.status == "denied"
        assert "use the other file" in result.output
        assert not write.runs


async def test_a_yes_for_the_session_is_not_asked_again(tmp_path: Path) -> None:
    write = ScriptedTool("w", kind="write")
    provider = ScriptedProvider([Says(calls=(call("w"), call("w"))), Says(text="ok")])
    async with running_session(tmp_path, provider, [write], mode=ASK) as (
        session,
        watcher,
    ):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = (await watcher.next(ApprovalRequested)).request
        await session.submit(
            AnswerApproval(
                request_id=asked.request_id, answer=ApproveAlways(patterns=asked.offers[0].patterns, scope="session")
            )
        )
        assert await turn == Completed()
        assert len(write.runs) == 2
        assert sum(isinstance(event, ApprovalResolved) for event in watcher.seen) == 1


async def test_an_approval_that_nobody_can_give_fails_the_turn_and_nothing_runs(tmp_path: Path) -> None:
    write = ScriptedTool("w", kind="write")
    provider = ScriptedProvider([Says(calls=(call("w"), call("w")))])
    async with running_session(tmp_path, provider, [write], mode=ASK, is_interactive=False) as (_, watcher):
        outcome = await watcher.ask("go")
        assert isinstance(outcome, Failed)
        assert outcome.needed_approval
        assert len(watcher.completed(ToolResultItem)) == 2
        assert not write.runs


async def test_a_failure_before_the_first_chunk_is_retried_and_shown(tmp_path: Path) -> None:
    overloaded = ProviderError("busy", kind="overloaded", status=529, retryable=True, retry_after_s=0.01)
    provider = ScriptedProvider([Breaks(error=overloaded), Says(text="here")])
    async with running_session(tmp_path, provider) as (_, watcher):
        assert await watcher.ask("go") == Completed()
        assert [event.attempt for event in watcher.seen if isinstance(event, RetryScheduled)] == [2]


async def test_what_was_shown_of_a_broken_reply_is_superseded(tmp_path: Path) -> None:
    cut = ProviderError("cut", kind="truncated", retryable=True, retry_after_s=0.01)
    provider = ScriptedProvider([Breaks(error=cut, after="half a sen"), Says(text="whole")])
    async with running_session(tmp_path, provider) as (session, watcher):
        assert await watcher.ask("go") == Completed()
        superseded = [event.item_id for event in watcher.seen if isinstance(event, ItemSuperseded)]
        started = next(event.item_id for event in watcher.seen if isinstance(event, TextDelta))
        assert superseded == [started]
        session_id = session.session_id
    assert [item.text for item in await stored_items(tmp_path, session_id) if isinstance(item, AssistantItem)] == [
        "whole"
    ]


async def test_a_failure_that_no_retry_helps_ends_the_turn_with_its_reason(tmp_path: Path) -> None:
    wrong_key = ProviderError("The key is wrong: check OPENAI_API_KEY.", kind="auth", status=401)
    provider = ScriptedProvider([Breaks(error=wrong_key)])
    async with running_session(tmp_path, provider, is_interactive=False) as (_, watcher):
        outcome = await watcher.ask("go")
        assert outcome == Failed(error="The key is wrong: check OPENAI_API_KEY.", kind="auth")


async def test_a_reply_cut_at_the_output_limit_runs_no_tools(tmp_path: Path) -> None:
    tool = ScriptedTool("a")
    provider = ScriptedProvider([Says(text="I will", calls=(call("a"),), finish="length")])
    async with running_session(tmp_path, provider, [tool]) as (_, watcher):
        outcome = await watcher.ask("go")
        assert isinstance(outcome, Failed)
        assert "output limit" in outcome.error
        assert not tool.runs


async def test_the_limit_of_steps_ends_the_turn(tmp_path: Path) -> None:
    provider = ScriptedProvider([Says(calls=(call("a"),)), Says(calls=(call("a"),))])
    async with running_session(tmp_path, provider, [ScriptedTool("a")], max_steps=2) as (_, watcher):
        outcome = await watcher.ask("go")
        assert isinstance(outcome, LimitReached)
        assert len(provider.requests) == 2


async def test_secrets_that_come_out_of_tools_reach_neither_model_nor_database(tmp_path: Path) -> None:
    key = "sk-proj-" + "a1B2" * 8
    tool = ScriptedTool("a", output=f"KEY={key} and hunter2hunter2")
    provider = ScriptedProvider([Says(calls=(call("a"),)), Says(text="ok")])
    async with running_session(tmp_path, provider, [tool], masked=["hunter2hunter2"]) as (session, watcher):
        await watcher.ask("go")
        assert key not in str(provider.requests[1].messages)
        assert "hunter2hunter2" not in str(provider.requests[1].messages)
        session_id = session.session_id
    assert key not in str(await stored_items(tmp_path, session_id))


async def test_items_stored_equal_items_shown(tmp_path: Path) -> None:
    provider = ScriptedProvider([Says(text="look", calls=(call("a"),)), Says(text="done")])
    async with running_session(tmp_path, provider, [ScriptedTool("a")]) as (session, watcher):
        await watcher.ask("go")
        shown = [event.item for event in watcher.seen if isinstance(event, ItemCompleted)]
        session_id = session.session_id
    assert tuple(shown) == await stored_items(tmp_path, session_id)


async def test_a_resumed_session_replays_its_items_and_the_model_is_sent_them(tmp_path: Path) -> None:
    async with running_session(tmp_path, ScriptedProvider([Says(text="one")])) as (session, watcher):
        await watcher.ask("first")
        session_id = session.session_id
    provider = ScriptedProvider([Says(text="two")])
    async with running_session(tmp_path, provider, resume=session_id) as (_, watcher):
        await watcher.ask("second")
        assert [item.text for item in watcher.completed(AssistantItem)] == ["one", "two"]
        assert len(watcher.completed(UserItem)) == 2
        assert [m["content"] for m in provider.requests[0].messages[1:]] == ["first", "one", "second"]
