"""Bounds of a turn that nobody watches."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class TurnLimits:
    max_steps: int | None = None
    """Model calls in one turn; None: no bound."""
    steps: int = 0

    def count_step(self) -> None:
        self.steps += 1

    def reached(self) -> str | None:
        """The limit that is reached, in words; None: go on."""
        if self.max_steps is not None and self.steps >= self.max_steps:
            return f"{self.max_steps} model call{'s' if self.max_steps != 1 else ''} in one turn (--max-turns)"
        return None
