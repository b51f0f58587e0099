"""Runs the user's own commands (`! make`) while no turn works; those inside a turn are the loop's."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Literal

from codex_core.agent.history import History, notice_item
from codex_core.agent.messages import user_command
from codex_core.agent.runner import run_call
from codex_core.agent.unbroken import unbroken
from codex_core.agent.user_command import waited_call
from codex_core.protocol import CodexError, ItemCompleted, ToolCallItem
from codex_core.session.crash import Crash
from codex_core.session.crashed_calls import CrashedCalls
from codex_core.session.equipment import Equipment
from codex_core.session.locks import Locks
from codex_core.session.title import Title
from codex_core.session.unfinished import Unfinished

log = logging.getLogger(__name__)


class UserCommands:
    """One for a session. It owns the task that runs them, one after the other; `close` ends it."""

    def __init__(
        self,
        equipment: Equipment,
        unfinished: Unfinished,
        crashed: CrashedCalls,
        title: Title,
        locks: Locks,
        *,
        is_greeted: asyncio.Event,
        is_turn_at_work: Callable[[], bool],
    ) -> None:
        """`is_turn_at_work`: also while it waits for a command to end."""
        self._equipment = equipment
        self._unfinished = unfinished
        self._crashed = crashed
        self._title = title
        self._locks = locks
        self._is_greeted = is_greeted
        self._is_turn_at_work = is_turn_at_work
        self._control = equipment.new_control()
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False

    @property
    def is_running(self) -> bool:
        return self._task is not None

    def begin(self, command: ToolCallItem) -> None:
        """Run it as soon as nothing else is at work; none must be running."""
        if not self._is_closed:
            self._control = self._equipment.new_control()
            self._task = asyncio.create_task(self._run_all(command), name="command")

    def cancel_current(self) -> None:
        self._control.cancel_current()

    async def close(self) -> None:
        self._is_closed = True
        if (task := self._task) is not None:
            task.cancel()
            await asyncio.wait({task})

    async def _run_all(self, first: ToolCallItem) -> None:
        command: ToolCallItem | None = first
        try:
            while command is not None:
                async with self._locks.at_work:
                    await self._run(command)
                # What a turn has begun to wait for is behind its own first safe point.
                waiting = self._equipment.inbox.take_command() if not self._is_turn_at_work() else None
                command = waited_call(waiting) if waiting is not None else None
        except CodexError as error:
            self._equipment.emit(ItemCompleted(item=notice_item("error", self._equipment.masked(str(error)))))
        except Exception:  # the border of the command's task: a bug ends the command, not the session
            log.exception("a command of the user's failed")
        finally:
            self._task = None

    async def _run(self, call: ToolCallItem) -> None:
        async with self._locks.writing:  # what the user says behind it comes behind it
            if self._crashed.crash.calls:  # the user has gone on: they are not run again
                await self._crashed.tell()
            await self._keep_unfinished("command")
            history = await self._equipment.history.read(Crash())
            await history.append(call)
        try:
            await self._is_greeted.wait()
            await run_call(call, history, self._equipment.turn(self._control))
        finally:
            await unbroken(self._settle(history, call))

    async def _settle(self, history: History, call: ToolCallItem) -> None:
        await history.settle()
        await self._keep_unfinished(None)
        await self._title.take_command(user_command(call))

    async def _keep_unfinished(self, unfinished: Literal["command"] | None) -> None:
        """Write down how far a command is, unless a turn waits for its end: that is what would be cut short."""
        if not self._is_turn_at_work():
            self._unfinished.now = unfinished
        await self._unfinished.keep()
