from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from codex_core.protocol import (
    AnswerApproval,
    Answered,
    ApprovalAnswer,
    ApprovalRequest,
    ApprovalRequested,
    Approve,
    ApproveWidening,
    Asked,
    Completed,
    Deny,
    InputRequested,
    RuleMade,
    Sandbox,
    SessionHandle,
    SubmitPrompt,
    TextPart,
    ToolCallItem,
    ToolResultItem,
    Widened,
    Widening,
    WideningRule,
)
from codex_tools.sandbox import open_sandbox
from tests.support.scripted_provider import Says, ScriptedProvider, call
from tests.support.sessions import Watcher, audit_of, real_tools, running_session

AUTO = ("workspace-write", "on-request")


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncGenerator[Sandbox]:
    opened = await open_sandbox(state_dir=tmp_path / "state")
    try:
        if opened.status.tier == "C":
            pytest.skip(f"nothing can be confined here: {opened.status.reason}")
        yield opened
    finally:
        await opened.close()


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """A folder beside the workspace, which no command may write to."""
    folder = tmp_path / "beside"
    folder.mkdir()
    return folder


def runs(*lines: str) -> ScriptedProvider:
    """Each line in a turn of its own."""
    return ScriptedProvider(
        [
            reply
            for line in lines
            for reply in (Says(calls=(call("shell", json.dumps({"command": line})),)), Says(text="ok"))
        ]
    )


async def next_request(watcher: Watcher) -> ApprovalRequest:
    return (await watcher.next(ApprovalRequested)).request


async def answer(session: SessionHandle, asked: ApprovalRequest, said: ApprovalAnswer) -> None:
    await session.submit(AnswerApproval(request_id=asked.request_id, answer=said))


async def test_what_the_sandbox_refused_is_asked_and_run_again_with_the_least_that_does(
    tmp_path: Path, beside: Path, sandbox: Sandbox
) -> None:
    line = f"echo run >> log; echo hi > {beside}/new"
    async with running_session(tmp_path, runs(line), real_tools(tmp_path), mode=AUTO, sandbox=sandbox) as (
        session,
        watcher,
    ):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = await next_request(watcher)
        assert asked.retry is not None
        assert str(beside) in asked.retry.denial.what
        assert [offer.widening for offer in asked.retry.offers] == [
            Widening(kind="write", target=str(beside)),
            Widening(kind="unconfined", target=""),
        ]
        assert not (beside / "new").exists()
        await answer(session, asked, ApproveWidening(widening=asked.retry.offers[0].widening))
        assert await turn == Completed()
        assert (beside / "new").read_text() == "hi\n"
        assert (tmp_path / "workspace/log").read_text() == "run\nrun\n"
        (result,) = watcher.completed(ToolResultItem)
        assert result.status == "ok"
        assert f"The user then allowed writing to {beside}" in result.output
        assert len(watcher.completed(ToolCallItem)) == 1
        kinds = [type(entry) for entry in await audit_of(tmp_path, session.session_id)]
        assert kinds == [Asked, Answered, Widened]


async def test_a_no_leaves_the_result_and_tells_the_model(tmp_path: Path, beside: Path, sandbox: Sandbox) -> None:
    provider = runs(f"touch {beside}/new")
    async with running_session(tmp_path, provider, real_tools(tmp_path), mode=AUTO, sandbox=sandbox) as (
        session,
        watcher,
    ):
        turn = asyncio.create_task(watcher.ask("go"))
        await answer(session, await next_request(watcher), Deny(words="write here instead"))
        assert await turn == Completed()
        (result,) = watcher.completed(ToolResultItem)
        assert result.status == "error"
        assert "refused" in result.output
        assert "write here instead" in result.output
        assert not (beside / "new").exists()


async def test_a_widening_that_is_remembered_counts_for_such_commands_only_and_after_a_resume(
    tmp_path: Path, beside: Path, sandbox: Sandbox
) -> None:
    lines = [f"touch {beside}/{name}" for name in "abc"]
    provider = runs(lines[0], lines[1], f"cp /etc/hostname {beside}/x", lines[2])
    async with running_session(tmp_path, provider, real_tools(tmp_path), mode=AUTO, sandbox=sandbox) as (
        session,
        watcher,
    ):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = await next_request(watcher)
        assert asked.retry is not None
        widening = asked.retry.offers[0].widening
        await answer(session, asked, ApproveWidening(widening=widening, scope="session"))
        assert await turn == Completed()
        assert await watcher.ask("again") == Completed()
        assert (beside / "b").exists()
        turn = asyncio.create_task(watcher.ask("something else"))
        await answer(session, await next_request(watcher), Deny())
        assert await turn == Completed()
        assert not (beside / "x").exists()
        session_id = session.session_id
    async with running_session(
        tmp_path, provider, real_tools(tmp_path), mode=AUTO, sandbox=sandbox, resume=session_id
    ) as (session, watcher):
        assert await watcher.ask("and again") == Completed()
        assert (beside / "c").exists()
    made = [entry.rule for entry in await audit_of(tmp_path, session_id) if isinstance(entry, RuleMade)]
    assert [rule.pattern for rule in made] == [WideningRule(kind="write", target=str(beside), prefix=("touch",))]


