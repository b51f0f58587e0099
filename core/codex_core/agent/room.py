"""How full the model's window may get before older items are summarised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_FULL: Final = 0.8
_FULLER: Final = 1.05
"""After a summary that could not be had, the next is tried when so much more is used."""


@dataclass(slots=True, kw_only=True)
class Room:
    """One for a session."""

    size: Callable[[], int | None]
    """The model's window in tokens; None if not known: then room is made only when it is wanted or a call fails."""
    limit_tokens: int | None = None
    """What may be used; None: 80 % of the window."""
    wanted: str | None = None
    """The user has asked for it; the words say what should be kept above all."""
    _not_before: float = 0.0

    def limit(self) -> int | None:
        """Where room is made, in tokens; None if that is not known."""
        size = self.size()
        return self.limit_tokens or (None if size is None else int(size * _FULL))

    def is_used_up(self, used_tokens: int) -> bool:
        limit = self.limit()
        return limit is not None and used_tokens >= max(limit, self._not_before)

    def put_off(self, used_tokens: int) -> None:
        self._not_before = used_tokens * _FULLER
