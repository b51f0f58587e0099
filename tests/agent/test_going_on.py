from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from codex_core.protocol import (
    AnswerApproval,
    AnswerInput,
    ApprovalRequested,
    Approve,
    AssistantItem,
    Completed,
    InputRequested,
    Pause,
    Paused,
    PlanAccepted,
    PlanQuestion,
    Question,
    QuestionAnswer,
    Redirect,
    Resume,
    Stop,
    Stopped,
    SubmitPrompt,
    TextBlock,
    TextDelta,
    TextPart,
    ToolOutputDelta,
    ToolResultItem,
    TurnEnded,
    UserItem,
)
from tests.support.scripted_provider import Says, ScriptedProvider, call
from tests.support.scripted_tools import ScriptedTool
from tests.support.sessions import ASK, copy_as_killed, real_tools, running_session, stored_items

PLAN = ("read-only", "on-request")


def prompt(text: str) -> SubmitPrompt:
    return SubmitPrompt(parts=(TextPart(text=text),))


async def left_at_a_question(folder: Path, end: str) -> tuple[Path, str]:
    """A session that was left when the first of two edits was done and the second was asked about."""
    edits = [ScriptedTool(name, kind="write") for name in ("first", "second")]
    provider = ScriptedProvider([Says(text="I edit.", calls=(call("first"), call("second")))])
    async with running_session(folder, provider, edits, mode=ASK) as (session, watcher):
        await session.submit(prompt("go"))
        asked = (await watcher.next(ApprovalRequested)).request
        await session.submit(AnswerApproval(request_id=asked.request_id, answer=Approve()))
        await watcher.next(ApprovalRequested)
        if end == "paused":
            await session.submit(Pause())
            await watcher.next(Paused)
        if end == "killed":
            return copy_as_killed(folder), session.session_id
        session_id = session.session_id
    return folder, session_id


@pytest.mark.parametrize("end", ["left", "killed", "paused"])
async def test_an_open_question_is_asked_again_when_the_user_goes_on(tmp_path: Path, end: str) -> None:
    folder, session_id = await left_at_a_question(tmp_path, end)
    first, second = ScriptedTool("first", kind="write"), ScriptedTool("second", kind="write")
    provider = ScriptedProvider([Says(text="done")])
    for _ in range(2):  # looking at it and leaving again decides nothing
        async with running_session(folder, ScriptedProvider([]), mode=ASK, resume=session_id) as (_, watcher):
            await watcher.next(Paused)
    async with running_session(folder, provider, [first, second], mode=ASK, resume=session_id) as (session, watcher):
        await watcher.next(Paused)
        assert not any(isinstance(event, ApprovalRequested) for event in watcher.seen)
        await session.submit(Resume())
        asked = (await watcher.next(ApprovalRequested)).request
        assert asked.tool == "second"
        await session.submit(AnswerApproval(request_id=asked.request_id, answer=Approve()))
        assert (await watcher.next(TurnEnded)).outcome == Completed()
        assert not any(isinstance(event, InputRequested) for event in watcher.seen)
    assert (len(first.runs), len(second.runs)) == (0, 1)
    items = await stored_items(folder, session_id)
    assert [(item.name, item.status) for item in items if isinstance(item, ToolResultItem)] == [
        ("first", "ok"),
        ("second", "ok"),
    ]


async def test_a_redirect_gives_the_open_calls_up_and_a_stop_ends_the_turn(tmp_path: Path) -> None:
    for number, (wish, outcome) in enumerate(
        [(Redirect(text="no, spaces"), Completed()), (prompt("no, spaces"), Completed()), (Stop(), Stopped())]
    ):
        (home := tmp_path / str(number)).mkdir()
        folder, session_id = await left_at_a_question(home, "killed")
        provider = ScriptedProvider([Says(text="spaces then")])
        async with running_session(folder, provider, mode=ASK, resume=session_id) as (session, watcher):
            await watcher.next(Paused)
            await session.submit(wish)
            assert (await watcher.next(TurnEnded)).outcome == outcome
        items = await stored_items(folder, session_id)
        results = [item for item in items if isinstance(item, ToolResultItem)]
        assert [item.status for item in results] == ["ok", "interrupted"]
        assert results[1].output.startswith("Not run")
        if outcome == Completed():
            roles = [message["role"] for message in provider.requests[0].messages]
            assert roles == ["system", "user", "assistant", "tool", "tool", "user"]


