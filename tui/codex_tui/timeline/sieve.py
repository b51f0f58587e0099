"""Which steps the timeline shows, and which item of the line view shows which: step numbers here, item numbers there.

They are the same until something is filtered out. From then on items count what is shown: from 0, earlier ones below.
"""

from __future__ import annotations

from bisect import bisect_left

from codex_tui.lines.heights import Heights
from codex_tui.timeline.filters import Filter, belongs, holds
from codex_tui.timeline.row import TimelineRow
from codex_tui.timeline.steps import Steps


class Sieve:
    def __init__(self, steps: Steps, name: Filter = "all", words: str = "") -> None:
        """Lets the steps through that belong to the filter `name` and hold all of `words`."""
        self._steps = steps
        self.name: Filter = name
        self.words = words
        self._shown: list[int] | None = None
        """The steps that come through; None: all."""
        if self.is_set:
            self._shown = [number for number in range(steps.first, steps.end) if self.passes(steps[number])]
        self._first = 0

    @property
    def is_set(self) -> bool:
        """Something may be filtered out."""
        return self.name != "all" or bool(self.words)

    def passes(self, row: TimelineRow) -> bool:
        return belongs(row, self.name) and holds(row, self.words)

    def append(self, number: int) -> None:
        """The newest step is there, and comes through."""
        if self._shown is not None:
            self._shown.append(number)

    def prepend(self, number: int) -> None:
        """An earlier step than all before is there, and comes through."""
        if self._shown is not None:
            self._shown.insert(0, number)
            self._first -= 1

    def heights(self) -> Heights:
        """Of the items: a line each."""
        if self._shown is not None:
            return Heights([1] * len(self._shown))
        return Heights([1] * self._steps.end, [1] * -self._steps.first)

    def __len__(self) -> int:
        """How many steps come through."""
        return len(self._steps) if self._shown is None else len(self._shown)

    def item(self, number: int) -> int | None:
        """The item that shows a step; None if none does."""
        if self._shown is None:
            return number
        at = bisect_left(self._shown, number)
        return at + self._first if at < len(self._shown) and self._shown[at] == number else None

    def number(self, item: int) -> int:
        """The step that an item shows."""
        return item if self._shown is None else self._shown[item - self._first]

    def item_after(self, number: int) -> int:
        """The item that shows a step, else the next one; perhaps one more than there are."""
        return number if self._shown is None else bisect_left(self._shown, number) + self._first
