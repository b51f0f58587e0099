"""What a model call was made for, and what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from codex_core.protocol.record import Record

StepPurpose: TypeAlias = Literal["reply", "summary", "title"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage(Record):
    input_tokens: int = 0
    """All tokens of the request, the cached ones included."""
    cached_input_tokens: int = 0
    output_tokens: int = 0
    """All tokens of the reply, reasoning included."""
    reasoning_tokens: int = 0
    cost_usd: float | None = None
    """None if the price is not known; 0.0 only where it is known to be free."""
    is_estimate: bool = False
    """The provider reported nothing; the numbers were counted here."""

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            cached_input_tokens=self.cached_input_tokens + other.cached_input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            reasoning_tokens=self.reasoning_tokens + other.reasoning_tokens,
            cost_usd=_add_costs(self.cost_usd, other.cost_usd),
            is_estimate=self.is_estimate or other.is_estimate,
        )


def _add_costs(a: float | None, b: float | None) -> float | None:
    if a is None:
        return b
    return a if b is None else a + b
