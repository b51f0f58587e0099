"""Tells when something in the folder of the user's themes was saved."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncGenerator
from pathlib import Path

_TOGETHER_MS = 150
"""Changes so close to each other are one: editors write a file by another one and a rename."""
_LOOK_EVERY_MS = 40


async def changes_in(folder: Path) -> AsyncGenerator[None]:
    """Yield whenever files in `folder` have changed; ends at once where the system has no watches left."""
    await asyncio.to_thread(importlib.import_module, "watchfiles")  # 50 ms that the event loop does not wait for
    from watchfiles import awatch  # pyright: ignore[reportUnknownVariableType] anyio, which it names, is untyped

    try:
        async for _ in awatch(folder, recursive=False, debounce=_TOGETHER_MS, step=_LOOK_EVERY_MS):
            yield
    except (OSError, RuntimeError):
        return
