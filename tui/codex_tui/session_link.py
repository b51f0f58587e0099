"""The way between the screen and the session: wishes go down, events come up.

Owns the order of both. Wishes made before there is a session are kept and handed over first. Knows no widgets.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the vocabulary costs more to import than the first paint may
    from codex_core.protocol import Envelope, Item, Op, SessionHandle

    class OpenSession(SessionHandle, Protocol):
        """A session that somebody has to close."""

        async def close(self) -> None:
            """Release everything, after the events have ended."""
            ...


_BATCH = 32
"""Events received in a row before the keyboard gets its turn."""
_LEAVE_S = 5.0
"""What saving and ending may take before the screen goes without waiting for it."""


class SessionLink:
    """One for each session on the screen."""

    def __init__(self, receive: Callable[[Envelope], None]) -> None:
        self._receive = receive
        self._wishes: asyncio.Queue[Op] = asyncio.Queue()
        self._session: OpenSession | None = None

    def submit(self, op: Op) -> None:
        """Hand over a wish, in order; kept until there is a session."""
        self._wishes.put_nowait(op)

    async def run(self, connect: Callable[[], Awaitable[OpenSession]]) -> None:
        """Connect, then carry wishes and events until the session has ended.

        Raises: whatever `connect` and the session raise; nothing is retried.
        """
        try:
            self._session = await connect()
            async with asyncio.TaskGroup() as tasks:
                wishes = tasks.create_task(self._carry_wishes(self._session))
                await self._carry_events(self._session)
                wishes.cancel()
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None

    async def earlier(self, before_id: str | None, limit: int) -> tuple[Item, ...]:
        """Stored items before that one; none while there is no session."""
        return await self._session.earlier(before_id, limit) if self._session is not None else ()

    async def leave(self) -> None:
        """Close the session, bounded by a few seconds, after `run` has ended or was cancelled.

        What the user wished for last is carried before that: words that were sent in the last moment count.
        """
        if self._session is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LEAVE_S):
                while not self._wishes.empty():
                    await self._session.submit(self._wishes.get_nowait())
                await self._session.close()

    async def _carry_wishes(self, session: OpenSession) -> None:
        while True:
            await session.submit(await self._wishes.get())

    async def _carry_events(self, session: OpenSession) -> None:
        received = 0
        async for envelope in session.events():
            self._receive(envelope)
            received += 1
            if received % _BATCH == 0:
                await asyncio.sleep(0)
