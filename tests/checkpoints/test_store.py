from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from codex_core.protocol import SandboxPolicy
from codex_tools.checkpoints import (
    CheckpointError,
    CheckpointGone,
    CheckpointId,
    CheckpointLimits,
    ObjectDamaged,
    prune,
)
from tests.checkpoints.conftest import Place


def _database(place: Place) -> Path:
    return next(place.store_dir.glob("*.db"))


def _damage(place: Place, content: bytes) -> None:
    """Overwrite a stored content that is not packed."""
    with sqlite3.connect(_database(place)) as database:
        changed = database.execute("UPDATE objects SET data = ? WHERE data = ?", (b"?" * len(content), content))
        assert changed.rowcount == 1


async def test_a_damaged_content_is_reported_and_the_rest_is_restored(place: Place) -> None:
    place.write("a", "good")
    place.write("b", "fine")
    async with place.open() as checkpoints:
        start = await checkpoints.take()
        place.write("a", "1")
        place.write("b", "1")
        known = await checkpoints.take()
        _damage(place, b"good")
        plan = await checkpoints.plan_restore(start, known=known)
        assert {each.path: each.verdict for each in plan.paths} == {"a": "not_covered", "b": "restore"}
        assert "missing" in plan.paths[0].why or "damaged" in plan.paths[0].why
        with pytest.raises(ObjectDamaged):
            await checkpoints.read(start, "a")


async def test_a_damaged_content_that_is_still_there_is_stored_again(place: Place) -> None:
    place.write("a", "good")
    async with place.open() as checkpoints:
        start = await checkpoints.take()
        _damage(place, b"good")
        with pytest.raises(ObjectDamaged):
            await checkpoints.read(start, "a")
        assert await checkpoints.take() == start
        assert await checkpoints.read(start, "a") == b"good"


@pytest.mark.parametrize("is_open", [True, False])
async def test_a_broken_store_is_set_aside_and_a_new_one_begun(place: Place, is_open: bool) -> None:
    for number in range(200):
        place.write(f"f{number}", os.urandom(500))
    async with place.open() as checkpoints:
        old = await checkpoints.take()
        if not is_open:
            await asyncio.sleep(0)
    path = _database(place)

    def smash() -> None:
        with path.open("r+b") as file:
            file.seek(0 if not is_open else 4096)
            file.write(b"\xff" * (path.stat().st_size - file.tell()))

    if not is_open:
        smash()
    async with place.open() as checkpoints:
        if is_open:
            await checkpoints.files(old)
            smash()
            place.write("more", "1")
        new = await checkpoints.take()
        assert "set aside" in checkpoints.notice
        assert await checkpoints.read(new, "f1") == (place.folder / "f1").read_bytes()
        assert list(place.store_dir.glob("*.damaged-*"))


async def test_a_store_that_is_deleted_under_way_is_begun_anew(place: Place) -> None:
    place.write("a", "1")
    async with place.open() as checkpoints:
        old = await checkpoints.take()
        for path in place.store_dir.iterdir():
            path.unlink()
        assert await checkpoints.take() == old
    async with place.open(owner="later") as checkpoints:
        assert await checkpoints.read(old, "a") == b"1"


async def test_a_full_disk_is_said_and_leaves_a_usable_store(tmp_path: Path) -> None:
    script = """
import asyncio, os, sys
from pathlib import Path
from codex_core.protocol import SandboxPolicy
from codex_tools.checkpoints import CheckpointError, Checkpoints

async def main(store, folder):
    policy = SandboxPolicy(mode="read-only", workspace=folder)
    async with Checkpoints.open(store, folder, owner="o", policy=policy) as c:
        (folder / "a").write_bytes(b"1")
        first = await c.take()
        (folder / "b").write_bytes(os.urandom(4 << 20))
        try:
            await c.take()
        except CheckpointError as error:
            print(error)
        (folder / "b").write_bytes(b"2")
        second = await c.take()
        print(second != first, await c.read(first, "a"), await c.read(second, "b"))

asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
"""
    store, folder = tmp_path.resolve() / "store", tmp_path.resolve() / "workspace"
    store.mkdir()
    folder.mkdir()
    line = f'mount -t tmpfs -o size=2m tmpfs "{store}" && exec "$@"'
    command = ["unshare", "-Urm", "sh", "-c", line, "sh", sys.executable, "-I", "-c", script, str(store), str(folder)]
    if subprocess.run([*command[:5], "sh", "true"], check=False, capture_output=True).returncode:
        pytest.skip("no small file system can be mounted here")
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    said, rest = run.stdout.splitlines()
    assert "the disk is full" in said
    assert rest == "True b'1' b'2'"


