"""When a failed model call is made again, and after how long."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from codex_core.protocol import ProviderError


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    attempts: int = 5
    """In all, the first one included."""
    first_delay_s: float = 0.5
    longest_delay_s: float = 60.0
    jitter: Callable[[], float] = random.random
    """0..1: spreads clients that failed together."""

    def delay_s(self, error: ProviderError, attempt: int) -> float | None:
        """How long to wait after the failure of attempt number `attempt` (from 1); None: give up.

        What the provider asked for is honoured, unless it asks for more than the user should wait: then give up.
        """
        if not error.retryable or attempt >= self.attempts:
            return None
        if error.retry_after_s is not None:
            return error.retry_after_s if error.retry_after_s <= self.longest_delay_s else None
        delay_s = self.first_delay_s * 2 ** (attempt - 1)
        return min(delay_s, self.longest_delay_s) * (0.75 + 0.5 * self.jitter())
