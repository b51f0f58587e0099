"""A full screen with a diff in it: the keys that are the diff's, wherever the focus is."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from codex_tui.detail import DetailPane
from codex_tui.diff.layout import DiffLayout

Result = TypeVar("Result")


class PaneScreen(Screen[Result]):
    """Holds one `DetailPane`, and whatever is shown beside it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "turn_layout", show=False),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
    ]

    def __init__(self, layout: DiffLayout) -> None:
        """`layout` is what the user has chosen for all diffs."""
        super().__init__()
        self._layout = layout

    @property
    def pane(self) -> DetailPane:
        return self.query_one(DetailPane)

    def tell_keys(self) -> None:
        """Say which keys count now; they may be others when the layout is another."""

    @property
    def layout_word(self) -> str:
        """What `s` does."""
        return "unified" if self.pane.is_beside else "split"

    def action_turn_layout(self) -> None:
        """Old and new beside each other, or below."""
        self.pane.toggle_layout()
        self.tell_keys()

    def action_page(self, pages: int) -> None:
        if pages < 0:
            self.pane.action_page_up()
        else:
            self.pane.action_page_down()
