"""The widget under the transcript, the timeline and the detail pane: a virtual list whose text the mouse selects."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.selection import Selection
from textual.strip import Strip

from codex_tui.lines.dragging import Drag, click_selection
from codex_tui.lines.scrolled import ScrolledList
from codex_tui.lines.selecting import copied_text, item_named

COPIED_ITEMS = 300
"""A selection over more items copies those that are not drawn from their source."""


class LineView(ScrolledList):
    ALLOW_SELECT = False  # not by Textual: see `codex_tui.lines.dragging`

    selects_by_clicks: ClassVar[bool] = True
    """Two clicks select a word and three a line."""

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(name=name, id=id, classes=classes)
        self._drag = Drag(self)

    def render_line(self, y: int) -> Strip:
        """What Textual asks for to find out what is under the mouse."""
        return self._strip_at(y, self.size.width, None)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._drag.begin(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._drag.move(event)

    def on_mouse_up(self) -> None:
        self._drag.end()

    def on_hide(self) -> None:
        self._drag.end()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        heights = self.heights
        if not len(heights):
            return None
        first = max(heights.first, item_named(selection.start.y)) if selection.start else heights.first
        last = min(heights.end - 1, item_named(selection.end.y)) if selection.end else heights.end - 1
        parts: list[str] = []
        for index in range(first, last + 1):
            if index in self._drawn or index in (first, last) or last - first < COPIED_ITEMS:
                parts.append(copied_text(index, self.rows(index), selection))
            else:
                parts.append(self.source(index) + "\n\n")
        return "".join(parts).strip("\n"), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    def _on_click(self, event: events.Click) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        # Stock widgets select everything on a double click.
        event.prevent_default()
        if self.selects_by_clicks and event.chain in (2, 3) and (selection := click_selection(self, event)) is not None:
            self.screen.selections = {self: selection}
