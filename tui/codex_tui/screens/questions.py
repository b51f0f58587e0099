"""Shows the open question over the composer and gives it the keyboard at the right moment.

It is offered the keyboard when it appears, and again whenever the composer becomes empty or gets the keyboard back.
Only who leaves the question for the composer on purpose keeps the keyboard there.
"""

from __future__ import annotations

from collections.abc import Callable

from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from codex_tui import intents
from codex_tui.composer import Composer
from codex_tui.panels.panel import QuestionPanel
from codex_tui.panels.view import PanelView


class Questions:
    def __init__(self, screen: Screen[None], timer: Callable[[], float]) -> None:
        self._screen = screen
        self._timer = timer
        self._place = screen.query_one("#panel-place", Widget)
        self._composer = screen.query_one(Composer)
        self.panel: QuestionPanel | None = None
        self._is_unseen = False
        """It came, or its turn came, while something lay over the main screen."""
        self._rest: Timer | None = None
        """Runs until the user will have rested long enough."""

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
        self.panel = QuestionPanel(view, inside=inside, clock=self._timer)
        self._is_unseen = not self._screen.is_active
        self._place.mount(self.panel)  # once it is there, it is offered the keyboard

    def again(self, *, inside: bool) -> None:
        """The blocks of the question are shown by something else from now on, or by nothing else any more."""
        if self.panel is not None:
            self.panel.put_inside(inside=inside)

    def take_focus(self) -> bool:
        """Give the question the keyboard; False if there is none."""
        if self.panel is None:
            return False
        self.panel.take_focus()
        return True

    @property
    def has_keyboard(self) -> bool:
        return self.panel is not None and self.panel.has_focus_within

    def is_part(self, widget: Widget | None) -> bool:
        """Whether it is the question itself, or inside it."""
        return widget is not None and any(isinstance(node, QuestionPanel) for node in widget.ancestors_with_self)

    def seen(self) -> None:
        """The main screen is on top again: what came meanwhile appears only now."""
        if self._is_unseen and self.panel is not None:
            self._is_unseen = False
            self.panel.ignore_keys_on_their_way()
            # What took the keyboard down there, while it was not seen, need not be what has it now.
            self._screen.call_later(self.offer)

    def appear(self) -> None:
        """It can take the keyboard from now on. Who called for it looks at it, wherever they were."""
        panel, focused = self.panel, self._screen.focused
        if panel is None or not panel.view.is_wished or focused is None or focused.check_consume_key("a", "a"):
            self.offer()
        elif panel.is_mounted and not panel.has_focus_within:
            panel.ignore_keys_on_their_way()
            panel.take_focus()

    def offer(self) -> None:
        """Give the open question the keyboard, unless the user is busy in the composer; then when they have rested."""
        if self._rest is not None:
            self._rest.stop()
            self._rest = None
        panel, composer = self.panel, self._composer
        if panel is None or not panel.is_mounted or panel.has_focus_within:
            return
        if not self._screen.is_active:
            self._is_unseen = True
            return
        if not isinstance(self._screen.focused, Composer | type(None)):
            return
        if intents.may_take_focus(has_text=bool(composer.text), untouched_s=composer.untouched_s):
            panel.ignore_keys_on_their_way()
            panel.take_focus()
        elif not composer.text:
            self._rest = self._screen.set_timer(
                max(0.01, intents.TAKE_FOCUS_AFTER_S - composer.untouched_s), self.offer
            )
