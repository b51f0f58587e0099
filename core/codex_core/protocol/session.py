"""The whole surface of core: the full-screen app, `exec` and the tests use a session through this and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from codex_core.protocol.events import Envelope
from codex_core.protocol.items import Item
from codex_core.protocol.ops import Op


class SessionHandle(Protocol):
    async def submit(self, op: Op) -> None:
        """Hand over a wish; returns as soon as it is accepted. What becomes of it is told by events.

        A wish that makes no sense now (an answer to a request that is gone) is ignored.
        """
        ...

    def events(self) -> AsyncIterator[Envelope]:
        """What happens from now on, after a `StateChanged` and a replay of the newest stored items.

        Stored items come as `ItemCompleted`, the same way live ones do, then one `HistoryReplayed`. A slow reader
        loses nothing: deltas of one item that wait are merged. Ends after `Shutdown`. One reader per call; each
        reader sees everything.
        """
        ...

    async def earlier(self, before_id: str | None, limit: int) -> tuple[Item, ...]:
        """Up to `limit` stored items before the item `before_id` (None: the newest), oldest first."""
        ...
