"""Shows what is typed while the app is still being imported, and hands it over to the app.

A thread reads the terminal and writes the characters to where the composer stands in the first frame. What is more than
characters ends that: it and all that follows wait for the app. Imports next to nothing.
"""

from __future__ import annotations

import _thread
import os
import select

_READ_BYTES = 256
_ERASE = ("\x7f", "\x08")
_LAST_NARROW = "\u02ff"
"""Beyond it are characters that take two columns, or none."""
_STOP_S = 1.0

TYPE_CHECKING = False  # type checkers read it as true; `import typing` would come before the first frame
if TYPE_CHECKING:
    from codex_tui.first_frame import Line


class EarlyKeys:
    """One for the process, made by `begin`."""

    def __init__(self, line: Line) -> None:
        self.text = ""
        """What was typed into the line."""
        self._line = line
        self._rest = b""
        self._wake, self._waker = os.pipe()
        self._has_ended = _thread.allocate_lock()
        self._has_ended.acquire()
        _thread.start_new_thread(self._show, ())

    def end(self) -> bytes:
        """Read no more; returns what was read behind the text, once."""
        if self._waker < 0:
            return b""
        os.close(self._waker)
        self._waker = -1
        self._has_ended.acquire(timeout=_STOP_S)
        os.close(self._wake)
        return self._rest

    def _show(self) -> None:
        try:
            poll = select.poll()
            poll.register(0, select.POLLIN)
            poll.register(self._wake, 0)  # that the other end is closed is told without asking
            while [descriptor for descriptor, _ in poll.poll()] == [0] and self._take(os.read(0, _READ_BYTES)):
                self._draw()
        except OSError:
            pass  # the terminal has gone: the app will find that out by itself
        finally:
            self._has_ended.release()

    def _take(self, data: bytes) -> bool:
        """Whether there may be more: all of it is text that fits into the line."""
        text = _typed(self.text, data, self._line.width - 1)
        if text is None:
            self._rest = data
            return False
        self.text = text
        return bool(data)

    def _draw(self) -> None:
        line = self._line
        rest = " " * (line.width - len(self.text) - 1)
        drawn = f"\x1b[{line.row + 1};{line.column + 1}H{line.text}{self.text}{line.cursor} {line.text}{rest}\x1b[0m"
        os.write(1, drawn.encode())


def _typed(text: str, data: bytes, most: int) -> str | None:
    """The text after these keys; None if they are more than characters, or if it gets too long."""
    try:
        keys = data.decode()
    except UnicodeDecodeError:  # perhaps half of one
        return None
    for key in keys:
        if key in _ERASE:
            text = text[:-1]
        elif key.isprintable() and key <= _LAST_NARROW and len(text) < most:
            text += key
        else:
            return None
    return text


_early: EarlyKeys | None = None


def begin(line: Line) -> None:
    """Show from now on what is typed, in this line of the first frame."""
    global _early
    if _early is None:
        _early = EarlyKeys(line)


def end() -> bytes:
    """Leave the keyboard to the app; returns the keys that came and are no part of the text."""
    return _early.end() if _early is not None else b""


def take_text() -> str:
    """What is in the line of the first frame, once, after `end`."""
    global _early
    early, _early = _early, None
    return early.text if early is not None else ""
