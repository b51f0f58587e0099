"""What it costs to record the files of a project before a step of the agent."""

from __future__ import annotations

import asyncio
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.budget import Measurement, median
from codex_core.protocol import SandboxPolicy
from codex_tools.checkpoints import Checkpoints

FILES = 5000
REPEATS = 20
_FOLDERS = 250
_AGE_S = 0.3
"""Files younger than this are read again, because their times could not tell a change."""

_BUDGETS = {
    "first": ("first checkpoint of 5,000 files", 1000.0),
    "same": ("checkpoint of 5,000 files, nothing changed", 50.0),
    "changed": ("checkpoint of 5,000 files, 3 changed", 50.0),
}


def measure() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        project = folder / "project"
        size_bytes = _write_project(project)
        time.sleep(_AGE_S)
        yield from asyncio.run(_checkpoints(folder / "state", project, size_bytes))


def _write_project(folder: Path) -> int:
    """Files of 10 to 400 lines; return how long they are together."""
    total = 0
    for number in range(FILES):
        path = folder / f"package{number % _FOLDERS // 10}" / f"module{number % 10}" / f"file{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = f"# {number}\n" + "value = compute(value)\n" * (10 + number * 37 % 390)
        path.write_text(text)
        total += len(text)
    (folder / ".gitignore").write_text("__pycache__/\n*.pyc\n/build/\n.venv\n")
    return total


async def _checkpoints(state: Path, project: Path, size_bytes: int) -> list[Measurement]:
    before_mb = _peak_mb()
    changes = iter(range(REPEATS + 1))

    def change() -> None:
        number = next(changes)
        for each in range(3):
            (project / f"package{each}" / "module0" / f"new{number}.py").write_text(f"{number}\n")

    policy = SandboxPolicy(mode="workspace-write", workspace=project)
    async with Checkpoints.open(state, project, owner="bench", policy=policy) as checkpoints:
        results = [await _measured(checkpoints, "first", lambda: None, 1, f"{size_bytes / 1e6:.0f} MB")]
        memory_mb = _peak_mb() - before_mb
        results.append(await _measured(checkpoints, "same", lambda: None, REPEATS))
        results.append(await _measured(checkpoints, "changed", change, REPEATS))
    name = "checkpoints of 5,000 files, memory"
    results.append(Measurement(name=name, value=memory_mb, unit="MB", limit=30, note="peak while the first is taken"))
    return results


async def _measured(
    checkpoints: Checkpoints, budget: str, prepare: Callable[[], None], repeats: int, note: str = ""
) -> Measurement:
    cpu_s: list[float] = []
    wall_s: list[float] = []
    for _ in range(repeats):
        prepare()
        cpu_at, wall_at = time.process_time(), time.perf_counter()
        await checkpoints.take()
        cpu_s.append(time.process_time() - cpu_at)
        wall_s.append(time.perf_counter() - wall_at)
    name, limit = _BUDGETS[budget]
    words = f"CPU; wall, with fsync, {median(wall_s) * 1000:.1f} ms" + (f"; {note}" if note else "")
    return Measurement(name=name, value=median(cpu_s) * 1000, unit="ms", limit=limit, note=words)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
