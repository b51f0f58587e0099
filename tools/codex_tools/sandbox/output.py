"""What a command prints: shown as it comes, kept by its head and tail, bounded."""

from __future__ import annotations

import codecs
from collections import deque
from collections.abc import Callable
from typing import Final

OUTPUT_FACTOR: Final = 3
"""A command that prints this many times what is kept of its output is ended."""

_LEAST_LIMIT: Final = 16
"""Room for one character at each end."""


class HeadAndTail:
    """Of all the bytes fed to it, keeps the first half and the last half of `limit` bytes (at least 16)."""

    def __init__(self, limit: int) -> None:
        limit = max(limit, _LEAST_LIMIT)
        self._head_limit = limit // 2
        self._tail_limit = limit - self._head_limit
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0
        self.total_bytes = 0

    def feed(self, data: bytes) -> None:
        self.total_bytes += len(data)
        missing = self._head_limit - len(self._head)
        if missing > 0:
            self._head += data[:missing]
            data = data[missing:]
        if data:
            self._tail.append(data)
            self._tail_bytes += len(data)
            # Whole pieces only, so that the cost does not depend on how small they are.
            while self._tail_bytes - len(self._tail[0]) >= self._tail_limit:
                self._tail_bytes -= len(self._tail.popleft())

    def text(self) -> tuple[str, int]:
        """Return the text, with a line of its own where bytes are missing, and how many these are.

        No character is cut in two: the bytes of one that would be count as missing.
        """
        tail = b"".join(self._tail)[-self._tail_limit :]
        head = bytes(self._head)
        if len(head) + len(tail) == self.total_bytes:
            return (head + tail).decode(errors="replace"), 0
        head = head[: len(head) - _broken_at_end(head)]
        tail = tail[_broken_at_start(tail) :]
        cut = self.total_bytes - len(head) - len(tail)
        separator = "" if head.endswith(b"\n") or not head else "\n"
        note = f"{separator}[… {cut} bytes left out …]\n"
        return head.decode(errors="replace") + note + tail.decode(errors="replace"), cut


class Printed:
    """The output of one command."""

    def __init__(self, limit_bytes: int, on_output: Callable[[str], None], *, most_bytes: int | None = None) -> None:
        """`limit_bytes` is how much is kept. `on_output` gets text as it comes, no character cut in two.

        More than `most_bytes` (three times what is kept) is too much.
        """
        self.kept = HeadAndTail(limit_bytes)
        self._most_bytes = OUTPUT_FACTOR * limit_bytes if most_bytes is None else most_bytes
        self._on_output = on_output
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    @property
    def is_too_much(self) -> bool:
        return self.kept.total_bytes > self._most_bytes

    def feed(self, data: bytes) -> None:
        """Take what was printed; nothing means that there will be no more."""
        self.kept.feed(data)
        if text := self._decoder.decode(data, final=not data):
            self._on_output(text)


def _broken_at_start(data: bytes) -> int:
    """How many bytes at the start continue a UTF-8 character that began before."""
    for index, byte in enumerate(data[:4]):
        if byte & 0xC0 != 0x80:
            return index
    return 0


def _broken_at_end(data: bytes) -> int:
    """How many bytes at the end begin a UTF-8 character that is not complete."""
    for length in range(1, min(4, len(data)) + 1):
        byte = data[-length]
        if byte & 0xC0 == 0x80:
            continue
        needed = 1 if byte < 0x80 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
        return length if needed > length else 0
    return 0
