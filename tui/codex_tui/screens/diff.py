"""Blocks full screen: the diff in question, or all changes of the session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from codex_tui.detail import DetailPane

if TYPE_CHECKING:
    from codex_core.protocol import Block

_KEYS = (("n", "next hunk"), ("p", "previous hunk"), ("PgUp PgDn", "scroll"), ("Esc", "back"))


class DiffScreen(Screen[None]):
    CSS_PATH = "diff.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,d", "leave", show=False)]

    def __init__(self, title: str, blocks: Sequence[Block]) -> None:
        super().__init__()
        self._title = title
        self._blocks = blocks

    def compose(self) -> ComposeResult:
        yield DetailPane(id="diff-pane")
        keys: list[tuple[str, str]] = []
        for key, does in _KEYS:
            keys += [(key, "$foreground"), (f" {does}   ", "$muted")]
        yield Static(Content.assemble(*keys), id="diff-keys", markup=False)

    def on_mount(self) -> None:
        pane = self.query_one(DetailPane)
        pane.show(self._title, self._blocks)
        pane.focus()

    def action_leave(self) -> None:
        self.dismiss()
