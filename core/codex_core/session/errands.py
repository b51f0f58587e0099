"""Work beside the turns that nobody waits for; that it fails is no reason for anything else to fail."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from codex_core.protocol import CodexError

log = logging.getLogger(__name__)


class Errands:
    """One for a session. It owns the tasks; `close` cancels and awaits those that still run."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(logged(lambda: work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(list(self._tasks))


async def logged(work: Callable[[], Awaitable[None]]) -> None:
    """Do `work`, and log that it failed. Only cancellation escapes."""
    try:
        await work()
    except CodexError as error:
        log.warning("%s", error)
    except Exception:  # the border of the tasks beside the turns, and of closing
        log.exception("failed beside a turn")
