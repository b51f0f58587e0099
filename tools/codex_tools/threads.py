"""Blocking work off the event loop, one hop per operation.

What writes is waited for, whatever happens. What only reads is told to stop and then left behind if it does not: a
file system that hangs must keep nobody in the program.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from codex_core.protocol import ToolError

Result = TypeVar("Result")

PREVIEW_TIMEOUT_S = 30.0
"""For working out what a call would write, files at the limit of their length included."""
GRACE_S = 1.0
"""How long work that was told to stop is waited for."""


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
            raise self.too_late()

    def too_late(self) -> ToolError:
        return ToolError(f"This took more than {self.timeout_s:.0f} s and was given up. Narrow it down.")


async def run_to_end(work: Callable[[], Result]) -> Result:
    """Run `work` in a thread. When cancelled, it is waited for first: what it writes is written whole."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # Seen, so that asyncio does not report it as lost.
        raise


async def run_until(work: Callable[[Deadline], Result], timeout_s: float) -> Result:
    """Run `work`, which changes nothing, in a thread; its deadline comes after `timeout_s`, or at once when the caller
    is cancelled. Neither takes much longer than that, even if `work` never looks at its deadline.

    Raises:
        ToolError: the deadline.
    """
    deadline = Deadline(timeout_s)
    running = _in_a_thread_of_its_own(lambda: work(deadline))
    try:
        await asyncio.wait([running], timeout=timeout_s + GRACE_S)
    except asyncio.CancelledError:
        deadline.stop()
        await asyncio.wait([running], timeout=GRACE_S)
        raise
    if not running.done():
        deadline.stop()
        raise deadline.too_late()
    return running.result()


def _in_a_thread_of_its_own(work: Callable[[], Result]) -> asyncio.Future[Result]:
    """Not in the pool of asyncio: that one is waited for at the end of the program, a daemon thread is not."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()
    future.add_done_callback(_mark_as_seen)

    def settle(set_outcome: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # The loop is closed: nobody waits any more.
            loop.call_soon_threadsafe(set_outcome)

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # The border of a thread: whatever it is belongs to the caller.
            failure = error
            settle(lambda: future.set_exception(failure))
        else:
            settle(lambda: future.set_result(result))

    threading.Thread(target=run, name="reading", daemon=True).start()
    return future


def _mark_as_seen(future: asyncio.Future[Result]) -> None:
    """So that asyncio does not report the error of what was left behind as lost."""
    if not future.cancelled():
        future.exception()
