from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from codex_core.protocol import (
    Answered,
    ApprovalRequest,
    Asked,
    AssistantItem,
    Deny,
    ReasoningItem,
    SessionBusy,
    SessionCorrupt,
    TextBlock,
    Unknown,
    Usage,
)
from codex_core.session.journal import SessionJournal
from codex_core.session.store import SessionStore
from tests.support.scripted_journal import answered, called, ended, said, stepped


@contextlib.asynccontextmanager
async def opened(folder: Path, session_id: str | None = None) -> AsyncGenerator[SessionJournal]:
    async with SessionStore.open(folder / "sessions.db") as store:
        yield await (store.open_session(session_id) if session_id else store.create(folder))


async def test_items_come_back_in_their_order(tmp_path: Path) -> None:
    items = (said("a"), called("c1"), ended("c1"), answered("b"), Unknown(tag="new", extra={"id": "n", "x": [1]}))
    async with opened(tmp_path) as journal:
        await journal.append(*items[:2])
        await journal.append()
        await journal.append(*items[2:])
        assert await journal.items() == items
        assert await journal.item_count() == 5
    async with opened(tmp_path, journal.session_id) as again:
        assert await again.items() == items


async def test_pages_are_read_from_the_end(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await journal.append(*(said(f"{number}") for number in range(500)))
        newest = await journal.items(limit=3)
        assert [item.id for item in newest if not isinstance(item, Unknown)] == ["497", "498", "499"]
        before = await journal.items(before_id="497", limit=2)
        assert [item.id for item in before if not isinstance(item, Unknown)] == ["495", "496"]
        assert len(await journal.items()) == 500
        assert await journal.items(before_id="0", limit=5) == ()
        assert await journal.items(before_id="nobody", limit=5) == ()


async def test_a_part_gives_way_to_the_whole_and_comes_after_what_was_committed_before(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await journal.record_partial(answered("t", "so"))
        await journal.record_partial(answered("t", "so f"))
        await journal.append(said("steer"))
        await journal.append(answered("t", "so far so good"))
        await journal.record_partial(answered("t", "late"))
        assert await journal.items() == (said("steer"), answered("t", "so far so good"))
        assert await journal.item_count() == 2


async def test_what_is_only_partial_comes_back_truncated(tmp_path: Path) -> None:
    thought = ReasoningItem(id="r", at=1.0, text="hm", provider="p", model="m")
    async with opened(tmp_path) as journal:
        await journal.append(said("a"))
        await journal.record_partial(thought)
        await journal.record_partial(answered("t", "so f"))
    async with opened(tmp_path, journal.session_id) as again:
        assert await again.items() == (said("a"), thought, answered("t", "so f", truncated=True))


async def test_superseded_items_are_left_out_and_kept(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await journal.append(said("a"), answered("t", truncated=True))
        await journal.record_superseded("t")
        await journal.record_superseded("t")
        assert await journal.items() == (said("a"),)
        assert await journal.item_count() == 1
        shown = await journal.items(with_superseded=True)
        assert shown == (said("a"), replace(answered("t", truncated=True), superseded=True))
    with contextlib.closing(sqlite3.connect(tmp_path / "sessions.db")) as db:
        assert db.execute("SELECT count(*) FROM items").fetchone() == (2,)


async def test_a_complete_item_is_never_overwritten(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await journal.append(said("a"))
        with pytest.raises(sqlite3.IntegrityError):
            await journal.append(said("new"), said("a", "changed"))
        assert await journal.items() == (said("a"),)
        await journal.append(said("b"))
        assert await journal.items() == (said("a"), said("b"))


async def test_calls_without_a_result_are_known_and_whether_they_had_begun(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await journal.append(called("done"), called("running"), called("waiting"))
        await journal.record_call(called("done"))
        await journal.append(ended("done"))
        await journal.record_call(called("running"))
        await journal.record_call(called("running"))
    async with opened(tmp_path, journal.session_id) as again:
        assert await again.open_calls() == (called("running"), called("waiting"))
        assert await again.started_calls() == {"done", "running"}


async def test_approvals_and_usage_and_settings_are_kept(tmp_path: Path) -> None:
    request = ApprovalRequest(
        request_id="q",
        call_id="c",
        tool="shell",
        kind="exec",
        summary="Run rm \ud83d",
        why="it is not known",
        verdict="ask",
        display=(TextBlock(text="rm"),),
    )
    async with opened(tmp_path) as journal:
        await journal.record(Asked(request=request))
        await journal.record(Answered(request_id="q", call_id="c", answer=Deny(words="not that")))
        await journal.append(stepped("s1", Usage(input_tokens=5, output_tokens=2, cost_usd=0.5)))
        assert (await journal.total_usage()).cost_usd == 0.5
        estimated = Usage(input_tokens=1, reasoning_tokens=1, is_estimate=True)
        await journal.append(stepped("s2", estimated), stepped("s3", None))
        await journal.set_title("a \ud83d title\x00")
        await journal.set_settings({"model": "openai/gpt-5", "unfinished": None})
        await journal.append(said("a"))
    async with opened(tmp_path, journal.session_id) as again:
        assert [line.entry for line in await again.audit()] == [
            Asked(request=request),
            Answered(request_id="q", call_id="c", answer=Deny(words="not that")),
        ]
        total = Usage(input_tokens=6, output_tokens=2, reasoning_tokens=1, cost_usd=0.5, is_estimate=True)
        assert await again.total_usage() == total
        assert await again.last_usage() == estimated
        assert await again.title() == "a \ud83d title\x00"
        assert await again.settings() == {"model": "openai/gpt-5", "unfinished": None}


async def test_a_session_without_usage_has_no_known_price(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        assert await journal.total_usage() == Usage()
        assert await journal.last_usage() is None


async def test_ids_with_half_surrogate_pairs_are_kept(tmp_path: Path) -> None:
    call, result = called("c\ud83d"), ended("c\ud83d")
    async with opened(tmp_path) as journal:
        await journal.append(call)
        await journal.record_call(call)
        assert await journal.open_calls() == (call,)
        await journal.append(result)
        assert await journal.open_calls() == ()
        assert await journal.items(before_id=result.id) == (call,)


async def test_a_row_that_cannot_be_read_is_named_or_stands_for_itself(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await journal.append(said("a"), called("c"), said("b"))
    with contextlib.closing(sqlite3.connect(tmp_path / "sessions.db")) as db:
        db.execute("DROP TRIGGER items_are_only_appended")
        db.execute('UPDATE items SET data = \'{"v": 1, "type": "tool_call"}\' WHERE kind = \'tool_call\'')
        db.commit()
    async with opened(tmp_path, journal.session_id) as again:
        first, damaged, last = await again.items()
        assert (first, last) == (said("a"), said("b"))
        assert isinstance(damaged, Unknown)
        assert damaged.tag == "tool_call"
        with pytest.raises(SessionCorrupt, match=rf"{journal.session_id}, row 2: tool_call\.\w+ is missing"):
            await again.items(strict=True)


async def test_parallel_writers_of_one_session_do_not_mix(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        async with asyncio.TaskGroup() as group:
            for number in range(40):
                group.create_task(journal.append(called(f"{number}"), said(f"after {number}")))
                group.create_task(journal.record_call(called(f"{number}")))
        items = await journal.items()
        assert len(items) == 80
        for call, after in zip(items[::2], items[1::2], strict=True):
            assert not isinstance(call, Unknown)
            assert not isinstance(after, Unknown)
            assert after.id == f"after {call.id.removeprefix('item_')}"


async def test_cancelling_a_writer_leaves_a_journal_that_goes_on(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        for number in range(30):
            task = asyncio.create_task(journal.append(called(f"{number}"), ended(f"{number}")))
            for _ in range(number % 3):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task})
            durable = asyncio.create_task(journal.record_call(called(f"{number}")))
            for _ in range(number % 5):
                await asyncio.sleep(0)
            durable.cancel()
            await asyncio.wait({durable})
        await journal.append(said("last"))
        items = await journal.items()
        assert items[-1] == said("last")
        assert len(items) % 2 == 1  # each pair whole or not at all
        assert await journal.open_calls() == ()


async def test_a_journal_that_was_closed_writes_nothing(tmp_path: Path) -> None:
    async with SessionStore.open(tmp_path / "sessions.db") as store:
        journal = await store.create(tmp_path)
        await journal.append(said("a"))
        await journal.close()
        await journal.close()
        with pytest.raises(SessionBusy):
            await journal.append(said("b"))
        reader = await store.read_session(journal.session_id)
        assert await reader.items() == (said("a"),)
        with pytest.raises(SessionBusy):
            await reader.append(said("b"))


async def test_big_items_are_kept_whole(tmp_path: Path) -> None:
    big = replace(ended("c"), output="\x00é\U0001f600" * 500_000)
    async with opened(tmp_path) as journal:
        await journal.append(big)
        assert await journal.items() == (big,)


async def test_text_is_what_a_kill_would_leave(tmp_path: Path) -> None:
    async with opened(tmp_path) as journal:
        await journal.record_partial(answered("t", "so far"))
        async with SessionStore.open(tmp_path / "sessions.db") as other:
            (item,) = await (await other.read_session(journal.session_id)).items()
        assert isinstance(item, AssistantItem)
        assert (item.text, item.truncated) == ("so far", True)
