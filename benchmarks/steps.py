"""What a step of the agent costs beside the model: a confined process, a commit."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from benchmarks.budget import Measurement, median, skipped
from benchmarks.history import call_and_result
from codex_core.protocol import CommandSpec, SandboxPolicy, SandboxUnavailable
from codex_core.session.store import SessionStore
from codex_tools.sandbox.runner import open_sandbox

REPEATS = 50

_SANDBOXED = "sandboxed /bin/true, warm"
_JOURNALLED = "one journalled step: call, result"


def measure() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        (folder / "state").mkdir()
        (folder / "project").mkdir()
        yield asyncio.run(_sandboxed_true(folder / "state", folder / "project"))
        yield asyncio.run(_journalled_step(folder / "state"))


async def _sandboxed_true(state: Path, project: Path) -> Measurement:
    sandbox = await open_sandbox(state_dir=state)
    try:
        command = CommandSpec(
            argv=("/bin/true",),
            cwd=project,
            environment={"PATH": os.defpath},
            policy=SandboxPolicy(mode="workspace-write", workspace=project),
        )
        times_s = await _times(lambda: sandbox.run(command, lambda _: None))
    except SandboxUnavailable as error:
        return skipped(_SANDBOXED, "ms", 15, str(error))
    finally:
        await sandbox.close()
    return Measurement(name=_SANDBOXED, value=median(times_s) * 1000, unit="ms", limit=15, note="wall")


async def _journalled_step(state: Path) -> Measurement:
    async with SessionStore.open(state / "sessions.db") as store:
        journal = await store.create(state)

        async def step() -> None:
            call, result = call_and_result(0)
            await journal.append(call)
            await journal.record_call(call)
            await journal.append(result)

        times_s = await _times(step)
        await journal.close()
    return Measurement(name=_JOURNALLED, value=median(times_s) * 1000, unit="ms", limit=5, note="wall, with fsync")


async def _times(action: Callable[[], Awaitable[object]]) -> list[float]:
    await action()
    times_s: list[float] = []
    for _ in range(REPEATS):
        started_at = time.perf_counter()
        await action()
        times_s.append(time.perf_counter() - started_at)
    return times_s
