"""A change full screen, to be taken hunk by hunk."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from codex_core.protocol import ApprovalRequest
from codex_tui.detail.hunks import HunkPane, files_of
from codex_tui.diff.layout import DiffLayout
from codex_tui.screens.key_line import KeyLine


class HunksScreen(Screen[tuple[str, ...] | None]):
    """Gives the ids of the hunks that were taken, or None if nothing was answered."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "take(True)", show=False),
        Binding("n", "take(False)", show=False),
        Binding("space", "turn", show=False),
        Binding("A", "take_all(True)", show=False),
        Binding("N", "take_all(False)", show=False),
        Binding("down,j,right_square_bracket,tab", "go(1)", show=False),
        Binding("up,k,left_square_bracket,shift+tab", "go(-1)", show=False),
        Binding("s", "turn_layout", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("enter", "send", show=False),
        Binding("escape,q", "leave", show=False),
    ]

    def __init__(self, request: ApprovalRequest, layout: DiffLayout) -> None:
        super().__init__()
        self._layout = layout
        self._request = request

    def compose(self) -> ComposeResult:
        yield HunkPane(id="diff-pane")
        yield KeyLine(())

    def on_mount(self) -> None:
        self._pane.layout_choice = self._layout
        self._pane.show_hunks(self._request.summary, files_of(self._request.display), self._request.hunks)
        self._pane.focus()
        self._tell_keys()

    @property
    def _pane(self) -> HunkPane:
        return self.query_one(HunkPane)

    def _tell_keys(self) -> None:
        taken, count = len(self._pane.accepted), self._pane.count
        sends = "write all" if taken == count else f"write {taken} of {count}" if taken else "no to all of it"
        self.query_one(KeyLine).tell(
            (
                ("Enter", sends),
                ("Esc", "back"),
                ("y", "take"),
                ("n", "leave"),
                ("space", "either"),
                ("↑↓", "hunk"),
                ("A", "all"),
                ("N", "none"),
                ("s", "unified" if self._pane.is_beside else "split"),
                ("PgUp PgDn", "scroll"),
            )
        )

    def action_take(self, is_taken: bool) -> None:
        """Take or leave the current hunk, and go on to the next."""
        self._pane.take(is_taken=is_taken)
        self._pane.go(1)
        self._tell_keys()

    def action_turn(self) -> None:
        self._pane.toggle()
        self._tell_keys()

    def action_take_all(self, is_taken: bool) -> None:
        self._pane.take_all(is_taken=is_taken)
        self._tell_keys()

    def action_go(self, step: int) -> None:
        self._pane.go(step)

    def action_page(self, pages: int) -> None:
        if pages < 0:
            self._pane.action_page_up()
        else:
            self._pane.action_page_down()

    def action_turn_layout(self) -> None:
        self._pane.toggle_layout()
        self._tell_keys()

    def action_send(self) -> None:
        self.dismiss(self._pane.accepted)

    def action_leave(self) -> None:
        self.dismiss(None)
