"""That a long session opens like an empty one, and what the front end weighs then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.budget import Measurement, median
from benchmarks.history import turns
from benchmarks.places import place
from benchmarks.processes import cpu_s, pss_mb
from codex_core.session.store import SessionStore
from tests.support.terminal import Terminal

ITEMS = 10_000
REPEATS = 7
LAST = "That was the last one of them."
_SETTLED_S = 2.0


def measure() -> Iterator[Measurement]:
    with place() as here:
        home = Path(here.env["CODEX_PY_HOME"])
        home.mkdir(mode=0o700)
        empty, full = (asyncio.run(_store_session(home, here.project, count)) for count in (4, ITEMS))
        cpu: dict[str, list[float]] = {empty: [], full: []}
        wall: dict[str, list[float]] = {empty: [], full: []}
        for _ in range(REPEATS):
            for session_id in (empty, full):
                with here.start("resume", session_id) as terminal:
                    terminal.wait_for_bytes(LAST.encode())
                    cpu[session_id].append(cpu_s(terminal.pid))
                    wall[session_id].append(time.monotonic() - terminal.started_at)
        few_s, many_s = median(cpu[empty]), median(cpu[full])
        yield Measurement(
            name=f"opening {ITEMS:,} items / opening 4, CPU to the last message",
            value=many_s / few_s,
            unit="x",
            limit=1.5,
            note=f"{many_s * 1000:.0f} / {few_s * 1000:.0f} ms; wall {median(wall[full]) * 1000:.0f} ms",
        )
        with here.start("--demo") as terminal:
            yield Measurement(name="front end, idle, PSS", value=_weight_mb(terminal), unit="MB", limit=50)
        with here.start("resume", full) as terminal:
            terminal.wait_for(LAST)
            terminal.press(*["pageup"] * 50, "end")
            yield Measurement(
                name=f"front end after {ITEMS:,} items, PSS", value=_weight_mb(terminal), unit="MB", limit=90
            )


async def _store_session(home: Path, project: Path, count: int) -> str:
    """Write a session of so many items; return its id."""
    async with SessionStore.open(home / "sessions.db") as store:
        journal = await store.create(project, title=f"{count} items", model="demo")
        items = list(turns(count, last=LAST))
        for start in range(0, len(items), 500):
            await journal.append(*items[start : start + 500])
        await journal.close()
        return journal.session_id


def _weight_mb(terminal: Terminal) -> float:
    """The memory of the app once nothing is happening any more."""
    return pss_mb(terminal.watch(_SETTLED_S).pid)