async def test_no_sandbox_at_all_is_offered_once_only(tmp_path: Path, beside: Path, sandbox: Sandbox) -> None:
    provider = runs(f"touch {beside}/new")
    async with running_session(tmp_path, provider, real_tools(tmp_path), mode=AUTO, sandbox=sandbox) as (
        session,
        watcher,
    ):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = await next_request(watcher)
        unconfined = Widening(kind="unconfined", target="")
        await answer(session, asked, ApproveWidening(widening=unconfined, scope="session"))
        again = await next_request(watcher)
        assert "not among the choices" in again.why
        await answer(session, again, ApproveWidening(widening=Widening(kind="write", target="/")))
        third = await next_request(watcher)
        await answer(session, third, ApproveWidening(widening=unconfined))
        assert await turn == Completed()
        assert (beside / "new").exists()


async def test_the_network_is_opened_for_that_command(tmp_path: Path, sandbox: Sandbox) -> None:
    served = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = served.sockets[0].getsockname()[1]
    line = f"python3 -c \"import socket; socket.create_connection(('127.0.0.1', {port})); print('there')\" 2>&1"
    line += " || { echo 'connect: Network is unreachable'; exit 1; }"
    provider = runs(line)
    async with (
        served,
        running_session(tmp_path, provider, real_tools(tmp_path), mode=AUTO, sandbox=sandbox) as (session, watcher),
    ):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = await next_request(watcher)
        assert asked.retry is not None
        assert asked.retry.offers[0].widening == Widening(kind="network", target="")
        await answer(session, asked, Approve())
        assert await turn == Completed()
        assert "there" in watcher.completed(ToolResultItem)[-1].output


@pytest.mark.parametrize(
    ("mode", "interactive"),
    [(AUTO, False), (("workspace-write", "never"), False), (("workspace-write", "never"), True)],
)
async def test_where_nobody_is_asked_the_denial_is_the_model_s_to_know(
    tmp_path: Path, beside: Path, sandbox: Sandbox, mode: tuple[str, str], interactive: bool
) -> None:
    provider = runs(f"touch {beside}/new")
    async with running_session(
        tmp_path, provider, real_tools(tmp_path), mode=mode, sandbox=sandbox, is_interactive=interactive
    ) as (_, watcher):
        assert await watcher.ask("go") == Completed()
        assert "refused" in watcher.completed(ToolResultItem)[-1].output
        assert not (beside / "new").exists()


async def test_protected_files_are_widened_once_and_only_they(tmp_path: Path, sandbox: Sandbox) -> None:
    tools = real_tools(tmp_path)
    agents = tmp_path / "workspace/AGENTS.md"
    agents.write_text("be good\n")
    # The judge sees a redirection into it; what a program does it does not.
    provider = runs("python3 -c \"open('AGENTS.md', 'a').write('more\\n')\"")
    async with running_session(tmp_path, provider, tools, mode=AUTO, sandbox=sandbox) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        asked = await next_request(watcher)
        assert asked.retry is not None
        assert [offer.scopes for offer in asked.retry.offers] == [("once",), ("once",)]
        assert asked.retry.offers[0].widening == Widening(kind="write", target=str(agents))
        await answer(session, asked, Approve())
        assert await turn == Completed()
        assert agents.read_text() == "be good\nmore\n"


async def test_what_it_had_printed_outlives_a_kill_while_the_question_is_open(
    tmp_path: Path, beside: Path, sandbox: Sandbox
) -> None:
    line = f"echo forty-two; echo hi > {beside}/new"
    killed = tmp_path / "killed.db"
    async with running_session(tmp_path, runs(line), real_tools(tmp_path), mode=AUTO, sandbox=sandbox) as (
        session,
        watcher,
    ):
        await session.submit(SubmitPrompt(parts=(TextPart(text="go"),)))
        await next_request(watcher)
        with contextlib.closing(sqlite3.connect(tmp_path / "sessions.db")) as db:
            db.execute("VACUUM INTO ?", (str(killed),))
    with contextlib.closing(sqlite3.connect(killed, isolation_level=None)) as db:
        db.execute("DELETE FROM leases")  # the owner is dead
    provider = ScriptedProvider([Says(text="I see")])
    async with running_session(
        tmp_path, provider, real_tools(tmp_path), mode=AUTO, resume=session.session_id, database=killed
    ) as (_, watcher):
        await watcher.next(InputRequested)
        await watcher.ask("what did it print?")
        (result,) = watcher.completed(ToolResultItem)
    assert result.status == "interrupted"
    assert "The sandbox had refused this" in result.output
    assert "forty-two" in result.output
    assert "forty-two" in json.dumps(provider.requests[0].messages)
