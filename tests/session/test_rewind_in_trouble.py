from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
from collections.abc import Generator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from codex_core.protocol import FileDecision, NoticeItem, PreviewRewind, Rewind, RewindRefused
from codex_core.session.file_checkpoints import FilePlan, FilesRestored
from codex_core.session.schema import BUSY_TIMEOUT_S
from codex_tools.checkpoints import database
from codex_tools.checkpoints.for_session import SessionCheckpoints
from tests.session.test_rewinding import Bench, bench, said, shell, turns, write
from tests.support.sessions import stored_items
from tests.support.small_disk import fill, small_disk

NOISE = "head -c 3000000 /dev/urandom > big.bin"


def warnings(it: Bench) -> list[str]:
    return [notice.text for notice in it.watcher.completed(NoticeItem) if "recorded" in notice.text]


@contextlib.contextmanager
def locked(path: Path) -> Generator[None]:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        with contextlib.suppress(sqlite3.OperationalError):  # by this test, a moment ago
            db.execute("PRAGMA busy_timeout = 0")
            db.execute("BEGIN IMMEDIATE")
        yield


async def refused(it: Bench, to: str) -> RewindRefused:
    await it.session.submit(Rewind(to=to, what="both"))
    return await it.watcher.next(RewindRefused)


async def test_a_full_disk_under_the_checkpoints_fails_no_call_and_is_told_until_there_is_room(tmp_path: Path) -> None:
    steps = [
        [write("a.txt", "1\n")],
        [shell(NOISE), write("a.txt", "2\n")],
        [write("b.txt", "3\n")],
        [write("c.txt", "4\n")],
    ]
    with small_disk(tmp_path / "checkpoints", "1m") as disk:
        async with bench(tmp_path, turns(*steps)) as it:
            await it.ask("recorded")
            await it.ask("too much for the disk")
            assert (it.workspace / "a.txt").read_text() == "2\n"
            (told,) = warnings(it)
            assert told.startswith("From this step on the files are not recorded, so /rewind cannot take back what")
            assert f"the disk is full: make room on the one that holds {disk}" in told
            await it.ask("still full")
            assert len(warnings(it)) == 1
            # Room again: what is there now is recorded, and what comes can be taken back.
            (it.workspace / "big.bin").unlink()
            await it.ask("recorded again")
            assert warnings(it)[1:] == [
                "The files are recorded again. What changed meanwhile counts as somebody else's."
            ]
            listed = await it.list()
            last = listed.turns[-1].id
            assert [file.path for file in (await it.preview(last, "files")).files] == ["c.txt"]
            await it.rewind(last, "files")
            assert not (it.workspace / "c.txt").exists()
            # What the agent did while nothing was recorded is nobody's, so it is asked about.
            preview = await it.preview(listed.turns[0].id, "files")
            verdicts = {file.path: file.verdict for file in preview.files}
            assert verdicts["b.txt"] == "conflict"


async def test_a_full_disk_under_the_workspace_leaves_whole_files_and_says_which_were_not_restored(
    tmp_path: Path,
) -> None:
    with small_disk(tmp_path / "workspace", "2m") as disk:
        (disk / "large.bin").write_bytes(os.urandom(600_000))
        (disk / "small.txt").write_text("small\n")
        before = {name: (disk / name).read_bytes() for name in ("large.bin", "small.txt")}
        async with bench(tmp_path, turns([shell("rm large.bin; echo other > small.txt; echo new > new.txt")])) as it:
            await it.ask("change")
            first = (await it.list()).turns[0].id
            await it.preview(first, "files")
            filling = fill(disk)
            done = await it.rewind(first, "files")
            failed = {failure.path: failure.why for failure in done.failed}
            assert "No space left on device" in failed["large.bin"]
            assert done.item.restored + len(failed) == 3
            for name, content in before.items():
                if name not in failed:
                    assert (disk / name).read_bytes() == content
            assert not (disk / "large.bin").exists()
            assert not [path for path in disk.iterdir() if path.name.startswith(".") or ".tmp" in path.name]
            filling.unlink()
            await it.preview(first, "files")
            again = await it.rewind(first, "files")
            assert again.failed == ()
            assert {name: (disk / name).read_bytes() for name in before} == before