async def test_a_home_that_cannot_be_written_is_said(place: Place) -> None:
    place.write("a", "1")
    place.home.write_text("a file")
    async with place.open() as checkpoints:
        with pytest.raises(CheckpointError, match="checkpoints cannot be stored in"):
            await checkpoints.take()


async def test_sessions_share_a_store_at_the_same_time(place: Place) -> None:
    for number in range(50):
        place.write(f"f{number}", str(number) * 300)
    async with place.open(owner="one") as one, place.open(owner="two") as two:

        async def work(name: str) -> list[CheckpointId]:
            mine = one if name == "one" else two
            taken: list[CheckpointId] = []
            for number in range(15):
                place.write(f"by-{name}", f"{number}" * 200)
                taken.append(await mine.take())
                if number % 5 == 4:
                    await prune(place.store_dir, {"one", "two"}, young_s=0)
            return taken

        for name, taken in zip(("one", "two"), await asyncio.gather(work("one"), work("two")), strict=True):
            for number, checkpoint in enumerate(taken):
                assert await two.read(checkpoint, f"by-{name}") == f"{number}".encode() * 200
                assert await one.read(checkpoint, "f7") == b"7" * 300


async def test_checkpoints_of_deleted_sessions_are_pruned_and_others_stay(place: Place) -> None:
    place.write("a", "shared" * 100)
    async with place.open(owner="gone") as gone, place.open(owner="stays") as stays:
        place.write("b", os.urandom(100_000))
        old = await gone.take()
        place.write("b", "1")
        kept = await stays.take()
        nothing = await prune(place.store_dir, {"stays"})
        assert nothing.checkpoints == 0  # too young: its session may just have begun
        pruned = await prune(place.store_dir, {"stays"}, young_s=0)
        assert pruned.checkpoints == 1
        assert pruned.freed_bytes >= 100_000
        assert _database(place).stat().st_size < 80_000
        with pytest.raises(CheckpointGone):
            await stays.read(old, "a")
        assert await stays.read(kept, "a") == b"shared" * 100
        # What was pruned is stored again when it is come by again.
        again = await gone.take()
        assert again == kept
        assert await gone.read(again, "b") == b"1"


async def test_a_broken_store_does_not_keep_the_others_from_being_pruned(place: Place) -> None:
    place.write("a", "1")
    async with place.open(owner="gone") as checkpoints:
        await checkpoints.take()
    (place.store_dir / "0.db").write_bytes(b"nonsense" * 1000)
    assert (await prune(place.store_dir, set(), young_s=0)).checkpoints == 1


async def test_a_forked_session_keeps_the_checkpoints_of_its_parent(place: Place) -> None:
    place.write("a", "1")
    async with place.open(owner="parent") as parent:
        old = await parent.take()
    place.write("a", "2")
    async with place.open(owner="fork") as fork:
        await fork.take()
        await fork.share([old])
        await prune(place.store_dir, {"fork"}, young_s=0)
        assert await fork.read(old, "a") == b"1"


async def test_the_store_is_bounded_and_the_newest_stay(place: Place) -> None:
    async with place.open() as checkpoints:
        taken: list[CheckpointId] = []
        for _ in range(6):
            place.write("a", os.urandom(100_000))
            taken.append(await checkpoints.take())
        pruned = await prune(place.store_dir, {"session"}, limits=CheckpointLimits(store_bytes=250_000))
        assert pruned.checkpoints == 4
        assert len(await checkpoints.read(taken[-2], "a")) == 100_000
        with pytest.raises(CheckpointGone):
            await checkpoints.read(taken[-3], "a")
        assert _database(place).stat().st_size < 300_000


