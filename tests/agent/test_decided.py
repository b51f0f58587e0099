"""A result says how its call came to run, or not to run: the screen shows it, now and after a resume."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from codex_core.protocol import (
    AnswerApproval,
    ApprovalAnswer,
    ApprovalItem,
    ApprovalRequested,
    Approve,
    ApproveAlways,
    ApproveEditedCommand,
    CommandRule,
    Deny,
    ToolResultItem,
)
from tests.support.scripted_provider import Says, ScriptedProvider, call
from tests.support.sessions import ASK, real_tools, running_session, stored_items

MAKE = CommandRule(prefix=("make", "one"), is_exact=True)


def wants(line: str) -> Says:
    return Says(calls=(call("shell", json.dumps({"command": line})),))


async def decided(folder: Path, script: Sequence[Says], answers: Sequence[ApprovalAnswer]) -> list[tuple[str, ...]]:
    """Answer as told; return what the stored results say of it."""
    provider = ScriptedProvider([*script, Says(text="done")])
    async with running_session(folder, provider, real_tools(folder), mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        for answer in answers:
            asked = (await watcher.next(ApprovalRequested)).request
            await session.submit(AnswerApproval(request_id=asked.request_id, answer=answer))
        await turn
    items = await stored_items(folder, session.session_id)
    return [item.decided for item in items if isinstance(item, ToolResultItem)]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Approve(), "you said yes"),
        (Deny(), "you said no"),
        (Deny(words="not now"), "you said no: not now"),
        (ApproveEditedCommand(line="make two"), "changed by you"),
        (ApproveAlways(patterns=(MAKE,), scope="session"), "you said always: exactly make one (session)"),
    ],
)
async def test_a_result_says_what_was_answered(tmp_path: Path, answer: ApprovalAnswer, words: str) -> None:
    assert await decided(tmp_path, [wants("make one")], [answer]) == [(words,)]


async def test_the_question_itself_is_kept_with_its_answer(tmp_path: Path) -> None:
    always = ApproveAlways(patterns=(MAKE,), scope="session")
    provider = ScriptedProvider([wants("make one"), Says(text="done")])
    async with running_session(tmp_path, provider, real_tools(tmp_path), mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = (await watcher.next(ApprovalRequested)).request
        await session.submit(AnswerApproval(request_id=asked.request_id, answer=always))
        await turn
    items = await stored_items(tmp_path, session.session_id)
    (kept,) = [item for item in items if isinstance(item, ApprovalItem)]
    assert (kept.id, kept.call_id, kept.summary, kept.why) == (
        asked.request_id,
        asked.call_id,
        asked.summary,
        asked.why,
    )
    assert (kept.answer, kept.said) == ("yes", "you said always: exactly make one (session)")
    kinds = [type(item).__name__ for item in items if getattr(item, "call_id", "") == asked.call_id]
    assert kinds == ["ToolCallItem", "ApprovalItem", "ToolResultItem"]


async def test_a_result_says_which_rule_let_it_run_unasked(tmp_path: Path) -> None:
    always = ApproveAlways(patterns=(MAKE,), scope="session")
    told = await decided(tmp_path, [wants("make one"), wants("make one")], [always])
    assert told[1] == ("by rule: exactly make one (session)",)


async def test_what_is_harmless_was_decided_by_nobody(tmp_path: Path) -> None:
    assert await decided(tmp_path, [wants("ls")], []) == [()]
