from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_core.agent.messages import to_messages
from codex_core.agent.window import in_window, retold, tail_to_keep, tokens_of
from codex_core.llm.provider import ModelRequest
from codex_core.protocol import (
    AnswerInput,
    AssistantItem,
    Compact,
    CompactionItem,
    Completed,
    ContextDescribed,
    DescribeContext,
    Failed,
    InputRequested,
    Item,
    ItemCompleted,
    ModelFailedAnswer,
    NoticeItem,
    Pause,
    Paused,
    ProviderError,
    Resume,
    StepItem,
    StepStarted,
    Stop,
    Stopped,
    TextPart,
    ToolCallItem,
    ToolResultItem,
    TurnEnded,
    Usage,
    UsageUpdated,
    UserItem,
)
from tests.support.scripted_provider import Breaks, Says, ScriptedProvider, call
from tests.support.scripted_tools import ScriptedTool
from tests.support.sessions import running_session, stored_items

WINDOW = 4000
"""Tokens, of about 4 bytes. Instructions and tools take some hundreds."""
FULL = Usage(input_tokens=3500, output_tokens=10)
LONG = "an old matter, told at great length. " * 110
TOO_LONG = ProviderError("The conversation does not fit into the context window.", kind="context")


def scripted(script: list[Says | Breaks]) -> ScriptedProvider:
    return ScriptedProvider(script, window_tokens=WINDOW)


def said(request: ModelRequest) -> str:
    return json.dumps(request.messages)


async def test_a_full_window_is_compacted_before_the_next_call(tmp_path: Path) -> None:
    provider = scripted(
        [
            Says(text="First answer.", usage=FULL),
            Says(text="They talked of an old matter."),
            Says(text="Second answer."),
        ]
    )
    async with running_session(tmp_path, provider) as (session, watcher):
        await watcher.ask(LONG)
        assert await watcher.ask("And now something new.") == Completed()
        (compaction,) = watcher.completed(CompactionItem)
        session_id = session.session_id

    assert [request.purpose for request in provider.requests] == ["reply", "summary", "reply"]
    assert "an old matter, told at great length" in said(provider.requests[1])
    assert "They talked of an old matter." in said(provider.requests[2])
    assert "told at great length" not in said(provider.requests[2])
    assert "And now something new." in said(provider.requests[2])
    assert compaction.tokens_before >= FULL.input_tokens
    assert compaction.tokens_after < FULL.input_tokens / 2
    kept = await stored_items(tmp_path, session_id)
    assert any(isinstance(item, UserItem) and LONG in str(item.parts) for item in kept)


async def test_what_a_summary_costs_counts_and_is_told_apart(tmp_path: Path) -> None:
    summary = Says(text="Short.", usage=Usage(input_tokens=700, output_tokens=30))
    provider = scripted([Says(text="a", usage=FULL), summary, Says(text="b")])
    async with running_session(tmp_path, provider) as (_, watcher):
        await watcher.ask(LONG)
        await watcher.ask("more")
        assert [step.purpose for step in watcher.completed(StepItem)] == ["reply", "summary", "reply"]
        assert [e.purpose for e in watcher.seen if isinstance(e, StepStarted)] == ["reply", "summary", "reply"]
        assert watcher.completed(StepItem)[1].usage == summary.usage


async def test_compact_says_what_to_keep_and_resuming_sends_the_same(tmp_path: Path) -> None:
    provider = scripted([Says(text="Yes."), Says(text="All about the harbour.")])
    async with running_session(tmp_path, provider) as (session, watcher):
        await watcher.ask(LONG * 3)
        await session.submit(Compact(focus="the harbour"))
        await watcher.next(TurnEnded)
        assert (await watcher.next(TurnEnded)).outcome == Completed()
        shown = [event for event in watcher.seen if isinstance(event, UsageUpdated)][-1]
        session_id = session.session_id
    assert "the harbour" in said(provider.requests[1])

    provider = scripted([Says(text="Here again.")])
    async with running_session(tmp_path, provider, resume=session_id) as (_, watcher):
        again = await watcher.next(UsageUpdated)
        await watcher.ask("go on")
    assert again == shown
    assert "All about the harbour." in said(provider.requests[0])
    assert "told at great length" not in said(provider.requests[0]).replace((LONG * 3)[:6000], "")


