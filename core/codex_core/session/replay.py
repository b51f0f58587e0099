"""What a front end is shown of a session on opening it: the newest items, and what the whole of it used.

The other items it fetches while scrolling.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from codex_core.protocol import (
    AssistantItem,
    Event,
    HistoryReplayed,
    Item,
    ItemCompleted,
    ItemSuperseded,
    UsageUpdated,
)

REPLAYED_ITEMS = 200


class Replay:
    def __init__(self) -> None:
        self._recent: deque[Item] = deque(maxlen=REPLAYED_ITEMS)
        self.total = 0
        """How many items of the session count."""
        self._usage: UsageUpdated | None = None

    def load(self, recent: Iterable[Item], total: int) -> None:
        """These are the items now."""
        self._recent = deque(recent, maxlen=REPLAYED_ITEMS)
        self.total = total

    def take(self, event: Event) -> None:
        match event:
            case ItemCompleted(item=item):
                self._recent.append(item)
                self.total += 1
            case ItemSuperseded(item_id=item_id):
                before = self._counting()
                kept = [item if getattr(item, "id", None) != item_id else _superseded(item) for item in self._recent]
                self._recent = deque([item for item in kept if item is not None], maxlen=REPLAYED_ITEMS)
                self.total -= before - self._counting()
            case UsageUpdated():
                self._usage = event
            case _:
                pass

    def events(self) -> list[Event]:
        """The items as they once came, the sums, then the end of the replay."""
        items: list[Event] = [ItemCompleted(item=item) for item in self._recent]
        usage = [] if self._usage is None else [self._usage]
        return [*items, *usage, HistoryReplayed(total=self.total, replayed=self._counting())]

    def _counting(self) -> int:
        return sum(not (isinstance(item, AssistantItem) and item.superseded) for item in self._recent)


def _superseded(item: Item) -> Item | None:
    """What is still shown of it."""
    return replace(item, truncated=True, superseded=True) if isinstance(item, AssistantItem) else None
