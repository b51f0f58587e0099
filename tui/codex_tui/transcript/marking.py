"""The mark of a transcript: the entry that j and k go through, and that Enter opens."""

from __future__ import annotations

from codex_tui.lines.view import LineView
from codex_tui.transcript.folds import Folds


class Marking:
    """One for each transcript."""

    def __init__(self, view: LineView, folds: Folds) -> None:
        self._view = view
        self._folds = folds
        self.marked: int | None = None

    def mark(self, index: int | None) -> None:
        """Mark an entry and bring it into view; None: no entry."""
        view = self._view
        former, self.marked = self.marked, index
        for changed in (former, index):
            if changed is not None and changed in view.items:
                view.redraw(changed)
        if index is not None:
            view.reveal(index)

    def step(self, direction: int) -> None:
        """Mark the next entry below (1) or above (-1) that can be opened; from the edge, if the mark is out of view."""
        visible = self._view.visible_items
        if not visible:
            return
        marked = self.marked
        if marked is None or marked not in visible:
            marked = visible.stop if direction < 0 else visible.start - 1
        index = marked + direction
        while index in self._view.items:
            if self._folds.can_open(index):
                self.mark(index)
                return
            index += direction