async def test_there_may_be_nothing_to_compact(tmp_path: Path) -> None:
    provider = scripted([Says(text="Hello.")])
    async with running_session(tmp_path, provider) as (session, watcher):
        await watcher.ask("hi")
        await session.submit(Compact())
        await watcher.next(TurnEnded)
        assert (await watcher.next(TurnEnded)).outcome == Completed()
    (told,) = watcher.completed(NoticeItem)
    assert told.level == "info"
    assert "nothing to compact" in told.text
    assert len(provider.requests) == 1


async def test_a_summary_that_would_win_nothing_replaces_nothing_and_is_paid_for(tmp_path: Path) -> None:
    summary = Says(text=LONG * 4, usage=Usage(input_tokens=700, output_tokens=3000))
    provider = scripted([Says(text="Yes."), summary])
    async with running_session(tmp_path, provider) as (session, watcher):
        await watcher.ask(LONG)
        await session.submit(Compact())
        await watcher.next(TurnEnded)
        assert (await watcher.next(TurnEnded)).outcome == Completed()
    assert watcher.completed(CompactionItem) == []
    (told,) = watcher.completed(NoticeItem)
    assert "as much room" in told.text
    assert [step.usage for step in watcher.completed(StepItem)][-1] == summary.usage


@pytest.mark.parametrize("measured", [0, 500, 3_000])
async def test_what_a_compaction_says_it_left_is_what_the_context_says_right_after(
    tmp_path: Path, measured: int
) -> None:
    replies = [Says(text=f"Yes {number}.", usage=Usage(input_tokens=measured, output_tokens=1)) for number in range(4)]
    summary = Says(text="All about the harbour.", usage=Usage(input_tokens=433, output_tokens=7))
    provider = scripted([*replies, summary])
    async with running_session(tmp_path, provider) as (session, watcher):
        await watcher.ask(LONG * 3)
        for number in range(3):
            await watcher.ask(f"and {number}?")
        await session.submit(DescribeContext())
        before = (await watcher.next(ContextDescribed)).use.used_tokens
        await session.submit(Compact())
        await watcher.next(ItemCompleted, lambda event: isinstance(event.item, CompactionItem))
        await watcher.next(TurnEnded)
        (compaction,) = watcher.completed(CompactionItem)
        await session.submit(DescribeContext())
        after = (await watcher.next(ContextDescribed)).use
        assert (compaction.tokens_before, compaction.tokens_after) == (before, after.used_tokens)
        assert after.used_tokens < before
        assert sum(part.tokens for part in after.parts) == pytest.approx(after.used_tokens, abs=len(after.parts))
        assert not after.is_measured


async def test_a_request_that_is_too_long_is_compacted_and_made_again(tmp_path: Path) -> None:
    provider = scripted([Says(text="One."), Breaks(error=TOO_LONG), Says(text="A summary."), Says(text="Two.")])
    async with running_session(tmp_path, provider) as (_, watcher):
        await watcher.ask(LONG)
        assert await watcher.ask("next") == Completed()
        assert [item.text for item in watcher.completed(AssistantItem)] == ["One.", "Two."]
    assert [request.purpose for request in provider.requests] == ["reply", "reply", "summary", "reply"]


