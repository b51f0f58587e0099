"""A descriptor that becomes readable when a child of this process ends. Child side."""

from __future__ import annotations

import contextlib
import signal
import socket
from types import FrameType


class ChildWatch:
    """Takes SIGCHLD and the wake-up descriptor of the process for itself."""

    def __init__(self) -> None:
        self._readable, self._written = socket.socketpair()
        self._readable.setblocking(False)
        self._written.setblocking(False)
        signal.signal(signal.SIGCHLD, _do_nothing)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        signal.set_wakeup_fd(self._written.fileno(), warn_on_full_buffer=False)

    def fileno(self) -> int:
        return self._readable.fileno()

    def drain(self) -> None:
        """Make it unreadable until the next child ends."""
        with contextlib.suppress(BlockingIOError):
            self._readable.recv(4096)

    def forget(self) -> None:
        """In a fresh child: leave the parent's watch alone."""
        signal.set_wakeup_fd(-1)
        self._readable.close()
        self._written.close()


def _do_nothing(_number: int, _frame: FrameType | None) -> None:
    """There must be a handler, or the wake-up descriptor is not written to."""
