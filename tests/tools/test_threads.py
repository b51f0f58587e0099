from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time

import pytest

from codex_core.protocol import ToolError
from codex_tools.threads import Deadline, run_until

STUCK = """
import asyncio, threading
from codex_tools.threads import run_until

async def main():
    reading = asyncio.ensure_future(run_until(lambda _: threading.Event().wait(), 3600))
    await asyncio.sleep(0)
    reading.cancel()
    await asyncio.wait([reading])

asyncio.run(main())
"""


def test_the_program_ends_although_a_read_hangs() -> None:
    done = subprocess.run([sys.executable, "-c", STUCK], timeout=30, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


async def test_a_read_that_hangs_is_given_up_in_time() -> None:
    is_over = threading.Event()
    with pytest.raises(ToolError, match="took more than"):
        await run_until(lambda _: is_over.wait(), 0.05)
    is_over.set()


async def test_what_is_cancelled_is_told_to_stop() -> None:
    is_running, has_stopped = threading.Event(), threading.Event()

    def work(deadline: Deadline) -> None:
        is_running.set()
        try:
            while True:
                deadline.check()
                time.sleep(0.001)
        finally:
            has_stopped.set()

    reading = asyncio.ensure_future(run_until(work, 3600))
    await asyncio.to_thread(is_running.wait)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert await asyncio.to_thread(has_stopped.wait, 30)


async def test_an_error_in_the_thread_comes_to_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        await run_until(lambda _: 1 // 0, 60)