async def test_a_request_that_stays_too_long_is_told_to_the_user(tmp_path: Path) -> None:
    script = [
        Says(text="One."),
        Breaks(error=TOO_LONG),
        Says(text="A summary."),
        Breaks(error=TOO_LONG),
        Breaks(error=TOO_LONG),
    ]
    provider = scripted([*script, Breaks(error=TOO_LONG), Breaks(error=TOO_LONG), Breaks(error=TOO_LONG)])
    async with running_session(tmp_path, provider) as (session, watcher):
        await watcher.ask(LONG)
        turn = asyncio.create_task(watcher.ask("next"))
        asked = await watcher.next(InputRequested)
        await session.submit(AnswerInput(request_id=asked.request_id, answer=ModelFailedAnswer(choice="stop")))
        outcome = await turn
    assert isinstance(outcome, Failed)
    assert outcome.kind == "context"


async def test_a_conversation_too_long_for_a_summary_is_retold_in_fewer_words(tmp_path: Path) -> None:
    provider = scripted([Says(text="x", usage=FULL), Breaks(error=TOO_LONG), Says(text="Short."), Says(text="y")])
    async with running_session(tmp_path, provider) as (_, watcher):
        await watcher.ask(LONG * 3)
        assert await watcher.ask("next") == Completed()
    assert len(said(provider.requests[2])) < len(said(provider.requests[1]))


async def test_a_summary_that_cannot_be_had_is_told_and_the_turn_goes_on(tmp_path: Path) -> None:
    refused = ProviderError("no", kind="bad_request")
    provider = scripted([Says(text="x", usage=FULL), Breaks(error=refused), Says(text="y", usage=FULL)])
    async with running_session(tmp_path, provider) as (_, watcher):
        await watcher.ask(LONG)
        assert await watcher.ask("next") == Completed()
        assert any("not summarised" in item.text for item in watcher.completed(NoticeItem))
        assert not watcher.completed(CompactionItem)


async def test_a_pause_during_a_summary_loses_nothing(tmp_path: Path) -> None:
    hold = asyncio.Event()
    provider = scripted([Says(text="x", usage=FULL), Says(text="Sum", hold=hold), Says(text="Sum"), Says(text="y")])
    async with running_session(tmp_path, provider) as (session, watcher):
        await watcher.ask(LONG)
        turn = asyncio.create_task(watcher.ask("next"))
        await watcher.next(StepStarted, lambda step: step.purpose == "summary")
        await session.submit(Pause())
        await watcher.next(Paused)
        await session.submit(Resume())
        assert await turn == Completed()
        assert len(watcher.completed(CompactionItem)) == 1


async def test_stopping_a_wished_compaction_changes_nothing(tmp_path: Path) -> None:
    provider = scripted([Says(text="x"), Says(text="Sum", hold=asyncio.Event())])
    async with running_session(tmp_path, provider) as (session, watcher):
        await watcher.ask(LONG)
        await session.submit(Compact())
        await watcher.next(StepStarted, lambda step: step.purpose == "summary")
        await session.submit(Stop())
        assert (await watcher.next(TurnEnded)).outcome == Stopped()
        assert not watcher.completed(CompactionItem)


async def test_the_plan_and_the_users_last_words_outlive_a_summary_that_forgets_them(tmp_path: Path) -> None:
    plan = json.dumps({"plan": [{"step": "Mend the clock", "status": "pending"}]})
    tools = [ScriptedTool("update_plan"), ScriptedTool("look", output=LONG)]
    provider = scripted(
        [
            Says(calls=(call("update_plan", plan),)),
            Says(calls=(call("look"),), usage=FULL),
            Says(text="."),
            Says(text="y"),
        ]
    )
    async with running_session(tmp_path, provider, tools) as (_, watcher):
        assert await watcher.ask("Please mend the clock in the tower.") == Completed()
    assert "Mend the clock" in said(provider.requests[3])
    assert "Please mend the clock in the tower." in said(provider.requests[3])


