from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from codex_core.protocol import (
    AnswerApproval,
    AnswerInput,
    ApprovalRequested,
    Approve,
    Completed,
    CrashAnswer,
    CrashQuestion,
    Deny,
    HistoryCut,
    InputRequested,
    InputResolved,
    Item,
    ItemCompleted,
    NoticeItem,
    ToolCallItem,
    ToolResultItem,
    TurnEnded,
)
from codex_core.session.store import SessionStore
from tests.agent.test_leaving import prompt
from tests.support.scripted_provider import Says, ScriptedProvider, call
from tests.support.scripted_tools import ScriptedTool
from tests.support.sessions import ASK, Watcher, running_session, stored_items


def copied(folder: Path, name: str) -> Path:
    """What a kill at this moment would leave, in a folder of its own."""
    copy = folder / name
    copy.mkdir()
    with (
        contextlib.closing(sqlite3.connect(folder / "sessions.db")) as db,
        contextlib.closing(sqlite3.connect(copy / "sessions.db")) as killed,
    ):
        db.backup(killed)
        killed.execute("DELETE FROM leases")
        killed.commit()
    return copy


async def killed(folder: Path, *, arguments: str = "{}", then: str = "") -> tuple[Path, str]:
    """A session that was killed while `slow` ran, with a call of `then` behind it."""
    slow = ScriptedTool("slow", kind="exec", hold=asyncio.Event())
    calls = (call("slow", arguments), *((call(then),) if then else ()))
    async with running_session(folder, ScriptedProvider([Says(text="I try.", calls=calls)]), [slow]) as (session, _):
        await session.submit(prompt("go"))
        await slow.started.wait()
        return copied(folder, "killed"), session.session_id


async def asked(watcher: Watcher) -> tuple[str, CrashQuestion]:
    event = await watcher.next(InputRequested, lambda event: isinstance(event.request, CrashQuestion))
    assert isinstance(event.request, CrashQuestion)
    return event.request_id, event.request


async def results(folder: Path, session_id: str) -> list[tuple[str, str]]:
    items = await stored_items(folder, session_id)
    calls = {item.call_id: item.name for item in items if isinstance(item, ToolCallItem)}
    answered = [item for item in items if isinstance(item, ToolResultItem)]
    assert sorted(item.call_id for item in answered) == sorted(calls)
    return [(calls[item.call_id], item.status) for item in answered]


def heard(provider: ScriptedProvider) -> str:
    return json.dumps(provider.requests[-1].messages)


async def test_the_calls_that_were_cut_short_are_asked_about_until_somebody_answers(tmp_path: Path) -> None:
    folder, session_id = await killed(tmp_path, arguments='{"command": "make"}', then="after")
    for _ in range(2):
        async with running_session(folder, ScriptedProvider([]), resume=session_id) as (_, watcher):
            _, question = await asked(watcher)
            assert [(each.name, each.was_started) for each in question.calls] == [("slow", True), ("after", False)]
            assert json.loads(question.calls[0].arguments) == {"command": "make"}
            assert question.can_run_again


async def test_the_model_is_told_and_the_turn_goes_on(tmp_path: Path) -> None:
    folder, session_id = await killed(tmp_path, then="after")
    provider = ScriptedProvider([Says(text="I see.")])
    async with running_session(folder, provider, resume=session_id) as (session, watcher):
        request_id, _ = await asked(watcher)
        await session.submit(AnswerInput(request_id=request_id, answer=CrashAnswer(choice="tell")))
        assert (await watcher.next(TurnEnded)).outcome == Completed()
    assert await results(folder, session_id) == [("slow", "interrupted"), ("after", "interrupted")]
    assert "not known" in heard(provider)
    assert "Not run" in heard(provider)


async def test_run_again_goes_through_the_policy_and_the_turn_goes_on(tmp_path: Path) -> None:
    folder, session_id = await killed(tmp_path, then="after")
    slow, after = ScriptedTool("slow", kind="exec"), ScriptedTool("after", kind="exec")
    provider = ScriptedProvider([Says(text="I see.")])
    async with running_session(folder, provider, [slow, after], mode=ASK, resume=session_id) as (session, watcher):
        request_id, _ = await asked(watcher)
        await session.submit(AnswerInput(request_id=request_id, answer=CrashAnswer(choice="run_again")))
        first = (await watcher.next(ApprovalRequested)).request
        assert not slow.runs
        await session.submit(AnswerApproval(request_id=first.request_id, answer=Approve()))
        second = (await watcher.next(ApprovalRequested)).request
        await session.submit(AnswerApproval(request_id=second.request_id, answer=Deny()))
        assert (await watcher.next(TurnEnded)).outcome == Completed()
        assert (len(slow.runs), len(after.runs)) == (1, 0)
    assert await results(folder, session_id) == [("slow", "ok"), ("after", "denied")]
    assert "second time" in heard(provider)


