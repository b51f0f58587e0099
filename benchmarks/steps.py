"""What a step of the agent costs beside the model: a confined process, a commit."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.budget import Measurement, median, skipped
from benchmarks.history import call_and_result
from codex_core.protocol import CommandSpec
from codex_core.session.store import SessionStore
from codex_tools.sandbox.policy_defaults import default_policy
from codex_tools.sandbox.runner import open_sandbox
from codex_tools.sandbox.spec import ConfiningTier

REPEATS = 50
_PAUSE_S = 0.02
"""Between two commands of the agent a model thinks: the processor has rested, the next process is prepared."""

_SANDBOXED: dict[ConfiningTier, tuple[str, float]] = {
    "A": ("sandboxed /bin/true, warm, tier A", 15),
    "B": ("sandboxed /bin/true, warm, tier B", 6),
}
_JOURNALLED = "one journalled step: call, result"


def measure() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        (folder / "state").mkdir()
        (folder / "project").mkdir()
        for tier in _SANDBOXED:
            yield asyncio.run(_sandboxed_true(folder / "state", folder / "project", tier))
        yield asyncio.run(_journalled_step(folder / "state"))


async def _sandboxed_true(state: Path, project: Path, tier: ConfiningTier) -> Measurement:
    name, limit = _SANDBOXED[tier]
    sandbox = await open_sandbox(state_dir=state, best=tier)
    try:
        if sandbox.status.tier != tier:
            return skipped(name, "ms", limit, sandbox.status.reason)
        command = CommandSpec(
            argv=("/bin/true",),
            cwd=project,
            environment={"PATH": os.defpath},
            policy=default_policy("workspace-write", project, state),
        )
        times_s = await _times(lambda: sandbox.run(command, lambda _: None))
        rested_s = await _times(lambda: sandbox.run(command, lambda _: None), pause_s=_PAUSE_S)
        unconfined = replace(command, policy=replace(command.policy, mode="danger-full-access"))
        unconfined_s = await _times(lambda: sandbox.run(unconfined, lambda _: None))
    finally:
        await sandbox.close()
    note = (
        f"wall; after a pause {median(rested_s) * 1000:.1f} ms, "
        f"unconfined {median(unconfined_s) * 1000:.1f} ms{_bubblewrap(project)}"
    )
    return Measurement(name=name, value=median(times_s) * 1000, unit="ms", limit=limit, note=note)


def _bubblewrap(project: Path) -> str:
    """What the usual tool takes for the same, where it is installed."""
    if (program := shutil.which("bwrap")) is None:
        return ""
    argv = [program, "--ro-bind", "/", "/", "--bind", project, project, "--dev", "/dev", "--proc", "/proc"]
    argv += ["--unshare-all", "--die-with-parent", "/bin/true"]
    times_s: list[float] = []
    for _ in range(REPEATS):
        started_at = time.perf_counter()
        if subprocess.run(argv, check=False, capture_output=True).returncode:
            return ""
        times_s.append(time.perf_counter() - started_at)
    return f", bubblewrap {median(times_s) * 1000:.1f} ms"


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


async def _times(action: Callable[[], Awaitable[object]], *, pause_s: float = 0.0) -> list[float]:
    await action()
    times_s: list[float] = []
    for _ in range(REPEATS):
        await asyncio.sleep(pause_s)
        started_at = time.perf_counter()
        await action()
        times_s.append(time.perf_counter() - started_at)
    return times_s
