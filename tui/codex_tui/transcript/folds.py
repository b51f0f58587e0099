"""Which entries of a transcript are open. All begin folded."""

from __future__ import annotations

from codex_tui.lines.view import LineView
from codex_tui.transcript.entries import Reasoning, ToolCall
from codex_tui.transcript.entry_store import EntryStore


class Folds:
    """One for each transcript."""

    def __init__(self, view: LineView, store: EntryStore) -> None:
        self._view = view
        self._store = store
        self._open: set[int] = set()

    def can_open(self, index: int) -> bool:
        if index in self._store.superseded:
            return not self._store.is_gone(index)
        return isinstance(self._store[index], ToolCall | Reasoning)

    def is_open(self, index: int) -> bool:
        return index in self._open

    def toggle(self, index: int) -> None:
        self._open ^= {index}
        self._view.redraw(index)
        if index + 1 in self._view.items:
            self._view.redraw(index + 1)  # whether it stands apart depends on what is above it

    def clear(self) -> None:
        self._open.clear()
