"""How a turn ended: a value, not an exception."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from codex_core.protocol.errors import ProviderErrorKind
from codex_core.protocol.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed(Record):
    """The model had nothing more to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped(Record):
    """The user stopped it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Record):
    error: str
    """For the user: what went wrong and what to do about it."""
    kind: ProviderErrorKind | None = None
    """Set if a model call failed."""
    needed_approval: bool = False
    """An approval was needed and nobody could be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitReached(Record):
    which: str
    """The limit in words: `12 model calls (--max-turns)`."""


Outcome: TypeAlias = Completed | Stopped | Failed | LimitReached
