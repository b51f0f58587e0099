"""A change full screen, to be taken hunk by hunk."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from codex_core.protocol import ApprovalRequest
from codex_tui.detail.hunks import HunkPane, files_of
from codex_tui.diff.layout import DiffLayout
from codex_tui.screens.key_line import KeyLine
from codex_tui.screens.pane_screen import PaneScreen


class HunksScreen(PaneScreen[tuple[str, ...] | None]):
    """Gives the ids of the hunks that were taken, or None if nothing was answered."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "take(True)", show=False),
        Binding("n", "take(False)", show=False),
        Binding("space", "turn", show=False),
        Binding("A", "take_all(True)", show=False),
        Binding("N", "take_all(False)", show=False),
        Binding("down,j,right_square_bracket,tab", "go(1)", show=False),
        Binding("up,k,left_square_bracket,shift+tab", "go(-1)", show=False),
        Binding("enter", "send", show=False),
        Binding("escape,q", "leave", show=False),
    ]

    def __init__(self, request: ApprovalRequest, layout: DiffLayout) -> None:
        super().__init__(layout)
        self._request = request

    def compose(self) -> ComposeResult:
        yield HunkPane(id="diff-pane")
        yield KeyLine(())

    def on_mount(self) -> None:
        self.pane.layout_choice = self._layout
        self.pane.show_hunks(self._request.summary, files_of(self._request.display), self._request.hunks)
        self.pane.focus()
        self.tell_keys()

    @property
    def pane(self) -> HunkPane:
        return self.query_one(HunkPane)

    def tell_keys(self) -> None:
        taken, count = len(self.pane.accepted), self.pane.count
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
                ("s", self.layout_word),
                ("PgUp PgDn", "scroll"),
            )
        )

    def action_take(self, is_taken: bool) -> None:
        """Take or leave the current hunk, and go on to the next."""
        self.pane.take(is_taken=is_taken)
        self.pane.go(1)
        self.tell_keys()

    def action_turn(self) -> None:
        self.pane.toggle()
        self.tell_keys()

    def action_take_all(self, is_taken: bool) -> None:
        self.pane.take_all(is_taken=is_taken)
        self.tell_keys()

    def action_go(self, step: int) -> None:
        self.pane.go(step)

    def action_send(self) -> None:
        self.dismiss(self.pane.accepted)

    def action_leave(self) -> None:
        self.dismiss(None)
