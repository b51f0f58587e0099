"""What a key means right now. Pure decisions: no terminal, no session, no widgets.

The screen describes the situation, asks what the key means in it, and does that.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Literal, NamedTuple, TypeAlias

Place: TypeAlias = Literal["composer", "conversation", "timeline", "detail", "queue"]
"""What has the keyboard, unless a question has it."""

Phase: TypeAlias = Literal["connecting", "failed", "idle", "running", "pausing", "paused", "closed"]
"""A session's status, and before there is one: `connecting`, or `failed` if there will be none."""

QUIT_WINDOW_S = 2.0
"""Two presses of Ctrl+C within this time quit."""

REWIND_WINDOW_S = 1.0
"""Two presses of Esc within this time go back."""


class Intent(Enum):
    NOTHING = auto()
    COPY_SELECTION = auto()
    CLOSE_TOPMOST = auto()
    CLEAR_COMPOSER = auto()
    PAUSE = auto()
    CANCEL_CURRENT = auto()
    ARM_REWIND = auto()
    """The next Esc opens the list of turns to go back to."""
    REWIND = auto()
    ARM_QUIT = auto()
    """Say that the next Ctrl+C quits."""
    QUIT = auto()
    GO_ON = auto()
    """With what has been left waiting."""
    HOLD = auto()
    """Keep the prompt until there is a session."""
    TRY_AGAIN = auto()
    """Open the session anew; what is in the composer stays there."""
    SEND = auto()
    STEER = auto()
    QUEUE = auto()
    REDIRECT = auto()
    COMPLETE = auto()
    MOVE_FOCUS = auto()
    GO_BACK = auto()
    """Back to the composer."""


class Situation(NamedTuple):
    phase: Phase
    has_selection: bool = False
    """Text is selected somewhere on the screen."""
    is_something_open: bool = False
    """A modal screen, a popup, a line for words: something that Esc would close."""
    has_text: bool = False
    """The composer holds more than white space."""
    has_waiting: bool = False
    """Something waits in the session to be sent."""
    runs_users_command: bool = False
    """A shell line of the user's own is at work."""
    was_cancelled: bool = False
    """The running tool has been told to end already."""
    is_looking: bool = False
    """Something that is only looked at has the keyboard: the conversation, the timeline, a detail, what is queued."""
    since_interrupt_s: float | None = None
    """Seconds since the Ctrl+C that armed quitting; None if it is not armed."""
    since_escape_s: float | None = None
    """Seconds since the Esc that armed going back; None if it is not armed."""

    @property
    def is_busy(self) -> bool:
        return self.phase in ("running", "pausing")


def on_ctrl_c(now: Situation) -> Intent:
    """Ctrl+C, or SIGINT: the nearest thing first."""
    if now.has_selection:
        return Intent.COPY_SELECTION
    if now.is_something_open:
        return Intent.CLOSE_TOPMOST
    if now.runs_users_command:
        return Intent.CANCEL_CURRENT
    if now.phase == "running":
        return Intent.PAUSE
    if now.phase == "pausing" and not now.was_cancelled:
        return Intent.CANCEL_CURRENT
    if now.since_interrupt_s is not None and now.since_interrupt_s <= QUIT_WINDOW_S:
        return Intent.QUIT
    if now.has_text:
        return Intent.CLEAR_COMPOSER
    return Intent.ARM_QUIT


def on_escape(now: Situation) -> Intent:
    if now.is_something_open or now.has_selection:
        return Intent.CLOSE_TOPMOST
    if now.runs_users_command:
        return Intent.CANCEL_CURRENT
    if now.is_looking and now.phase != "idle":
        return Intent.GO_BACK
    if now.phase == "running":
        return Intent.PAUSE
    if now.phase != "idle":
        return Intent.NOTHING
    if now.since_escape_s is not None and now.since_escape_s <= REWIND_WINDOW_S:
        return Intent.REWIND
    return Intent.ARM_REWIND


