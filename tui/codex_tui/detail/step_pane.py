"""The detail of a step: one of its sides, and the keys that show the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from codex_tui.detail.pane import DetailPane
from codex_tui.detail.section import GROUND
from codex_tui.lines.row import Row, Span, width_of
from codex_tui.palette import BOLD, UNDERLINE

if TYPE_CHECKING:
    from codex_core.protocol import Block


ROOMY = 14
"""Lines from which on one is left free below the sides."""


class StepPane(DetailPane):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "page('output')", "Output", show=False),
        Binding("d", "page('diff')", "Diff", show=False),
        Binding("a", "page('arguments')", "Arguments", show=False),
        Binding("r", "page('raw')", "Raw JSON", show=False),
    ]

    class PageWanted(Message):
        """The user wants to see another side of the step."""

        def __init__(self, page: str) -> None:
            super().__init__()
            self.page = page

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id, classes=classes)
        self._pages: tuple[str, ...] = ()
        self._page = ""

    def show_page(self, title: str, blocks: Sequence[Block], pages: tuple[str, ...], page: str) -> None:
        """Show the side `page` of a step that has the sides `pages`."""
        if page != self._page:
            self._shown = None  # another side begins at its top
        self._pages, self._page = pages, page
        self._header_key = None
        self._leave_room()
        self.show(title, blocks)
        self.settle_soon()

    def clear(self) -> None:
        self._pages = ()
        self._leave_room()
        super().clear()

    def on_resize(self) -> None:
        self._leave_room()

    def _leave_room(self) -> None:
        self.header_lines = 3 if len(self._pages) > 1 and self.size.height >= ROOMY else 2

    def draw_header(self, width: int) -> list[Row]:
        title, gap = super().draw_header(width)
        return [title, *([self._tabs(width)] if len(self._pages) > 1 else []), gap][: self.header_lines]

    def _tabs(self, width: int) -> Row:
        style, base = self.palette.style, self.palette.style("text", GROUND)
        spans: list[Span] = [(" ", base)]
        for name in self._pages:
            is_shown = name == self._page
            words = style("accent", GROUND, BOLD | UNDERLINE) if is_shown else style("muted", GROUND)
            tab: list[Span] = [(name[0], style("accent", GROUND)), (" ", base), (name, words), ("   ", base)]
            if width_of(spans) + width_of(tab) - 3 <= width:
                spans += tab
        return Row(spans, base)

    def action_page(self, page: str) -> None:
        self.post_message(self.PageWanted(page))

    def on_click(self, event: events.Click) -> None:
        if event.y != 1 or len(self._pages) < 2:
            return
        position = 1
        for name in self._pages:
            position += len(name) + 5
            if event.x < position:
                event.stop()
                self.post_message(self.PageWanted(name))
                return
