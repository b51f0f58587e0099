"""Shows the open question over the composer and gives it the keyboard at the right moment."""

from __future__ import annotations

from collections.abc import Callable

from textual.screen import Screen
from textual.widget import Widget

from codex_tui import intents
from codex_tui.composer import Composer
from codex_tui.detail import DetailPane
from codex_tui.panels.panel import QuestionPanel
from codex_tui.panels.view import PanelView

BODY_LINES = 12


class Questions:
    def __init__(self, screen: Screen[None], timer: Callable[[], float]) -> None:
        self._screen = screen
        self._timer = timer
        self._place = screen.query_one("#panel-place", Widget)
        self._composer = screen.query_one(Composer)
        self.panel: QuestionPanel | None = None

    def show(self, view: PanelView | None, *, inside: bool) -> None:
        """Show this question instead of the one before; `inside`: its blocks too, because nothing else shows them."""
        panel = self.panel
        if panel is not None and view is not None and panel.view.id == view.id:
            panel.show(view)
            return
        if panel is not None:
            # The next question may have the keyboard only if its key was not meant for this one.
            panel.remove()
            self.panel = None
            self._screen.set_focus(self._composer)
        if view is None:
            return
        body: DetailPane | None = None
        if inside and view.blocks:
            body = DetailPane(id="panel-body")
            body.show(view.title, view.blocks)
        self.panel = QuestionPanel(view, body=body, clock=self._timer)
        self._place.mount(self.panel)
        self._screen.call_after_refresh(self._settle, self.panel, body)

    def again(self, *, inside: bool) -> None:
        """The width has changed: show the same question in the other form."""
        if self.panel is None:
            return
        view, had_focus = self.panel.view, self.panel.has_focus_within
        has_body = bool(self.panel.query("#panel-body"))
        if has_body == (inside and bool(view.blocks)):
            return
        self.panel.remove()
        self.panel = None
        self._screen.set_focus(self._composer)
        self.show(view, inside=inside)
        if had_focus and self.panel is not None:
            self._screen.call_after_refresh(self.panel.take_focus)

    def take_focus(self) -> bool:
        """Give the question the keyboard; False if there is none."""
        if self.panel is None:
            return False
        self.panel.take_focus()
        return True

    def _settle(self, panel: QuestionPanel, body: DetailPane | None) -> None:
        """The panel has its width: its body takes the lines it needs, up to a part of the screen."""
        if body is not None:
            most = max(4, min(BODY_LINES, self._screen.size.height * 2 // 5))
            body.styles.height = min(most, body.heights.total + body.header_lines)
        self._offer_focus(panel)

    def _offer_focus(self, panel: QuestionPanel) -> None:
        """Give the keyboard to a new question, unless the user is busy with it; then when they have rested."""
        if (
            panel is not self.panel
            or panel.has_focus_within
            or not isinstance(self._screen.focused, Composer | type(None))
        ):
            return
        composer = self._composer
        if intents.may_take_focus(has_text=bool(composer.text), untouched_s=composer.untouched_s):
            panel.take_focus()
        elif not composer.text:
            rest_s = max(0.01, intents.TAKE_FOCUS_AFTER_S - composer.untouched_s)
            self._screen.set_timer(rest_s, lambda: self._offer_focus(panel))
