"""Lets a command print only so much: pipes instead of stdout and stderr, copied until the limit. Child side."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable


class LimitedOutput:
    """One limit for both streams together. They stay apart; their order among each other is as the reader sees it."""

    def __init__(self, limit_bytes: int, on_limit: Callable[[], None]) -> None:
        """`on_limit` is called once, from a thread, when more came than `limit_bytes`."""
        self.is_passed = False
        self._left = limit_bytes
        self._on_limit = on_limit
        self._lock = threading.Lock()
        self._pipes = {stream: os.pipe() for stream in (1, 2)}
        self._threads: list[threading.Thread] = []

    def put_in_place(self) -> None:
        """In the child that will be the command's parent: print into the pipes."""
        for stream, (_, write_end) in self._pipes.items():
            os.dup2(write_end, stream)

    def start(self) -> None:
        """In the parent, after the fork: copy until nobody can write any more."""
        for stream, (read_end, write_end) in self._pipes.items():
            os.close(write_end)
            thread = threading.Thread(target=self._copy, args=(read_end, os.dup(stream)), daemon=True)
            thread.start()
            self._threads.append(thread)

    def finish(self) -> None:
        """Wait until all that was printed has been copied."""
        for thread in self._threads:
            thread.join()

    def _copy(self, read_end: int, stream: int) -> None:
        # Nobody reads any more: closing the pipe tells the command what it would have been told without us.
        with contextlib.suppress(BrokenPipeError):
            while data := os.read(read_end, 65536):
                _write_all(stream, data[: self._take(len(data))])
        os.close(read_end)

    def _take(self, wanted: int) -> int:
        """Return how many of `wanted` bytes may still be printed."""
        with self._lock:
            granted = min(wanted, self._left)
            self._left -= granted
            if granted < wanted and not self.is_passed:
                self.is_passed = True
                self._on_limit()
            return granted


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