async def test_a_question_of_the_model_is_asked_again(tmp_path: Path) -> None:
    asks = call("ask_user", '{"question": "Tabs or spaces?"}')
    provider = ScriptedProvider([Says(calls=(asks,))])
    async with running_session(tmp_path, provider, real_tools(tmp_path)) as (session, watcher):
        await session.submit(prompt("go"))
        await watcher.next(InputRequested)
        session_id = session.session_id
    provider = ScriptedProvider([Says(text="spaces then")])
    async with running_session(tmp_path, provider, real_tools(tmp_path), resume=session_id) as (session, watcher):
        await watcher.next(Paused)
        await session.submit(Resume())
        asked = await watcher.next(InputRequested, lambda event: isinstance(event.request, Question))
        await session.submit(AnswerInput(request_id=asked.request_id, answer=QuestionAnswer(text="spaces")))
        assert (await watcher.next(TurnEnded)).outcome == Completed()
    assert "The user answered: spaces" in str(provider.requests[0].messages)


async def test_a_plan_that_was_not_answered_is_offered_again_without_asking_the_model(tmp_path: Path) -> None:
    provider = ScriptedProvider([Says(text="The plan:\n1. read\n2. write")])
    async with running_session(tmp_path, provider, mode=PLAN) as (session, watcher):
        await session.submit(prompt("go"))
        await watcher.next(InputRequested)
        session_id = session.session_id
    provider = ScriptedProvider([Says(text="done")])
    async with running_session(tmp_path, provider, mode=PLAN, resume=session_id) as (session, watcher):
        await watcher.next(Paused)
        await session.submit(Resume())
        asked = await watcher.next(InputRequested, lambda event: isinstance(event.request, PlanQuestion))
        assert provider.requests == []
        await session.submit(AnswerInput(request_id=asked.request_id, answer=PlanAccepted()))
        assert (await watcher.next(TurnEnded)).outcome == Completed()
    assert len(provider.requests) == 1


async def test_a_text_that_a_kill_cut_off_is_said_again_whole(tmp_path: Path) -> None:
    provider = ScriptedProvider([Says(text="half of it", hold=asyncio.Event())])
    async with running_session(tmp_path, provider) as (session, watcher):
        await session.submit(prompt("go"))
        await watcher.next(TextDelta)
        session_id = session.session_id
    provider = ScriptedProvider([Says(text="all of it")])
    async with running_session(tmp_path, provider, resume=session_id) as (session, watcher):
        assert (await watcher.next(Paused)).was_cut_short
        await session.submit(Resume())
        assert (await watcher.next(TurnEnded)).outcome == Completed()
        assert [message["content"] for message in provider.requests[0].messages[1:]] == ["go"]
    said = [item.text for item in await stored_items(tmp_path, session_id) if isinstance(item, AssistantItem)]
    assert said == ["all of it"]


async def test_a_command_that_ran_when_the_user_left_keeps_what_it_had_printed_and_how_long_it_ran(
    tmp_path: Path,
) -> None:
    slow = ScriptedTool("slow", kind="exec", prints="line 1\nline 2\n", hold=asyncio.Event())
    provider = ScriptedProvider([Says(calls=(call("slow"), call("slow")))])
    async with running_session(tmp_path, provider, [slow]) as (session, watcher):
        await session.submit(prompt("go"))
        await watcher.next(ToolOutputDelta)
        session_id = session.session_id
    cut, behind = [item for item in await stored_items(tmp_path, session_id) if isinstance(item, ToolResultItem)]
    assert cut.status == behind.status == "interrupted"
    assert "line 1\nline 2" in cut.output
    assert "not known" in cut.output
    assert cut.display == (TextBlock(text="line 1\nline 2\n"),)
    assert cut.duration_s > 0
    assert behind.output.startswith("Not run")  # whether it still makes sense is for the model to say
    provider = ScriptedProvider([Says(text="I see")])
    async with running_session(tmp_path, provider, [slow], resume=session_id) as (session, watcher):
        await watcher.next(Paused)
        await session.submit(Resume())
        assert (await watcher.next(TurnEnded)).outcome == Completed()
    assert "line 1" in str(provider.requests[0].messages)
    assert [item.origin for item in await stored_items(tmp_path, session_id) if isinstance(item, UserItem)] == [
        "prompt"
    ]
