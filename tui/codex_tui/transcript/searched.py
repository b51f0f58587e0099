"""A transcript as a finder searches it: all that its entries show when they are open, and what is in earlier pages."""

from __future__ import annotations

from collections.abc import Sequence

from codex_tui.lines.row import Row
from codex_tui.lines.view import LineView
from codex_tui.transcript.earlier import EarlierPages
from codex_tui.transcript.entry_rows import EntryRows
from codex_tui.transcript.folds import Folds


class SearchedEntries:
    """Implements `codex_tui.transcript.finder.Searched`."""

    def __init__(self, view: LineView, rows: EntryRows, folds: Folds, earlier: EarlierPages) -> None:
        self._view = view
        self._rows = rows
        self._folds = folds
        self._earlier = earlier

    @property
    def bounds(self) -> tuple[int, int]:
        items = self._view.items
        return items.start, items.stop

    @property
    def has_earlier(self) -> bool:
        return self._earlier.are_there

    def want_earlier(self) -> None:
        self._earlier.want()

    def searchable(self, index: int) -> str:
        return self._rows.searchable(index)

    def rows_open(self, index: int) -> Sequence[Row]:
        return self._rows.draw_open(index)

    def unfold(self, index: int) -> list[Row]:
        """Open an entry that can be opened; its rows."""
        if self._folds.can_open(index) and not self._folds.is_open(index):
            self._folds.toggle(index)
        return self._view.rows(index)

    def show_match(self, index: int, line: int) -> None:
        """Bring a line into view, with something above it."""
        view = self._view
        if (index, line) not in view.visible_lines[:-1]:
            view.jump(index, line)
            if not view.following:
                view.move(-(view.page // 3))
