"""Going through a transcript from turn to turn, and to its start: also into pages that are not loaded yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codex_tui.transcript.widget import Transcript


class TurnJumps:
    """One for each transcript. Any scrolling gives up what was looked for."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
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
            self._transcript.action_scroll_home()
        if self._seeks_turn:
            self._transcript.call_next(self._transcript.previous_turn)

    def step(self, direction: int) -> None:
        """To the turn before the one that is read (-1), or the next one (1); after the last one, to the end."""
        view = self._transcript
        index, offset = view.settled_top()
        if self._turn is not None:
            index = self._turn
        elif direction < 0:
            index = view.heights.end if view.following else index + (offset > view.gap(index))
        index += direction
        while view.heights.first <= index < view.heights.end:
            if view.is_turn(index):
                view.jump(index, view.gap(index))
                view.mark(index)
                self._turn = index
                return
            index += direction
        if direction > 0:
            view.mark(None)
            view.scroll_to_end()
        elif view.has_earlier:
            self._seeks_turn = True  # it is in an earlier page
            view.want_earlier()
        elif len(view.heights):
            view.jump(view.heights.first)
