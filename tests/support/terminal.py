"""A program in a real terminal: a pty of a given size, an emulator behind it, keys in front of it.

    with Terminal([COMMAND, "--demo"], env=environment(home), cwd=project) as terminal:
        terminal.wait_for("Ctrl+P commands")
        terminal.type("fix the failing test").press("enter")
        terminal.wait_for(lambda screen: "y once" in screen)
        terminal.press("y")

There is no thread: output is read, and queries of the program are answered, while a method here waits. Nothing sleeps;
what waits, waits for output, and fails with the picture of the screen after its time limit.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.emulator import Emulator, Screen
from tests.support.keys import encode

TIMEOUT_S = 15.0
_LONGEST_MATCH = 200
_QUERY = re.compile(rb"\x1b\[(?:[>?=]?[0-9]*[cnqtu]|\?[0-9]+\$p)|\x1b\]1[01];\?")
_LONGEST_QUERY = 16
_MOUSE_MODES = {1000: "mouse clicks", 1002: "mouse drags", 1003: "mouse moves", 1006: "mouse encoding"}
_REPORTS = {1004: "focus reports", 2004: "bracketed paste", 2048: "resize reports"}


class Terminal:
    """Starts the program at once; `close` ends it, if it still runs, with its whole process group."""

    def __init__(
        self,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path,
        columns: int = 120,
        rows: int = 40,
        has_kitty_keyboard: bool = False,
    ) -> None:
        """`env` is the whole environment."""
        self.raw = bytearray()
        """Every byte that the program wrote."""
        self._seen_bytes = 0
        self._master, self._slave = pty.openpty()
        self._emulator = Emulator(columns, rows, self.send, has_kitty_keyboard=has_kitty_keyboard)
        self._set_size(columns, rows)
        self._found = termios.tcgetattr(self._slave)
        self.started_at = time.monotonic()
        self._process = subprocess.Popen(
            [str(word) for word in argv],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # --- what it shows ---

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    @property
    def foreground_group(self) -> int:
        """The process group that gets the terminal's keys: the program itself, or a job that it started."""
        return os.tcgetpgrp(self._master)

    @property
    def screen(self) -> Screen:
        """The picture after all output that has arrived."""
        while self.read(timeout_s=0):
            pass
        self._emulate()
        return self._emulator.screen

    @property
    def emulator(self) -> Emulator:
        """Has drawn what `screen`, or `draw_until`, was asked for last."""
        return self._emulator

    def draw_until(self, end: int) -> Emulator:
        """Draw the first `end` bytes of `raw`; those that were drawn already stay so."""
        self._emulate(end)
        return self._emulator

    @property
    def title(self) -> str:
        return self._emulator.title

    @property
    def clipboard(self) -> str:
        """What the program last copied with OSC 52."""
        return self._emulator.clipboard

    def wait_for(self, wanted: str | Callable[[Screen], bool], timeout_s: float = TIMEOUT_S) -> Screen:
        """Wait until the text is on the screen, or the predicate holds; return that screen.

        Raises:
            AssertionError: it did not come in time, or the program ended without it. Shows the last screen.
        """
        __tracebackhide__ = True
        deadline = time.monotonic() + timeout_s
        while True:
            screen = self.screen
            if wanted in screen if isinstance(wanted, str) else wanted(screen):
                return screen
            if self._process.poll() is not None and not self.read(timeout_s=0):
                raise AssertionError(f"ended with {self._process.returncode} before {wanted!r}:\n{self.screen}")
            if time.monotonic() > deadline:
                raise AssertionError(f"no {wanted!r} after {timeout_s} s:\n{screen}")
            self.read(timeout_s=0.05)

    def wait_until_gone(self, text: str, timeout_s: float = TIMEOUT_S) -> Screen:
        """Wait until the text is no longer on the screen."""
        __tracebackhide__ = True
        return self.wait_for(lambda screen: text not in screen, timeout_s)

    def wait_for_bytes(
        self, wanted: bytes | re.Pattern[bytes], timeout_s: float = TIMEOUT_S, *, start: int = 0
    ) -> None:
        """Wait until the program has written these bytes after the first `start`; nothing is drawn meanwhile.

        For measurements: the emulator, slower than the program, catches up when the screen is looked at.
        """
        pattern = wanted if isinstance(wanted, re.Pattern) else re.compile(re.escape(wanted))
        deadline = time.monotonic() + timeout_s
        while not pattern.search(self.raw, start):
            start = max(start, len(self.raw) - _LONGEST_MATCH)
            assert time.monotonic() < deadline, f"no {wanted!r} after {timeout_s} s"
            self.read(timeout_s=0.05)

    def wait_for_first_byte(self, timeout_s: float = TIMEOUT_S) -> float:
        """Wait until the program has written anything at all; return the seconds from its start."""
        while not self.raw:
            assert time.monotonic() - self.started_at < timeout_s, f"nothing after {timeout_s} s"
            self.read(timeout_s=0.05)
        return time.monotonic() - self.started_at

    def read(self, timeout_s: float) -> bool:
        """Read what arrives within the time limit and answer its queries; return whether anything came."""
        if not select.select([self._master], [], [], timeout_s)[0]:
            return False
        may_begin_at = max(0, len(self.raw) - _LONGEST_QUERY)
        self.raw += os.read(self._master, 1 << 16)
        if _QUERY.search(self.raw, may_begin_at):
            self._emulate()
        return True

    def watch(self, duration_s: float) -> Self:
        """Read what comes for so long: for measurements, where time itself is part of the question."""
        until = time.monotonic() + duration_s
        while (left_s := until - time.monotonic()) > 0:
            self.read(timeout_s=left_s)
        return self

    def _emulate(self, end: int | None = None) -> None:
        data = bytes(self.raw[self._seen_bytes : end])
        self._seen_bytes += len(data)
        self._emulator.feed(data)

    # --- what is done to it ---

    def send(self, data: bytes) -> None:
        """Send raw bytes, as a terminal would."""
        while data:
            data = data[os.write(self._master, data) :]

    def press(self, *keys: str) -> Self:
        """Press keys by name: `enter`, `esc`, `ctrl+c`, `up`, `f2`, `shift+tab`, `alt+a`, `y`."""
        for key in keys:
            self._emulate()
            self.send(encode(key, kitty=self._emulator.speaks_kitty))
        return self

    def type(self, text: str) -> Self:
        """Type characters one by one."""
        self.send(text.encode())
        return self

    def paste(self, text: str) -> Self:
        """Paste as a terminal does: bracketed if the program has asked for that."""
        data = text.replace("\n", "\r").encode()
        self.send(b"\x1b[200~" + data + b"\x1b[201~" if 2004 in self._emulator.modes else data)
        return self

    def click(self, column: int, row: int) -> Self:
        """Click with the left mouse button; from 0."""
        self.send(f"\x1b[<0;{column + 1};{row + 1}M\x1b[<0;{column + 1};{row + 1}m".encode())
        return self

    def wheel(self, column: int, row: int, *, down: bool) -> Self:
        """Turn the mouse wheel by one notch over a place."""
        self.send(f"\x1b[<{65 if down else 64};{column + 1};{row + 1}M".encode())
        return self

    def resize(self, columns: int, rows: int) -> Self:
        """Change the size, as dragging the window's corner would."""
        self._emulate()
        self._emulator.resize(columns, rows)
        self._set_size(columns, rows)
        return self

    def signal(self, number: int) -> None:
        """Send a signal to the program alone (not to its group)."""
        os.kill(self.pid, number)

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    # --- how it ends ---

    def wait_exit(self, timeout_s: float = TIMEOUT_S) -> int:
        """Wait until the program has ended by itself; return its exit status, negative if a signal ended it."""
        __tracebackhide__ = True
        deadline = time.monotonic() + timeout_s
        while self._process.poll() is None:
            assert time.monotonic() < deadline, f"still runs after {timeout_s} s:\n{self.screen}"
            self.read(timeout_s=0.05)
        return self._process.returncode

    def close(self) -> None:
        """Hang up, as a closed window does, and kill what is still there two seconds later. May be called twice."""
        if self._master < 0:
            return
        with contextlib.suppress(ProcessLookupError):
            if self._process.poll() is None:
                os.killpg(self.pid, signal.SIGHUP)
                deadline = time.monotonic() + 2
                while self._process.poll() is None and time.monotonic() < deadline:
                    self.read(timeout_s=0.02)
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._master)
        os.close(self._slave)
        self._master = self._slave = -1

    def leftovers(self) -> list[str]:
        """What the program has not given back; empty when the terminal is as it was found."""
        _ = self.screen
        modes = self._emulator.modes
        now = termios.tcgetattr(self._slave)
        left = [name for mode, name in (_MOUSE_MODES | _REPORTS).items() if mode in modes]
        left += ["alternate screen"] if self._emulator.is_alternate else []
        left += ["hidden cursor"] if 25 not in modes else []
        left += ["no line wrap"] if 7 not in modes else []
        left += ["keyboard protocol"] if self._emulator.keyboard_flags else []
        left += ["no echo"] if not now[3] & termios.ECHO else []
        left += ["no line editing"] if not now[3] & termios.ICANON else []
        left += ["no signals from keys"] if not now[3] & termios.ISIG else []
        left += ["other attributes"] if not left and now != self._found else []
        return left
