"""The wait before a model call is made again: told, cut short if the user wants it, and kept."""

from __future__ import annotations

import asyncio
import contextlib
import time

from codex_core.agent.control import Interrupted
from codex_core.agent.history import History
from codex_core.agent.turn import Turn
from codex_core.protocol import RetryItem, RetryScheduled, new_id


async def wait_for_retry(failure: str, attempt: int, delay_s: float, history: History, turn: Turn) -> bool:
    """Wait before attempt number `attempt`, or less if the user skips it. False: the user wants a pause."""
    retry_id, at, since = new_id("retry"), time.time(), time.monotonic()
    turn.skip_wait.clear()
    turn.emit(RetryScheduled(attempt=attempt, delay_s=delay_s, error=failure, retry_id=retry_id))
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay_s):
                await turn.control.until_wanted(turn.skip_wait.wait())
    except Interrupted:
        return False
    finally:
        waited_s = time.monotonic() - since
        await history.append(
            RetryItem(id=retry_id, at=at, attempt=attempt, error=failure, delay_s=delay_s, duration_s=waited_s)
        )
    return True
