"""Deltas on their way to the front end: gathered to as many messages as it can show."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from codex_core.host.server import Emit
from codex_core.llm.lines import Delta, deltas_to_json

_INTERVAL_S = 1 / 30
"""Between messages: a front end cannot show more, and each costs it a wake-up."""


class DeltaBatch:
    """Emits the first deltas at once and gathers what follows within an interval. Leaving it emits the rest."""

    def __init__(self, emit: Emit, interval_s: float = _INTERVAL_S) -> None:
        self._emit = emit
        self._interval_s = interval_s
        self._loop = asyncio.get_running_loop()
        self._next_at = self._since = 0.0
        self._waiting: list[Delta] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, delta: Delta) -> bool:
        """Take a delta; say whether it was sent, with all that waited."""
        now = self._loop.time()
        self._waiting.append(delta)
        if self._timer is None:
            self._since = now
            # Not at once even if it is time: what came by the same read goes with it.
            self._timer = self._loop.call_later(max(self._next_at - now, 0.0), self._flush)
        elif now - self._since >= self._interval_s:
            # A fast stream comes from a buffer and never lets the loop run timers.
            self._flush()
            return True
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._flush()

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            self._emit(deltas_to_json(self._waiting))
            self._waiting = []
            self._next_at = self._loop.time() + self._interval_s
