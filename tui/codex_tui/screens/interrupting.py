"""What Ctrl+C and Esc do: decided in `intents`, the nearest thing first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from textual.app import App
from textual.screen import Screen

from codex_tui import intents
from codex_tui.commands import RunCommand
from codex_tui.composer import Composer
from codex_tui.intents import Intent, Situation
from codex_tui.lines.view import LineView
from codex_tui.queue_bar import QueueBar

if TYPE_CHECKING:
    from codex_tui.panels.panel import QuestionPanel
    from codex_tui.screens.backstage import Backstage
    from codex_tui.screens.completing import Completing
    from codex_tui.screens.finding import Finding
    from codex_tui.screens.saying import Saying


class Interrupting:
    """One for the main screen."""

    def __init__(
        self,
        screen: Screen[None],
        back: Backstage,
        completing: Completing,
        saying: Saying,
        finding: Finding,
        *,
        run: RunCommand,
        timer: Callable[[], float],
    ) -> None:
        """`timer` measures the user's pauses."""
        self._screen = screen
        self._finding = finding
        self._run = run
        self._back = back
        self._completing = completing
        self._saying = saying
        self._timer_s = timer
        self._interrupted_at: float | None = None
        self._escaped_at: float | None = None

    def interrupt(self) -> None:
        """Ctrl+C and SIGINT."""
        screen = self._screen
        app = cast("App[None]", screen.app)
        match intents.on_ctrl_c(self._situation()):
            case Intent.COPY_SELECTION:
                app.copy_to_clipboard(text := self._selected_text())
                screen.notify(f"{len(text):,} characters are in the clipboard.", timeout=2, markup=False)
                self._unselect()
            case Intent.CLOSE_TOPMOST:
                self._close_topmost()
            case Intent.PAUSE:
                self._run("pause")
            case Intent.CANCEL_CURRENT:
                self._run("cancel")
            case Intent.QUIT:
                app.exit()
            case intent:
                if intent is Intent.CLEAR_COMPOSER:
                    self._composer.put("")
                self._interrupted_at = self._timer_s()
                screen.notify("Ctrl+C again quits; the session is kept.", timeout=intents.QUIT_WINDOW_S, markup=False)

    def escape(self) -> None:
        intent = intents.on_escape(self._situation())
        self._escaped_at = self._timer_s() if intent is Intent.ARM_REWIND else None
        match intent:
            case Intent.CLOSE_TOPMOST:
                self._close_topmost()
            case Intent.PAUSE:
                self._run("pause")
            case Intent.CANCEL_CURRENT:
                self._run("cancel")
            case Intent.REWIND:
                self._run("rewind")
            case Intent.GO_BACK:
                self._composer.focus()
            case _:
                self._composer.focus()

    def disarm(self) -> None:
        """The user goes on writing: the next Ctrl+C does not quit."""
        self._interrupted_at = None

    def _situation(self) -> Situation:
        conversation, now = self._back.conversation, self._timer_s()
        return Situation(
            phase=self._back.phase,
            has_selection=bool(self._selected_text()),
            is_something_open=self._completing.is_open
            or self._open_panel is not None
            or self._saying.edited is not None
            or self._finding.is_open,
            has_text=not self._composer.is_empty,
            runs_users_command=conversation is not None and conversation.view.ledger.runs_users_command,
            is_looking=isinstance(self._screen.focused, LineView | QueueBar),
            was_cancelled=conversation is not None and conversation.view.was_cancelled,
            since_interrupt_s=None if self._interrupted_at is None else now - self._interrupted_at,
            since_escape_s=None if self._escaped_at is None else now - self._escaped_at,
        )

    def _close_topmost(self) -> None:
        if self._completing.is_open:
            self._completing.refuse()
        elif (panel := self._open_panel) is not None:
            if not panel.close_page() or panel.view.opens_with_words is not None:
                self._composer.focus()
        elif self._saying.edited is not None:
            self._saying.edit(None)
        elif self._finding.is_open:
            self._finding.close()
        else:
            self._unselect()

    @property
    def _composer(self) -> Composer:
        return self._screen.query_one(Composer)

    @property
    def _open_panel(self) -> QuestionPanel | None:
        """The question that has a page open, and the keyboard in it."""
        panel = self._back.panel
        return panel if panel is not None and panel.has_open_page and panel.has_focus_within else None

    def _selected_text(self) -> str:
        return self._composer.selected_text or self._screen.get_selected_text() or ""

    def _unselect(self) -> None:
        self._screen.clear_selection()
        self._composer.move_cursor(self._composer.cursor_location)
