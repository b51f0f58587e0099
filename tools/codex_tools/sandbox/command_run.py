"""One command under way, seen from the agent: its output is read, its end awaited, a cancellation carried to it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import Final

from codex_tools.sandbox.output import Printed
from codex_tools.sandbox.wire import KILL, TERMINATE, Ending
from codex_tools.sandbox.zygote_client import Launched

_READ_BYTES: Final = 65536
_DRAIN_LIMIT_S: Final = 1.0


class CommandRun:
    def __init__(self, launched: Launched, read_fd: int, printed: Printed) -> None:
        """`read_fd` is the non-blocking end of the pipe that the command prints into."""
        self._launched = launched
        self._read_fd = read_fd
        self._printed = printed
        self._loop = asyncio.get_running_loop()
        self._closed: asyncio.Future[None] = self._loop.create_future()

    async def to_the_end(self) -> Ending:
        """Wait for the end of the command; a cancellation first ends all of it, then goes on."""
        self._loop.add_reader(self._read_fd, self._read)
        try:
            ending = await self._ending()
            # Whoever could still write is dead; what is in the pipe is all there will be.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_DRAIN_LIMIT_S):
                    await self._closed
        finally:
            self._loop.remove_reader(self._read_fd)
        return ending

    async def _ending(self) -> Ending:
        waiting = asyncio.ensure_future(self._launched.ending())
        try:
            return await asyncio.shield(waiting)
        except asyncio.CancelledError:
            self._launched.request(TERMINATE)
            await _outlast_cancellations(waiting)
            raise

    def _read(self) -> None:
        try:
            data = os.read(self._read_fd, _READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            self._loop.remove_reader(self._read_fd)
            self._closed.set_result(None)
        was_too_much = self._printed.is_too_much
        self._printed.feed(data)
        if self._printed.is_too_much and not was_too_much:
            self._launched.request(KILL)


async def _outlast_cancellations(waiting: asyncio.Future[Ending]) -> None:
    """Wait even if cancelled again: the supervisor kills what does not end by itself, so it is a matter of seconds."""
    while not waiting.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait((waiting,))
