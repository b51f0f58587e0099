from __future__ import annotations

import contextlib
from pathlib import Path

from codex_core.protocol import (
    ChangesDescribed,
    ChangesSince,
    Completed,
    DescribeChanges,
    FileDiff,
    Sandbox,
    SubmitPrompt,
    TextPart,
    TurnEnded,
    WorkspaceChanges,
)
from codex_core.session.session import Session
from codex_tools.sandbox.runner import open_sandbox
from tests.session.test_rewinding import shell, turns, write
from tests.support.sessions import Watcher, real_tools, running_session


async def described(session: Session, watcher: Watcher, since: ChangesSince = "session") -> WorkspaceChanges:
    await session.submit(DescribeChanges(since=since))
    return (await watcher.next(ChangesDescribed, lambda event: event.changes.since == since)).changes


def by_path(changes: WorkspaceChanges) -> dict[str, FileDiff]:
    assert changes.problem == ""
    return {file.path: file for file in changes.diff.files}


async def sandbox_in(folder: Path, stack: contextlib.AsyncExitStack) -> Sandbox:
    sandbox = await open_sandbox(state_dir=folder / "state")
    stack.push_async_callback(sandbox.close)
    return sandbox


async def test_everything_since_the_session_began_is_told_whoever_did_it(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "old.txt").write_text("one\ntwo\n")
    (workspace / "gone.txt").write_text("bye\n")
    (workspace / "moved.txt").write_text("the same\nafter all\n")
    provider = turns(
        [write("new.txt", "new\n")],
        [shell("sed -i s/two/2/ old.txt; rm gone.txt; mv moved.txt there.txt; chmod 755 new.txt")],
    )
    async with (
        contextlib.AsyncExitStack() as stack,
        running_session(
            tmp_path,
            provider,
            real_tools(tmp_path),
            sandbox=await sandbox_in(tmp_path, stack),
            with_checkpoints=True,
        ) as (session, watcher),
    ):
        assert by_path(await described(session, watcher)) == {}
        assert await watcher.ask("write") == Completed()
        assert await watcher.ask("change") == Completed()
        (workspace / "mine.txt").write_text("by hand\n")
        files = by_path(await described(session, watcher))
        assert {path: (file.kind, file.old_path) for path, file in files.items()} == {
            "gone.txt": ("delete", None),
            "mine.txt": ("add", None),
            "new.txt": ("add", None),
            "old.txt": ("update", None),
            "there.txt": ("update", "moved.txt"),
        }
        assert files["old.txt"].unified == "@@ -1,2 +1,2 @@\n one\n-two\n+2\n"
        assert files["new.txt"].new_mode == "100755"


async def test_a_resumed_session_still_knows_where_it_began(tmp_path: Path) -> None:
    async with running_session(
        tmp_path, turns([write("a.txt", "1\n")]), real_tools(tmp_path), with_checkpoints=True
    ) as (session, watcher):
        await watcher.ask("write")
        session_id = session.session_id
    async with running_session(
        tmp_path, turns([write("a.txt", "2\n")]), real_tools(tmp_path), with_checkpoints=True, resume=session_id
    ) as (session, watcher):
        await watcher.ask("again")
        files = by_path(await described(session, watcher))
        assert files["a.txt"].kind == "add"
        assert files["a.txt"].unified == "@@ -0,0 +1 @@\n+2\n"


async def test_where_no_checkpoints_are_taken_it_says_so(tmp_path: Path) -> None:
    async with running_session(tmp_path, turns()) as (session, watcher):
        assert "not recorded" in (await described(session, watcher)).problem
        assert (await described(session, watcher, "commit")).problem == "Git is not asked here."


async def test_it_can_be_asked_while_a_turn_runs(tmp_path: Path) -> None:
    provider = turns([write("a.txt", "1\n")], [write("b.txt", "1\n")])
    async with running_session(tmp_path, provider, real_tools(tmp_path), with_checkpoints=True) as (session, watcher):
        assert await watcher.ask("write") == Completed()
        await session.submit(SubmitPrompt(parts=(TextPart(text="again"),)))
        assert "a.txt" in by_path(await described(session, watcher))
        await watcher.next(TurnEnded)
        assert list(by_path(await described(session, watcher))) == ["a.txt", "b.txt"]
