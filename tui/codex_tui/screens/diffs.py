"""Opens what shows changes full screen, and hands it what the session tells of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import App

from codex_core.protocol import ChangesSince, DescribeChanges, DiffBlock, Op, WorkspaceChanges
from codex_tui.diff.layout import DiffLayout

if TYPE_CHECKING:
    from codex_tui.panels.view import PanelView
    from codex_tui.screens.changes import Source
    from codex_tui.view_state import ViewState

# The screens are imported when they are first opened.


class Diffs:
    """One for the main screen."""

    def __init__(self, app: App[None], submit: Callable[[Op], None], view: ViewState) -> None:
        self._app = app
        self._submit = submit
        self._view = view
        self.layout = DiffLayout()
        """What the user has chosen; for all diffs."""

    def open_question(self, view: PanelView) -> None:
        """Show all of what a question is about."""
        from codex_tui.screens.diff import DiffScreen

        if _is_about_a_change(view):
            self.open(view, "question")
        else:
            self._app.push_screen(DiffScreen(view.title, view.blocks, layout=self.layout))

    def open(self, question: PanelView | None, start: Source) -> None:
        """Show what has changed; what is in question first, if `question`, the open one, is about a change."""
        from codex_tui.screens.changes import ChangesScreen

        if question is None or not _is_about_a_change(question):
            question, start = None, "session" if start == "question" else start
        state = self._view.state
        screen = ChangesScreen(
            question,
            start,
            ask=self._ask,
            edits=self._view.ledger.changes,
            layout=self.layout,
            folder=state.workspace if state is not None else "",
        )
        self._app.push_screen(screen)

    def take(self, changes: WorkspaceChanges) -> None:
        """They have been told: who shows them shows these."""
        from codex_tui.screens.changes import ChangesScreen

        for screen in self._app.screen_stack:
            if isinstance(screen, ChangesScreen) and screen.is_mounted:
                screen.take(changes)

    def _ask(self, since: ChangesSince, context_lines: int) -> None:
        self._submit(DescribeChanges(since=since, context_lines=context_lines))


def _is_about_a_change(view: PanelView) -> bool:
    return any(isinstance(block, DiffBlock) for block in view.blocks)
