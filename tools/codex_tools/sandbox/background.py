"""Commands that go on in the background: their output is read and kept, bounded, until somebody asks for it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from typing import Final

from codex_core.protocol import CommandResult
from codex_tools.sandbox.command_run import CommandRun
from codex_tools.sandbox.output import HeadAndTail, Printed
from codex_tools.sandbox.wire import Ending
from codex_tools.sandbox.zygote_client import Launched

_UNREAD_BYTES: Final = 200_000
_MOST_BYTES: Final = 1 << 30
"""One that prints more than this in all is ended: nobody reads it."""


class Background:
    """A `codex_core.protocol.BackgroundCommand`."""

    def __init__(
        self, launched: Launched, read_fd: int, kept_bytes: int, finish: Callable[[Printed, Ending], CommandResult]
    ) -> None:
        """Takes over `launched` and `read_fd`. `finish` makes the result of what was printed and how it ended."""
        self._unread = HeadAndTail(_UNREAD_BYTES)
        self._printed = Printed(kept_bytes, self._take, most_bytes=_MOST_BYTES)
        self._finish = finish
        self._result: CommandResult | None = None
        self._task = asyncio.create_task(self._run(launched, read_fd), name="background command")

    @property
    def result(self) -> CommandResult | None:
        return self._result

    def take_output(self) -> tuple[str, int]:
        unread, self._unread = self._unread, HeadAndTail(_UNREAD_BYTES)
        return unread.text()

    async def wait_for_news(self, limit_s: float) -> None:
        await asyncio.wait({self._task}, timeout=limit_s)

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.wait({self._task})

    def _take(self, text: str) -> None:
        self._unread.feed(text.encode(errors="surrogatepass"))

    async def _run(self, launched: Launched, read_fd: int) -> None:
        run = CommandRun(launched, read_fd, self._printed)
        try:
            with contextlib.suppress(asyncio.CancelledError):  # that is how it is stopped; the end is told all the same
                await run.to_the_end()
            self._result = self._finish(self._printed, await launched.ending())
        finally:
            launched.close()
            os.close(read_fd)
