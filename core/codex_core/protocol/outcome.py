"""How a turn ended: a value, not an exception."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from codex_core.protocol.errors import ProviderErrorKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The model had nothing more to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The user stopped it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    error: str
    """For the user: what went wrong and what to do about it."""
    kind: ProviderErrorKind | None = None
    """Set if a model call failed."""
    needed_approval: bool = False
    """An approval was needed and nobody could be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitReached:
    which: str
    """The limit in words: `12 model calls (--max-turns)`."""


Outcome: TypeAlias = Completed | Stopped | Failed | LimitReached