async def test_a_kill_while_it_runs_again_asks_again(tmp_path: Path) -> None:
    folder, session_id = await killed(tmp_path)
    slow = ScriptedTool("slow", kind="exec", hold=asyncio.Event())
    async with running_session(folder, ScriptedProvider([]), [slow], resume=session_id) as (session, watcher):
        request_id, _ = await asked(watcher)
        await session.submit(AnswerInput(request_id=request_id, answer=CrashAnswer(choice="run_again")))
        await slow.started.wait()
        again = copied(folder, "again")
    assert await results(folder, session_id) == [("slow", "interrupted")]
    async with running_session(again, ScriptedProvider([]), resume=session_id) as (_, watcher):
        await asked(watcher)


async def test_who_leaves_while_it_would_run_again_is_not_told_that_it_never_ran(tmp_path: Path) -> None:
    folder, session_id = await killed(tmp_path)
    slow = ScriptedTool("slow", kind="exec")
    async with running_session(folder, ScriptedProvider([]), [slow], mode=ASK, resume=session_id) as (session, watcher):
        request_id, _ = await asked(watcher)
        await session.submit(AnswerInput(request_id=request_id, answer=CrashAnswer(choice="run_again")))
        await watcher.next(ApprovalRequested)
    (result,) = [item for item in await stored_items(folder, session_id) if isinstance(item, ToolResultItem)]
    assert "not known" in result.output


async def test_a_dropped_call_is_gone_for_the_model_and_the_screen_but_has_its_result(tmp_path: Path) -> None:
    folder, session_id = await killed(tmp_path, then="after")
    provider = ScriptedProvider([Says(text="Fine.")])
    async with running_session(folder, provider, resume=session_id) as (session, watcher):
        request_id, _ = await asked(watcher)
        await session.submit(AnswerInput(request_id=request_id, answer=CrashAnswer(choice="drop")))
        await watcher.next(HistoryCut)
        shown = await watcher.next(ItemCompleted, lambda event: isinstance(event.item, NoticeItem))
        assert isinstance(shown.item, NoticeItem)
        assert shown.item.text.startswith("Dropped: slow")
        await watcher.ask("something else")
        assert "slow" not in heard(provider)
    assert await results(folder, session_id) == []
    with contextlib.closing(sqlite3.connect(folder / "sessions.db")) as db:
        kinds = db.execute("SELECT kind, count(*) FROM items WHERE state = 'superseded' GROUP BY kind").fetchall()
    assert dict(kinds) == {"tool_call": 2, "tool_result": 2}
    async with running_session(folder, ScriptedProvider([]), resume=session_id) as (_, watcher):
        assert not any(isinstance(event, InputRequested) for event in watcher.seen)


async def test_words_of_the_user_are_an_answer_too(tmp_path: Path) -> None:
    folder, session_id = await killed(tmp_path)
    provider = ScriptedProvider([Says(text="I see.")])
    async with running_session(folder, provider, resume=session_id) as (session, watcher):
        request_id, _ = await asked(watcher)
        await watcher.ask("never mind, what is the time?")
        await watcher.until(lambda: any(isinstance(event, InputResolved) for event in watcher.seen))
        await session.submit(AnswerInput(request_id=request_id, answer=CrashAnswer(choice="run_again")))
    assert await results(folder, session_id) == [("slow", "interrupted")]
    items: list[Item] = list(await stored_items(folder, session_id))
    kinds = [type(item).__name__ for item in items]
    assert kinds.index("ToolResultItem") < len(kinds) - 1 - kinds[::-1].index("UserItem")
    assert "not known" in heard(provider)


async def test_where_nobody_can_be_asked_the_model_is_told_and_it_is_said(tmp_path: Path) -> None:
    folder, session_id = await killed(tmp_path)
    async with running_session(folder, ScriptedProvider([]), resume=session_id, is_interactive=False) as (_, watcher):
        said = await watcher.next(
            ItemCompleted, lambda event: isinstance(event.item, NoticeItem) and "When codex-py was" in event.item.text
        )
        assert isinstance(said.item, NoticeItem)
        assert "slow" in said.item.text
    assert await results(folder, session_id) == [("slow", "interrupted")]


async def test_what_held_a_secret_cannot_be_run_again(tmp_path: Path) -> None:
    folder, session_id = await killed(
        tmp_path, arguments='{"command": "use sk-abcdefghijklmnopqrstuvwxyz0123456789ABCD"}'
    )
    async with running_session(folder, ScriptedProvider([]), resume=session_id) as (_, watcher):
        _, question = await asked(watcher)
        assert not question.can_run_again


@pytest.mark.parametrize("choice", ["run_again", "tell", "drop"])
async def test_however_it_is_decided_it_is_not_asked_twice(tmp_path: Path, choice: str) -> None:
    folder, session_id = await killed(tmp_path)
    provider = ScriptedProvider([Says(text="I see.")])
    slow = ScriptedTool("slow", kind="exec")
    async with running_session(folder, provider, [slow], resume=session_id) as (session, watcher):
        request_id, _ = await asked(watcher)
        await session.submit(AnswerInput(request_id=request_id, answer=CrashAnswer(choice=choice)))  # pyright: ignore[reportArgumentType]
        await watcher.next(HistoryCut if choice == "drop" else TurnEnded)
    async with SessionStore.open(folder / "sessions.db") as store:
        journal = await store.read_session(session_id)
        assert (await journal.settings()).get("unfinished") is None
        assert await journal.open_calls() == ()
