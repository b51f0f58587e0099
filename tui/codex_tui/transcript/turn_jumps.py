"""Going through a transcript from turn to turn, and to its start: also into pages that are not loaded yet."""

from __future__ import annotations

from codex_tui.lines.view import LineView
from codex_tui.transcript.earlier import EarlierPages
from codex_tui.transcript.entries import UserTurn
from codex_tui.transcript.entry_rows import EntryRows
from codex_tui.transcript.entry_store import EntryStore
from codex_tui.transcript.marking import Marking


class TurnJumps:
    """One for each transcript. Any scrolling gives up what was looked for."""

    def __init__(
        self, view: LineView, store: EntryStore, rows: EntryRows, marking: Marking, earlier: EarlierPages
    ) -> None:
        self._view = view
        self._store = store
        self._rows = rows
        self._marking = marking
        self._earlier = earlier
        self._turn: int | None = None
        """The turn that was jumped to; None once the user has scrolled."""
        self._seeks_turn = False
        self._seeks_start = False

    def give_up(self) -> None:
        self._turn = None
        self._seeks_start = self._seeks_turn = False

    def seek_start(self) -> None:
        """Earlier pages come one by one, for as long as the user does not scroll."""
        self._seeks_start = True

    def earlier_came(self, *, any_new: bool) -> None:
        """A page was added before all others; `any_new`: with something in it."""
        if any_new and self._seeks_start:
            self._view.action_scroll_home()
        if self._seeks_turn:
            self._view.call_next(self.step, -1)

    def step(self, direction: int) -> None:
        """To the turn before the one that is read (-1), or the next one (1); after the last one, to the end."""
        view = self._view
        index, offset = view.settled_top()
        if self._turn is not None:
            index = self._turn
        elif direction < 0:
            index = view.items.stop if view.following else index + (offset > self._rows.gap(index))
        index += direction
        while index in view.items:
            if isinstance(self._store[index], UserTurn):
                view.jump(index, self._rows.gap(index))
                self._marking.mark(index)
                self._turn = index
                return
            index += direction
        if direction > 0:
            self._marking.mark(None)
            view.jump_to_end()
        elif self._earlier.are_there:
            self._seeks_turn = True  # it is in an earlier page
            self._earlier.want()
        elif view.items:
            view.jump(view.items.start)
