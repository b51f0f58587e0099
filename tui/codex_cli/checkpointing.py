"""Where checkpoints of files are taken, where they are kept, and when old ones go."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final

from codex_core.protocol import CodexError, SandboxPolicy
from codex_core.session.store import SessionStore
from codex_tools.checkpoints import Checkpoints, move_store, prune
from codex_tools.checkpoints.for_session import LIMITS, SessionCheckpoints

log = logging.getLogger(__name__)

_FOLDER: Final = "checkpoints"
_PRUNED_MARK: Final = "pruned"
_PRUNED_EVERY_S: Final = 24 * 3600.0


@contextlib.asynccontextmanager
async def open_checkpoints(home: Path, policy: SandboxPolicy, session_id: str) -> AsyncGenerator[SessionCheckpoints]:
    """The checkpoints of the policy's workspace. Nothing is made or read before the first one."""
    opened = Checkpoints.open(home / _FOLDER, policy.workspace, owner=session_id, policy=policy, limits=LIMITS)
    async with opened as checkpoints:
        yield SessionCheckpoints(checkpoints)


async def take_checkpoints_along(home: Path, old: Path, new: Path) -> None:
    """A folder has moved: what was recorded of it is still true."""
    try:
        await asyncio.to_thread(move_store, home / _FOLDER, old, new)
    except CodexError as error:  # the conversation goes on all the same
        log.warning("%s", error)


def why_no_checkpoints(workspace: Path, home: Path) -> str:
    """Why a folder is none to record; empty if it is one. What lies there is mostly not what is being worked on."""
    folder, user_home = workspace.resolve(), Path(os.path.expanduser("~")).resolve()  # noqa: PTH111 (Path.home() raises)
    if folder == user_home:
        return "this is your home folder; work in a folder of its own for a project."
    if user_home.is_relative_to(folder) or home.resolve().is_relative_to(folder):
        return f"{folder} holds much more than a project; work in a folder of its own for one."
    return ""


@contextlib.asynccontextmanager
async def pruning(home: Path, store: SessionStore) -> AsyncGenerator[None]:
    """Beside what is done inside, and once a day: drop the checkpoints of sessions that are gone, and too old ones."""
    task = asyncio.create_task(_prune(home / _FOLDER, store), name="prune checkpoints")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _prune(folder: Path, store: SessionStore) -> None:
    try:
        if await asyncio.to_thread(_is_due, folder):
            await prune(folder, await store.ids(), limits=LIMITS)
    except (CodexError, OSError) as error:  # tomorrow is another day
        log.warning("checkpoints were not pruned: %s", error)


def _is_due(folder: Path) -> bool:
    mark = folder / _PRUNED_MARK
    if not folder.is_dir() or (mark.exists() and time.time() - mark.stat().st_mtime < _PRUNED_EVERY_S):
        return False
    mark.touch(mode=0o600)
    return True
