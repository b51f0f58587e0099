from __future__ import annotations

import contextlib
import json
import random
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

from codex_tools.checkpoints import CheckpointId
from codex_tools.new_content import is_own_name
from tests.checkpoints.conftest import Place

ROUNDS = 6
_WORKER = Path(__file__).with_name("worker.py")


def _killed(place: Place, what: str, after_s: float) -> list[str]:
    """What the worker printed before it was killed: whole lines only. The clock starts with the first one."""
    command = [sys.executable, "-I", str(_WORKER), what, str(place.store_dir), str(place.folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    first = process.stdout.readline()
    killer = threading.Timer(after_s, process.kill)
    killer.start()
    lines = (first + process.stdout.read()).split("\n")[:-1]
    process.wait()
    process.stdout.close()
    killer.join()
    assert first
    for path in place.store_dir.glob("*.db"):
        with contextlib.closing(sqlite3.connect(path)) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return lines


async def test_kill_9_while_taking_loses_no_checkpoint_that_was_taken(place: Place) -> None:
    seed = random.Random("take")
    for _ in range(ROUNDS):
        lines = _killed(place, "take", seed.uniform(0, 0.4))
        async with place.open() as checkpoints:
            for line in lines[-3:]:
                checkpoint, _, rest = line.partition(" ")
                for path, (character, length) in json.loads(rest).items():
                    content = await checkpoints.read(CheckpointId(checkpoint), path)
                    assert content.decode() == character * length
            await checkpoints.take()


async def test_kill_9_while_restoring_leaves_whole_files_and_restoring_again_does_the_rest(place: Place) -> None:
    seed = random.Random("restore")
    for _ in range(ROUNDS):
        one, other = (CheckpointId(each) for each in _killed(place, "restore", seed.uniform(0, 0.4))[0].split())
        async with place.open() as checkpoints:
            for path in place.folder.rglob("*"):
                if path.is_dir() or is_own_name(path.name):
                    continue
                name = str(path.relative_to(place.folder))
                contents = [
                    await checkpoints.read(each, name) for each in (one, other) if name in await checkpoints.files(each)
                ]
                assert path.read_bytes() in contents
            plan = await checkpoints.plan_restore(one, known=other)
            assert {each.verdict for each in plan.paths} <= {"restore"}
            assert (await checkpoints.restore(plan)).now == one
