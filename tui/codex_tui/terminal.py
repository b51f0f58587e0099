"""The terminal as it was found, and the way back to it.

Owns the saved termios attributes, raw mode until the app's own driver is there, and leaving the full screen on every
way out: the normal one, an exception, a signal. Imports next to nothing, because it works before the first frame.
"""

from __future__ import annotations

import os
import signal
import sys
import termios

ENTER_SCREEN = "\x1b[?1049h\x1b[?25l\x1b[H\x1b[?2004h"
"""Pastes are marked from the first frame on: the lines of one would else be sent, each as a prompt."""
LEAVE_SCREEN = (
    "\x1b[?2004l\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1004l\x1b[<u"
    "\x1b[0m\x1b[?7h\x1b[?1049l\x1b[?25h"
)
"""Paste, resize, mouse and focus reports off, keyboard protocol popped, line wrap on, main screen, cursor."""

TITLE_BY, TITLE_BACK = "\x1b[22;2t", "\x1b[23;2t"
"""The window's title is put on the terminal's stack of titles, and taken from there."""

_LOCAL_OFF = termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG
_INPUT_OFF = termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR


class Terminal:
    """One for the process, because there is one terminal; made by `take`."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.found = termios.tcgetattr(fd)
        """Attributes as they were before us."""
        self.is_full_screen = False
        """We, or the driver, switched to the alternate screen and did not switch back."""
        self.has_put_title_by = False
        """The terminal keeps the title that it had, to have it again."""

    def make_raw(self) -> None:
        """Let typed-ahead keys, Ctrl+C among them, wait unechoed for the app."""
        attributes = termios.tcgetattr(self._fd)
        attributes[3] &= ~_LOCAL_OFF
        attributes[0] &= ~_INPUT_OFF
        attributes[6] = [*attributes[6]]
        attributes[6][termios.VMIN] = 1
        termios.tcsetattr(self._fd, termios.TCSANOW, attributes)

    def restore(self) -> None:
        """Give the terminal back as it was found. May be called again, and when the terminal is gone."""
        before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # in the background, tcsetattr would stop us
        try:
            if self.is_full_screen:
                self.is_full_screen = False
                back = LEAVE_SCREEN + (TITLE_BACK if self.has_put_title_by else "")
                self.has_put_title_by = False
                os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, back.encode())
            termios.tcsetattr(self._fd, termios.TCSANOW, self.found)
        except (OSError, termios.error):
            pass
        finally:
            signal.signal(signal.SIGTTOU, before)


_taken: Terminal | None = None


def current() -> Terminal | None:
    """The terminal, if `take` got it."""
    return _taken


def take() -> Terminal | None:
    """Take the terminal over: raw mode, and signals give it back before they end the process.

    None if stdin and stdout are not both terminals. Calling it again returns the same object.
    """
    global _taken
    if _taken is not None:
        return _taken
    try:
        if not (os.isatty(0) and os.isatty(1)):
            return None
        _taken = Terminal(0)
        guard_signals()
        _taken.make_raw()
    except (OSError, termios.error):
        return None
    return _taken


def guard_signals() -> None:
    """Until the app's event loop handles them (and again after it): restore, then end as the signal would."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _end_by_signal)


def _end_by_signal(number: int, _frame: object) -> None:
    if _taken is not None:
        _taken.restore()
    os._exit(128 + number)