async def test_context_tells_what_fills_the_window(tmp_path: Path) -> None:
    tools = [ScriptedTool("look", output=LONG)]
    provider = scripted([Says(calls=(call("look"),)), Says(text="Seen.", usage=FULL)])
    async with running_session(tmp_path, provider, tools) as (session, watcher):
        await watcher.ask("look around")
        await session.submit(DescribeContext())
        use = (await watcher.next(ContextDescribed)).use
    names = {part.name: part.tokens for part in use.parts}
    assert use.is_measured
    assert use.used_tokens == FULL.input_tokens + FULL.output_tokens
    assert abs(sum(names.values()) - use.used_tokens) <= len(names)
    assert max(names, key=lambda name: names[name]) == "output of look"
    assert {"tools", "what you said", "answers", "tool calls"} <= names.keys()
    assert (use.window_tokens, use.limit_tokens) == (WINDOW, WINDOW * 4 // 5)


# The choice of what stays.

_texts = st.text(max_size=200)


@st.composite
def conversations(draw: st.DrawFn) -> list[Item]:
    items: list[Item] = []
    for number in range(draw(st.integers(0, 12))):
        if draw(st.booleans()):
            items.append(UserItem(id=f"u{number}", at=0, parts=(TextPart(text=draw(_texts)),)))
        usage = draw(st.none() | st.builds(Usage, input_tokens=st.integers(0, 900)))
        items.append(StepItem(id=f"s{number}", at=0, model="m", duration_s=0, usage=usage))
        items.append(AssistantItem(id=f"a{number}", at=0, text=draw(_texts), provider="p", model="m"))
        ids = [f"{number}-{index}" for index in range(draw(st.integers(0, 3)))]
        items += [ToolCallItem(id=f"c{i}", at=0, call_id=i, name="t", arguments="{}") for i in ids]
        items += [ToolResultItem(id=f"r{i}", at=0, call_id=i, name="t", status="ok", output=draw(_texts)) for i in ids]
        if draw(st.integers(0, 4)) == 0:  # the user says something while a command of theirs runs
            own = ToolCallItem(id=f"o{number}", at=0, call_id=f"o{number}", name="t", arguments="{}", by="user")
            ended = ToolResultItem(
                id=f"e{number}", at=0, call_id=own.call_id, name="t", status="ok", output=draw(_texts)
            )
            items += [own, UserItem(id=f"b{number}", at=0, parts=(TextPart(text=draw(_texts)),)), ended]
        if draw(st.integers(0, 4)) == 0:
            window = in_window(items)
            tail = window[tail_to_keep(window, draw(st.integers(0, 200))) :]
            kept_from = getattr(tail[0], "id", "") if tail else ""
            items.append(CompactionItem(id=f"k{number}", at=0, summary=draw(_texts), kept_from=kept_from))
    return items


@given(conversations(), st.integers(0, 300))
@settings(max_examples=200, deadline=None)
def test_no_call_is_parted_from_its_result(items: list[Item], most: int) -> None:
    window = in_window(items)
    start = tail_to_keep(window, most)
    for part in (window[:start], window[start:]):
        calls = {item.call_id for item in part if isinstance(item, ToolCallItem)}
        assert calls == {item.call_id for item in part if isinstance(item, ToolResultItem)}
    said_last = isinstance(window[-1], UserItem) if window else False
    assert said_last or sum(map(tokens_of, window[start:])) <= most
    assert not any(isinstance(item, CompactionItem) for item in window[start:])


@given(conversations())
@settings(max_examples=100, deadline=None)
def test_messages_after_any_compaction_are_valid(items: list[Item]) -> None:
    messages = to_messages("be good", items, provider="p", model="m")
    asked: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            assert message["tool_call_id"] == asked.pop(0)
        else:
            assert not asked
            calls = message.get("tool_calls", [])
            assert isinstance(calls, Sequence)
            asked = [str(call["id"]) for call in calls]  # pyright: ignore[reportArgumentType, reportCallIssue, reportIndexIssue]
    assert not asked
    assert sum("Summary of the conversation" in str(message["content"]) for message in messages) <= 1


@given(conversations(), st.integers(400, 3000))
@settings(max_examples=100, deadline=None)
def test_what_is_retold_fits(items: list[Item], most_bytes: int) -> None:
    assert len(retold(items, most_bytes).encode("utf-8", "replace")) <= most_bytes + 400
