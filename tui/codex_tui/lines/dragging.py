"""Selecting with the mouse in a line view: by dragging, also beyond its edge; a word by two clicks, a line by three.

Textual's own selection is not used: it knows only what is on the screen, so beyond an edge it takes all there is.
"""

from __future__ import annotations

from textual import events
from textual.geometry import Offset
from textual.selection import Selection
from textual.timer import Timer

from codex_tui.lines.joined import Joined
from codex_tui.lines.scrolled import ScrolledList
from codex_tui.lines.selecting import line_name

SCROLL_S = 1 / 20
MOST_LINES = 12
"""Scrolled at once, when the mouse is far out."""


class Drag:
    """One for each line view; it begins where the button goes down."""

    def __init__(self, view: ScrolledList) -> None:
        self._view = view
        self._origin: Offset | None = None
        self._mouse = Offset(0, 0)
        self._timer: Timer | None = None

    @property
    def is_on(self) -> bool:
        return self._origin is not None

    def begin(self, event: events.MouseDown) -> None:
        if event.button == 1 and (place := self._view.place_at(event.x, event.y)) is not None:
            self._origin = place
            self._mouse = event.offset
            self._view.capture_mouse()

    def move(self, event: events.MouseMove) -> None:
        if self._origin is None or event.offset == self._mouse:
            return
        self._mouse = event.offset
        self._select()
        if self._beyond():
            if self._timer is None:
                self._timer = self._view.set_interval(SCROLL_S, self._scroll)
        else:
            self._stop_scrolling()

    def end(self) -> None:
        if self._origin is not None:
            self._origin = None
            self._stop_scrolling()
            self._view.release_mouse()

    def _stop_scrolling(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _beyond(self) -> int:
        """How many lines the mouse is above (negative) or below the text."""
        view = self._view
        top, bottom = view.header_lines, view.size.height - 1
        return self._mouse.y - top if self._mouse.y < top else max(0, self._mouse.y - bottom)

    def _scroll(self) -> None:
        if distance := self._beyond():
            self._view.move(max(-MOST_LINES, min(MOST_LINES, distance)))
            self._select()

    def _select(self) -> None:
        view = self._view
        y = max(view.header_lines, min(self._mouse.y, view.size.height - 1))
        place = view.place_at(self._mouse.x if y == self._mouse.y else (0 if y > self._mouse.y else 1 << 20), y)
        if self._origin is not None and place is not None:
            start, end = sorted((self._origin, place), key=lambda place: (place.y, place.x))
            view.screen.selections = {view: Selection(start, Offset(end.x + 1, end.y))}  # with the last character


def click_selection(view: ScrolledList, event: events.Click) -> Selection | None:
    """What two or three clicks at a place select; None if there is nothing."""
    place, line = view.place_at(event.x, event.y), view.line_at(event.y)
    if place is None or line is None:
        return None
    index, number = line
    joined = Joined(view.rows(index))
    offset = joined.offset(number, place.x)
    pieces = joined.pieces(*(joined.word(offset) if event.chain == 2 else joined.line(offset)))
    if not pieces:
        return None
    first, last = pieces[0], pieces[-1]
    return Selection(Offset(first.start, line_name(index, first.line)), Offset(last.end, line_name(index, last.line)))
