"""Ends a model call that makes no progress.

Timeouts of HTTP clients measure bytes: a server that sends keep-alive comments, or chunks without content, holds them
off for ever. This one measures what the user is waiting for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from codex_core.llm.errors import too_late
from codex_core.protocol import ProviderError

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    connect_s: float = 15.0
    first_token_s: float = 300.0
    """Until the first content. Models may think for minutes without showing it."""
    idle_s: float = 120.0
    """Between pieces of content."""
    total_s: float = 3600.0


class Watchdog:
    """Watches one call, from its making on."""

    def __init__(self, limits: Limits, model: str) -> None:
        self._limits = limits
        self._model = model
        self._loop = asyncio.get_running_loop()
        started = self._loop.time()
        self._end = started + limits.total_s
        self._due = started + limits.first_token_s
        self.has_begun = False
        """Some content has come."""

    def progress(self) -> None:
        """Content has come."""
        self.has_begun = True
        self._due = self._loop.time() + self._limits.idle_s

    async def wait(self, awaitable: Awaitable[T]) -> T:
        """Await it.

        Raises:
            ProviderError: no content came in time.
        """
        timeout = asyncio.timeout_at(min(self._due, self._end))
        try:
            async with timeout:
                return await awaitable
        except TimeoutError:
            if not timeout.expired():
                raise
            raise self._too_late() from None

    def _too_late(self) -> ProviderError:
        if self._end <= self._due:
            return too_late(self._model, self._limits.total_s, what="did not end its reply")
        if self.has_begun:
            return too_late(self._model, self._limits.idle_s, what="fell silent in its reply and said nothing more")
        return too_late(self._model, self._limits.first_token_s, what="did not begin to answer")
