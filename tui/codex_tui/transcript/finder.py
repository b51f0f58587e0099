"""Searches a conversation for words: counts all matches, from the newest entry to the oldest, and goes from one to the
next.

An entry is searched as it looks when it is open, so what is folded is found too. Only entries whose source may hold the
words are drawn for that, a few milliseconds at a time; older pages are fetched for as long as there are any.
"""

from __future__ import annotations

import re
import time
from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from rich.style import Style

from codex_tui.lines.joined import Joined
from codex_tui.lines.row import Row
from codex_tui.lines.selecting import Dressed

SLICE_S = 0.006
"""What searching may take of the event loop at once."""

_MARKERS = str.maketrans("", "", "*_`~[]\\")
_SPACE = re.compile(r"\s+")


class Found(NamedTuple):
    """How far a search has come."""

    position: int
    """Which match is the current one, counted from the oldest; 0 if none is."""
    total: int
    is_done: bool
    """Everything was searched, the pages that were not loaded too."""


class Searched(Protocol):
    """What a finder needs of the transcript."""

    @property
    def bounds(self) -> tuple[int, int]:
        """The first entry's number, and one more than the last one's."""
        ...

    @property
    def has_earlier(self) -> bool: ...

    def want_earlier(self) -> None: ...

    def searchable(self, index: int) -> str: ...

    def rows_open(self, index: int) -> Sequence[Row]: ...

    def show_match(self, index: int, line: int) -> None: ...

    def unfold(self, index: int) -> list[Row]: ...


class Finder:
    """One search. `origin` is the entry at which the user looks: the match nearest above its end is the first one."""

    def __init__(self, view: Searched, words: str, origin: int) -> None:
        self._view = view
        self._origin = origin
        self._pattern = re.compile(re.escape(words), re.IGNORECASE)
        self._loose = _loosened(words)
        self._counts: dict[int, int] = {}
        self._items: list[int] = []
        self._total = 0
        self._next = view.bounds[1] - 1
        """The entry to be searched next; those above it were."""
        self._changed: set[int] = set()
        self._current: tuple[int, int] | None = None
        self._lit: dict[int, dict[int, list[Dressed]]] = {}
        self.words = words

    # Searching.

    @property
    def found(self) -> Found:
        position = 0
        if self._current is not None:
            index, ordinal = self._current
            before = self._items[: bisect_left(self._items, index)]
            position = sum([self._counts[item] for item in before]) + ordinal + 1
        return Found(position, self._total, self.is_done)

    @property
    def is_done(self) -> bool:
        return not self._changed and self._next < self._view.bounds[0] and not self._view.has_earlier

    def change(self, index: int) -> None:
        """An entry has changed, or is new."""
        self._lit.pop(index, None)
        if index > self._next:
            self._changed.add(index)

    def restart(self) -> None:
        """Everything looks different: count again."""
        self._lit.clear()
        self._changed.clear()
        self._next = self._view.bounds[1] - 1

    def search(self) -> bool:
        """Go on for a few milliseconds; whether anything has come of it."""
        before = self.found
        deadline = time.perf_counter() + SLICE_S
        while time.perf_counter() < deadline:
            if self._changed:
                self._count(self._changed.pop())
            elif self._next >= self._view.bounds[0]:
                self._next -= 1
                self._count(self._next + 1)
            else:
                if self._view.has_earlier:
                    self._view.want_earlier()
                break
        if self._current is None:
            self._choose_first()
        return self.found != before

    def _count(self, index: int) -> None:
        former = self._counts.pop(index, 0)
        count = 0
        if self._loose in _loosened(self._view.searchable(index)):
            count = sum(1 for _ in self._pattern.finditer(Joined(self._view.rows_open(index)).text))
        self._total += count - former
        if former and not count:
            self._items.remove(index)
        elif count and not former:
            insort(self._items, index)
        if count:
            self._counts[index] = count
        if self._current is not None and self._current[0] == index and self._current[1] >= count:
            self._current = (index, count - 1) if count else None

    def _choose_first(self) -> None:
        at = bisect_right(self._items, self._origin)
        if at and self._next < self._items[at - 1]:
            index = self._items[at - 1]
        elif self._items and self.is_done:
            index = self._items[0]
        else:
            return
        self._go(index, self._counts[index] - 1 if at else 0)

    # Going from one to the next.

    def step(self, direction: int) -> None:
        """Go to the next match below (1) or above (-1); after the last one comes the first one."""
        if not self._items:
            return
        if self._current is None:
            index = self._items[0 if direction > 0 else -1]
            self._go(index, 0 if direction > 0 else self._counts[index] - 1)
            return
        index, ordinal = self._current
        ordinal += direction
        if not 0 <= ordinal < self._counts[index]:
            at = (bisect_left(self._items, index) + direction) % len(self._items)
            index = self._items[at]
            ordinal = 0 if direction > 0 else self._counts[index] - 1
        self._go(index, ordinal)

    def _go(self, index: int, ordinal: int) -> None:
        former, self._current = self._current, (index, ordinal)
        for changed in {index, former[0] if former else index}:
            self._lit.pop(changed, None)
        joined = Joined(self._view.unfold(index))
        for number, match in enumerate(self._pattern.finditer(joined.text)):
            if number == ordinal:
                pieces = joined.pieces(*match.span())
                self._view.show_match(index, pieces[0].line if pieces else 0)
                return

    # Showing them.

    def lit(self, index: int, line: int, rows: Sequence[Row], style: Style, current: Style) -> Sequence[Dressed]:
        """The matches in one line of an entry that is drawn as `rows`."""
        lines = self._lit.get(index)
        if lines is None:
            lines = self._lit[index] = {}
            joined = Joined(rows)
            for number, match in enumerate(self._pattern.finditer(joined.text)):
                dress = current if self._current == (index, number) else style
                for piece in joined.pieces(*match.span()):
                    lines.setdefault(piece.line, []).append(Dressed(piece.start, piece.end, dress))
        return lines.get(line, ())


def _loosened(text: str) -> str:
    """`text` so that it holds all words that are seen in it, whatever marks stand between them."""
    return _SPACE.sub(" ", text.translate(_MARKERS).lower())
