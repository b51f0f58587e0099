"""Tells when something in the folder of the user's themes was saved."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import AsyncGenerator
from pathlib import Path

_TOGETHER_MS = 150
"""Changes so close to each other are one: editors write a file by another one and a rename."""
_LOOK_EVERY_MS = 40


async def changes_in(folder: Path) -> AsyncGenerator[None]:
    """Yield as soon as files in `folder` are watched, and whenever some have changed.

    Ends at once where the system has no watches left.
    """
    await asyncio.to_thread(importlib.import_module, "watchfiles")  # 50 ms that the event loop does not wait for
    from watchfiles import awatch  # pyright: ignore[reportUnknownVariableType] anyio, which it names, is untyped

    changes = awatch(folder, recursive=False, debounce=_TOGETHER_MS, step=_LOOK_EVERY_MS)
    change = asyncio.ensure_future(anext(changes))
    try:
        await asyncio.sleep(0)  # its first step begins to watch: what is saved from here on is seen
        yield
        while True:
            await change
            yield
            change = asyncio.ensure_future(anext(changes))
    except (StopAsyncIteration, OSError, RuntimeError):
        return
    finally:
        change.cancel()
        with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration, OSError, RuntimeError):
            await change
