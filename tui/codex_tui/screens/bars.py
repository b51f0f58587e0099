"""Draws what stands around the conversation: header, tabs, queue, the composer's frame, status line."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from codex_tui import intents, wording
from codex_tui.chrome import HeaderBar, StatusBar, TabBar
from codex_tui.composer import Composer
from codex_tui.detail import StepPane
from codex_tui.place import short_path
from codex_tui.queue_bar import QueueBar, Waiting
from codex_tui.sanitize import clip, sanitize_line
from codex_tui.timeline import Timeline
from codex_tui.transcript import Transcript
from codex_tui.view_state import ViewState

PLACEHOLDER = "say what to do   / commands"
_BESIDE_A_QUESTION = "say something while it waits"
_LEFT_WAITING = "Enter sends what waits above · or say something else first"
_PLACEHOLDERS = {
    "running": "steer it: Enter · queue: Tab",
    "pausing": "steer it: Enter · queue: Tab",
    "paused": "what to do instead, or answer above",
    "failed": "Enter tries again",
}


class Bars:
    """Reads the view state; owns no state of its own."""

    def __init__(self, screen: Screen[None], view: ViewState, *, has_motion: bool = True) -> None:
        self._screen = screen
        self._view = view
        self._has_motion = has_motion
        self._header = screen.query_one(HeaderBar)
        self._tabs = screen.query_one(TabBar)
        self._status = screen.query_one(StatusBar)
        self._queue = screen.query_one(QueueBar)
        self._composer = screen.query_one(Composer)
        self._box = screen.query_one("#composer-box", Widget)

    @property
    def _place(self) -> intents.Place:
        """What has the keyboard."""
        match self._screen.focused:
            case Transcript():
                return "conversation"
            case Timeline():
                return "timeline"
            case StepPane():
                return "detail"
            case QueueBar():
                return "queue"
            case _:
                return "composer"

    def draw(self, phase: intents.Phase, held: Sequence[Waiting], *, is_answering: bool, is_page_open: bool) -> None:
        """Read everything again. `is_answering`: an open question has the keyboard, or the page that is open in it."""
        waits_beside = is_answering and phase == "running"
        waits_for_nothing = phase == "idle" and bool(self._view.queue) and self._view.panel is None
        self._composer.placeholder = Content(
            _BESIDE_A_QUESTION
            if waits_beside
            else _LEFT_WAITING
            if waits_for_nothing
            else _PLACEHOLDERS.get(phase, PLACEHOLDER)
        )
        self._draw_queue(held)
        self._status.keys = intents.keys_for(
            phase,
            is_editing=self._queue.edited is not None,
            is_shell=intents.shell_line(self._composer.text) is not None,
            runs_users_command=self._view.ledger.runs_users_command,
            is_answering=is_answering,
            is_page_open=is_page_open,
            place=self._place,
        )
        self._draw_state()
        self._draw_shell_mode()
        self.draw_activity(phase)
        self._draw_tabs()

    def _draw_shell_mode(self) -> None:
        """Whether what is being typed is a shell line, in the frame of the composer."""
        is_shell = intents.shell_line(self._composer.text) is not None
        self._screen.query_one("#composer-mark", Static).update("$" if is_shell else "›")
        self._box.set_class(is_shell, "-shell")
        confined = self._header.sandbox if self._header.is_confined else "NOT CONFINED"
        facts = (confined, self._header.network, "the model sees the output")
        self._box.border_subtitle = (
            Content.assemble(
                ("shell", "bold $warning"),
                ("".join(f" · {part}" for part in facts if part), "$muted"),
            ).truncate(max(8, self._screen.size.width - 8), ellipsis=True)
            if is_shell
            else None
        )

    def draw_activity(self, phase: intents.Phase) -> None:
        """What is going on, in the frame of the composer; drawn each second while something is."""
        words = self._view.activity if phase != "failed" else "no session"
        if not words:
            self._box.border_title = None
            return
        is_waiting = phase in ("pausing", "paused", "failed") or self._view.panel is not None
        elapsed_s = self._view.elapsed_s
        # It breathes with the seconds, as long as something is done.
        dot = "○" if self._has_motion and not is_waiting and int(elapsed_s or 0) % 2 else "●"
        self._box.border_title = Content.assemble(
            (f"{dot} ", "$warning" if is_waiting else "$accent"),
            Content.styled(sanitize_line(words), "$foreground").truncate(
                max(16, self._screen.size.width - 24), ellipsis=True
            ),
            (f" · {wording.elapsed(elapsed_s)}" if elapsed_s is not None else "", "$muted"),
        )

    def _draw_state(self) -> None:
        if (state := self._view.state) is None:
            return
        header, status, settings = self._header, self._status, state.settings
        header.title = clip(sanitize_line(state.title), 200)
        header.place = short_path(state.workspace)
        header.mode = settings.mode
        header.is_confined = settings.sandbox_mode != "danger-full-access" and state.sandbox.tier != "C"
        header.sandbox = f"sandbox {state.sandbox.tier}" if header.is_confined else "not confined"
        header.network = f"net {settings.network}"
        status.model = clip(sanitize_line(settings.model), 60)
        status.effort = settings.effort or ""
        status.notice = clip(sanitize_line(state.notice), 120)
        status.context, status.usage = self._view.context, self._view.usage_words

    def _draw_tabs(self) -> None:
        if not self._screen.has_class("-narrow"):
            return
        lines = self._view.ledger.changed_lines
        changed = f"+{lines[0]} −{lines[1]}" if lines is not None else ""
        steps = self._screen.query_one(Timeline).count
        self._tabs.counts = {"timeline": str(steps) if steps else "", "changes": changed}

    def _draw_queue(self, held: Sequence[Waiting]) -> None:
        queued = [
            Waiting(
                id=prompt.queued_id,
                text=f"!{prompt.text}" if prompt.when == "command" else prompt.text,
                until="turn end" if prompt.when == "queue" else "safe point",
            )
            for prompt in self._view.queue
        ]
        self._queue.prompts = (*held, *queued)
        self._composer.has_queue = bool(self._queue.prompts)
