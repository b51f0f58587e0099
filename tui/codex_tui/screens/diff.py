"""Blocks full screen: the diff in question, or all changes of the session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from codex_tui.detail import DetailPane
from codex_tui.screens.key_line import KeyLine

if TYPE_CHECKING:
    from codex_core.protocol import Block

_KEYS = (("]", "next hunk"), ("[", "previous hunk"), ("PgUp PgDn", "scroll"), ("Esc", "back"))


class DiffScreen(Screen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,d", "leave", show=False)]

    def __init__(self, title: str, blocks: Sequence[Block]) -> None:
        super().__init__()
        self._title = title
        self._blocks = blocks

    def compose(self) -> ComposeResult:
        yield DetailPane(id="diff-pane")
        yield KeyLine(_KEYS)

    def on_mount(self) -> None:
        pane = self.query_one(DetailPane)
        pane.show(self._title, self._blocks)
        pane.focus()

    def action_leave(self) -> None:
        self.dismiss()