def on_enter(now: Situation) -> Intent:
    if now.phase == "failed":
        return Intent.TRY_AGAIN
    if not now.has_text:
        return Intent.GO_ON if now.has_waiting and now.phase == "idle" else Intent.NOTHING
    match now.phase:
        case "connecting":
            return Intent.HOLD
        case "idle":
            return Intent.SEND
        case "running" | "pausing":
            return Intent.STEER
        case "paused":
            return Intent.REDIRECT
        case "closed":
            return Intent.NOTHING


def on_tab(now: Situation, *, is_popup_open: bool) -> Intent:
    if is_popup_open:
        return Intent.COMPLETE
    if now.is_busy and now.has_text:
        return Intent.QUEUE
    return Intent.MOVE_FOCUS


TAKE_FOCUS_AFTER_S = 1.0
"""A panel takes the focus only if the composer is empty and was left alone for this long."""

IGNORE_KEYS_S = 0.3
"""A key pressed this soon after a panel appeared was not meant for it."""


def may_take_focus(*, has_text: bool, untouched_s: float) -> bool:
    return not has_text and untouched_s >= TAKE_FOCUS_AFTER_S


def was_meant_for_panel(*, shown_s: float) -> bool:
    return shown_s >= IGNORE_KEYS_S


def shell_line(text: str) -> str | None:
    """The command of a text that is to be run in the shell; None if it is none. A blank before the `!` makes it one."""
    return text[1:].strip() if text.startswith("!") else None


_KEYS_AT: dict[Place, tuple[tuple[str, str], ...]] = {
    "conversation": (
        ("F2", "write"),
        ("/", "find"),
        ("k j", "mark"),
        ("Enter", "open"),
        ("[ ]", "turn"),
    ),
    "timeline": (("F2", "chat"), ("Enter", "go to it"), ("f", "filter"), ("o d a r", "sides"), ("/", "words")),
    "detail": (("F2", "chat"), ("o d a r", "sides"), ("[ ]", "hunk")),
    "queue": (("Enter", "edit"), ("Del", "remove"), ("Esc", "back")),
}


def keys_for(
    phase: Phase,
    *,
    is_editing: bool = False,
    is_shell: bool = False,
    runs_users_command: bool = False,
    is_answering: bool = False,
    is_page_open: bool = False,
    place: Place = "composer",
) -> tuple[tuple[str, str], ...]:
    """What the status line says of keys: (key, what it does), the most important first.

    `is_editing`: a waiting prompt is back in the composer; `is_shell`: what is being typed there is a shell line;
    `is_answering`: an open question has the keyboard, and says itself what Enter does; `is_page_open`: a page in it;
    `place`: what has it else.
    """
    if place != "composer" and not is_answering:
        does = {"running": "pause", "pausing": "end it now"}.get(phase, "")
        return (*((("Ctrl+C", does),) if does else ()), *_KEYS_AT[place])
    if is_editing:
        return (("Enter", "put it back"), ("Esc", "leave it as it was"))
    if is_shell and phase not in ("failed", "connecting"):
        waits = "run it at the next safe point" if phase in ("running", "pausing", "paused") else "run it"
        return (("Enter", waits),)
    if runs_users_command:
        return (("Ctrl+C", "end it"), ("F3", "its output"))
    commands, mode, help_key = ("Ctrl+P", "commands"), ("Shift+Tab", "mode"), ("F1", "help")
    match phase:
        case "running" if is_answering:
            return (("Ctrl+C", "back" if is_page_open else "pause"), ("Tab", "write"), commands)
        case "running":
            return (("Ctrl+C", "pause"), ("Enter", "steer"), ("Tab", "queue"), commands)
        case "pausing":
            return (("Ctrl+C", "end it now"), ("Enter", "steer"), commands)
        case "failed":
            return (("Enter", "try again"), ("Ctrl+Q", "quit"))
        case _:
            return (commands, mode, help_key)