async def test_a_content_that_looks_like_a_folder_is_no_folder(place: Place) -> None:
    place.write("d/a", "precious" * 100)
    async with place.open() as checkpoints:
        start = await checkpoints.take()
        with sqlite3.connect(_database(place)) as database:
            stored = [data for (data,) in database.execute("SELECT data FROM objects")]
        listed = [data for data in stored if data.startswith(b"f 644")]
        assert listed
        for number, data in enumerate(listed):
            place.write(f"{number}", data)
        taken = await checkpoints.take()
        await prune(place.store_dir, {"session"}, young_s=0)
        assert await checkpoints.read(taken, "d/a") == b"precious" * 100
        assert await checkpoints.read(start, "d/a") == b"precious" * 100


async def test_nothing_of_a_repository_is_run_or_touched(place: Place, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    hook = place.write(".git/hooks/post-index-change", f"#!/bin/sh\ntouch '{marker}'\n")
    hook.chmod(0o755)
    run = f"sh -c 'touch {marker}; cat'"
    place.write(
        ".git/config",
        f"[core]\nfsmonitor = {hook}\nautocrlf = true\nhooksPath = {hook.parent}\n"
        f'[filter "x"]\nclean = {run}\nsmudge = {run}\nrequired = true\n[diff]\nexternal = {run}\n',
    )
    place.write(".git/HEAD", "ref: refs/heads/main\n")
    place.write(".gitattributes", "* filter=x text=auto eol=crlf\n")
    place.write("nested/.git/HEAD", "ref: refs/heads/main\n")
    place.write("nested/code", "1\n")
    place.write("text", "one\r\ntwo\n")
    async with place.open() as checkpoints:
        start = await checkpoints.take()
        assert not [path for path in await checkpoints.files(start) if ".git/" in path]
        place.write("text", "other\n")
        place.write("nested/code", "2\n")
        (place.folder / "nested" / ".git" / "HEAD").write_text("other")
        await checkpoints.diff(start)
        await checkpoints.restore(await checkpoints.plan_restore(start, known=await checkpoints.take()))
    assert (place.folder / "text").read_bytes() == b"one\r\ntwo\n"
    assert (place.folder / "nested/code").read_bytes() == b"1\n"
    assert (place.folder / "nested/.git/HEAD").read_text() == "other"
    assert not marker.exists()


async def test_a_call_that_is_cancelled_leaves_a_usable_store(place: Place) -> None:
    for number in range(300):
        place.write(f"f{number}", os.urandom(1000))
    async with place.open() as checkpoints:
        for wait_s in (0, 0.001, 0.005, 0.02):
            task = asyncio.create_task(checkpoints.take())
            await asyncio.sleep(wait_s)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        taken = await checkpoints.take()
        assert len(await checkpoints.files(taken)) == 300


async def test_a_restoration_that_is_cancelled_is_finished_first(place: Place) -> None:
    for number in range(100):
        place.write(f"f{number}", "1")
    async with place.open() as checkpoints:
        start = await checkpoints.take()
        for number in range(100):
            place.write(f"f{number}", "2")
        plan = await checkpoints.plan_restore(start, known=await checkpoints.take())
        task = asyncio.create_task(checkpoints.restore(plan))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await checkpoints.changes(start) == ()


async def test_a_read_only_session_can_be_rewound(place: Place) -> None:
    place.policy = SandboxPolicy(mode="read-only", workspace=place.folder)
    place.write("a", "1")
    async with place.open() as checkpoints:
        start = await checkpoints.take()
        place.write("a", "2")
        await checkpoints.restore(await checkpoints.plan_restore(start, known=await checkpoints.take()))
    assert (place.folder / "a").read_text() == "1"
