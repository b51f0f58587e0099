"""The list above the composer of what may be meant by what is being typed: commands, their arguments, files."""

from __future__ import annotations

from typing import NamedTuple

from textual.content import Content
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from codex_tui.yielding import more

_SHOWN = 8


class Row(NamedTuple):
    label: Content
    remark: Content = Content("")
    """Quieter, behind it."""
    keeps_end: bool = False
    """Where not all of the label fits, its end is more telling than its beginning."""


class Popup(Widget):
    """Shows `rows`; the keyboard stays in the composer, and somebody above says where to move."""

    DEFAULT_CSS = "Popup { height: auto; background: $panel; padding: 0 2; }"

    class Picked(Message):
        """Clicked."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    rows = reactive[tuple[Row, ...]]((), layout=True)
    index = reactive(0)
    note = reactive("", layout=True)
    """A quiet line below them."""

    def watch_rows(self) -> None:
        self.index = 0

    def move(self, step: int) -> None:
        if self.rows:
            self.index = (self.index + step) % len(self.rows)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return min(len(self.rows), _SHOWN) + bool(self.note)

    @property
    def _shown(self) -> int:
        """Rows that there is room for."""
        return min(_SHOWN, self.size.height or _SHOWN)

    def _first(self) -> int:
        return max(0, min(self.index - self._shown + 1, len(self.rows) - self._shown))

    def render(self) -> Content:
        first = self._first()
        width = self.size.width or 200
        lines = [
            self._line(row, width, is_current=index == self.index)
            for index, row in enumerate(self.rows[first : first + self._shown], first)
        ]
        if (hidden := len(self.rows) - len(lines)) > 0:
            lines[-1] = more(lines[-1], hidden, width)
        if self.note:
            lines.append(Content.styled(f"  {self.note}", "$muted").truncate(width, ellipsis=True))
        return Content("\n").join(lines)

    def _line(self, row: Row, width: int, *, is_current: bool) -> Content:
        mark = Content.styled("› " if is_current else "  ", "bold $accent")
        label = row.label.stylize("bold") if is_current else row.label
        room = max(8, width - 2)
        if row.keeps_end and label.cell_length > room:
            label = Content.assemble(("…", "$muted"), label[len(label) - room + 1 :])
        return Content.assemble(mark, label, row.remark).truncate(width, ellipsis=True)

    def on_click(self, event: Click) -> None:
        index = self._first() + event.y
        if index < len(self.rows):
            self.post_message(self.Picked(index))