async def test_a_store_that_another_process_keeps_locked_fails_no_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.2)
    async with bench(tmp_path, turns([write("a.txt", "1\n")], [write("a.txt", "2\n")], [write("a.txt", "3\n")])) as it:
        await it.ask("recorded")
        (store,) = (tmp_path / "checkpoints").glob("*.db")
        with locked(store):
            await it.ask("locked")
            assert (it.workspace / "a.txt").read_text() == "2\n"
            (told,) = warnings(it)
            assert f"another process keeps the store of checkpoints locked: {store}; end that one" in told
            listed = await it.list()
            (it.workspace / "mine.txt").write_text("something to record\n")
            await it.session.submit(PreviewRewind(to=listed.turns[0].id, what="files"))
            assert "keeps the store of checkpoints locked" in (await it.watcher.next(RewindRefused)).reason
        await it.ask("recorded again")
        assert "recorded again" in warnings(it)[1]


async def test_a_journal_that_is_locked_refuses_the_rewind_before_any_file_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert BUSY_TIMEOUT_S <= 10
    monkeypatch.setattr("codex_core.session.database.BUSY_TIMEOUT_S", 0.2)
    async with bench(tmp_path, turns([write("a.txt", "1\n")])) as it:
        await it.ask("one")
        first = (await it.list()).turns[0].id
        await it.preview(first)
        with locked(tmp_path / "sessions.db"):
            answer = await refused(it, first)
        assert "another process keeps it locked; end that one, or try again" in answer.reason
        assert answer.restored == ()
        assert (it.workspace / "a.txt").read_text() == "1\n"
        await it.preview(first)
        await it.rewind(first)
        assert not (it.workspace / "a.txt").exists()


class LockingCheckpoints(SessionCheckpoints):
    """Locks the journal as soon as files were restored, and if wanted does not know then what was."""

    journal: Path
    loses_now = False
    locks: contextlib.ExitStack

    async def restore(self, plan: FilePlan, decisions: Mapping[str, FileDecision]) -> FilesRestored:
        done = await super().restore(plan, decisions)
        self.locks.enter_context(locked(self.journal))
        return replace(done, now=None) if self.loses_now else done


@pytest.mark.parametrize("loses_store", [False, True])
async def test_files_go_back_if_the_rest_of_a_rewind_cannot_be_written_or_it_is_said_which_did_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, loses_store: bool
) -> None:
    monkeypatch.setattr("codex_core.session.database.BUSY_TIMEOUT_S", 0.2)
    monkeypatch.setattr("tests.support.sessions.SessionCheckpoints", LockingCheckpoints)
    LockingCheckpoints.journal = tmp_path / "sessions.db"
    LockingCheckpoints.loses_now = loses_store
    LockingCheckpoints.locks = contextlib.ExitStack()
    async with bench(tmp_path, turns([write("a.txt", "1\n"), write("b.txt", "1\n")])) as it:
        await it.ask("one")
        first = (await it.list()).turns[0].id
        await it.preview(first)
        with LockingCheckpoints.locks:
            answer = await refused(it, first)
        assert "another process keeps it locked" in answer.reason
        assert answer.restored == (("a.txt", "b.txt") if loses_store else ())
        assert ("Restored all the same, and still so: a.txt, b.txt" in answer.reason) is loses_store
        assert (it.workspace / "a.txt").exists() is not loses_store
        session_id = it.session.session_id
    assert said(await stored_items(tmp_path, session_id)) == ["one"]


async def test_checkpoints_that_have_become_read_only_fail_no_call_and_no_file_is_touched(tmp_path: Path) -> None:
    with small_disk(tmp_path / "checkpoints", "4m") as disk:
        async with bench(tmp_path, turns([write("a.txt", "1\n")])) as it:
            await it.ask("recorded")
            session_id = it.session.session_id
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        async with bench(tmp_path, turns([write("a.txt", "2\n")]), resume=session_id) as it:
            await it.ask("not recorded")
            assert (it.workspace / "a.txt").read_text() == "2\n"
            (told,) = warnings(it)
            assert f"checkpoints cannot be stored in {disk}: Read-only file system; make it a folder that can" in told
            await it.session.submit(PreviewRewind(to=(await it.list()).turns[0].id, what="files"))
            assert "Read-only file system" in (await it.watcher.next(RewindRefused)).reason
            assert (it.workspace / "a.txt").read_text() == "2\n"
