"""Blocking work off the event loop, one hop per operation, so that cancelling leaves nothing running."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from codex_core.protocol import ToolError

Result = TypeVar("Result")


class Deadline:
    """Tells long work in a thread when to give up."""

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._ends_at = time.monotonic() + timeout_s
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()

    def check(self) -> None:
        """Cheap enough for inner loops.

        Raises:
            ToolError: the time is up, or nobody waits for the result any more.
        """
        if self._stopped.is_set() or time.monotonic() > self._ends_at:
            raise ToolError(f"This took more than {self.timeout_s:.0f} s and was given up. Narrow it down.")


async def run_to_end(work: Callable[[], Result]) -> Result:
    """Run `work` in a thread. When cancelled, it is waited for first: what it writes is written whole."""
    return await _run(work, on_cancel=lambda: None)


async def run_until(work: Callable[[Deadline], Result], timeout_s: float) -> Result:
    """Run `work` in a thread; its deadline comes after `timeout_s`, or at once when the caller is cancelled."""
    deadline = Deadline(timeout_s)
    return await _run(lambda: work(deadline), on_cancel=deadline.stop)


async def _run(work: Callable[[], Result], *, on_cancel: Callable[[], None]) -> Result:
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        on_cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # Seen, so that asyncio does not report it as lost.
        raise
