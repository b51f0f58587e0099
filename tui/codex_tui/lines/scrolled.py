"""Moving through a virtual list: line by line, page by page, with the wheel, with the bar, or to a certain item."""

from __future__ import annotations

from textual import events

from codex_tui.lines.place import moved_place
from codex_tui.lines.virtual_list import VirtualList


class ScrolledList(VirtualList):
    """All scrolling comes down to `move`, `jump` and `jump_to_end`."""

    def move(self, lines: int) -> None:
        """Scroll by so many lines, exactly: what was drawn stays its distance away."""
        if not len(self.heights) or not self.inner_width:
            return
        self.following = False
        self._top = moved_place(self.heights, self.rows, self._top, lines)
        self.settle()

    def jump(self, index: int, offset: int = 0) -> None:
        """Put a line of an item at the top, as far as the end allows."""
        self.following = False
        self._top = (index, offset)
        self.settle()

    def reveal(self, index: int) -> None:
        """Scroll as little as needed to show an item's beginning."""
        if not self.inner_width:
            self.jump(index)
            return
        if self._settle_due:
            self.settle()
        line = self.heights.top(index)
        if line < self._line:
            self.jump(index)
        elif line + len(self.rows(index)) > self._line + self.page:
            self.following = False
            hidden = min(line, line + len(self.rows(index)) - self.page) - self._line
            self.move(max(0, hidden))

    def jump_to_end(self) -> None:
        """Show the end, and stay there if this kind of view follows."""
        if self.follows:
            self.following = True
        elif len(self.heights):
            self._top = (self.heights.end - 1, 1 << 30)
        self.settle()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        # Never our own doing: a drag of the bar, a drag of the mouse over the edge, or somebody's scroll_to.
        line = round(new_value)
        distance = line - self._line
        if not distance:
            return
        if abs(distance) <= 3 * self.page:
            self.move(distance)
        else:
            self.jump(*self.heights.find(line))

    def scroll_to(self, x: float | None = None, y: float | None = None, **options: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # never animated
        if y is not None:
            self.scroll_y = y

    def action_scroll_up(self) -> None:
        self.move(-1)

    def action_scroll_down(self) -> None:
        self.move(1)

    def action_page_up(self) -> None:
        self.move(-max(1, self.page - 2))

    def action_page_down(self) -> None:
        self.move(max(1, self.page - 2))

    def action_scroll_home(self) -> None:
        self.jump(self.heights.first)

    def action_scroll_end(self) -> None:
        self.jump_to_end()

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        event.prevent_default()
        self.move(-3)

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        event.prevent_default()
        self.move(3)
