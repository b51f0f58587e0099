"""What a front end is shown of a session on opening it: the newest items; the rest it fetches while scrolling."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from codex_core.protocol import Event, HistoryReplayed, Item, ItemCompleted, ItemSuperseded

REPLAYED_ITEMS = 200


class Replay:
    def __init__(self) -> None:
        self._recent: deque[Item] = deque(maxlen=REPLAYED_ITEMS)
        self.total = 0
        """How many items the session has."""

    def load(self, recent: Iterable[Item], total: int) -> None:
        self._recent.extend(recent)
        self.total = total

    def take(self, event: Event) -> None:
        match event:
            case ItemCompleted(item=item):
                self._recent.append(item)
                self.total += 1
            case ItemSuperseded(item_id=item_id):
                kept = [item for item in self._recent if getattr(item, "id", None) != item_id]
                self.total -= len(self._recent) - len(kept)
                self._recent = deque(kept, maxlen=REPLAYED_ITEMS)
            case _:
                pass

    def events(self) -> list[Event]:
        """The items as they once came, then the end of the replay."""
        items: list[Event] = [ItemCompleted(item=item) for item in self._recent]
        return [*items, HistoryReplayed(total=self.total, replayed=len(items))]
