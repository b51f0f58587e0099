"""What fills the model's window, for people to see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

ContextKind: TypeAlias = Literal["fixed", "summary", "user", "model", "output"]
"""`fixed`: what every request has. `output`: what tools have answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextPart:
    kind: ContextKind
    name: str
    """`instructions`, `AGENTS.md`, `tools of github`, `output of shell`."""
    tokens: int
    """Estimated; where the provider has told a sum, they add up to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextUse:
    used_tokens: int
    """What the next request will have, about."""
    is_measured: bool
    """The provider has told most of it; else all is estimated."""
    window_tokens: int | None
    """None if not known."""
    limit_tokens: int | None
    """Where older items are summarised; None if that is not known."""
    parts: tuple[ContextPart, ...]
    """By kind, the largest first within one."""
    summary: str = ""
    """What stands, for the model, for everything before it; empty if nothing was compacted yet."""
