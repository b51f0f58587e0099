"""The rows of an item as one text, and the way back: for what goes on over line breaks, as words and matches do."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from codex_tui.lines.row import Row

_WORD = re.compile(r"[\w./~:@%+#?&=$-]+")
_AROUND = ".,:;?&=-"
"""Part of a path or an address inside it, punctuation at its ends."""


class Piece(NamedTuple):
    """Characters `start:end` of the row `line`."""

    line: int
    start: int
    end: int


class Joined:
    """Without ornaments, and with the breaks of lines undone that are only the window's."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._margins = [row.margin for row in rows]
        self._starts: list[int] = []
        self._lengths: list[int] = []
        parts: list[str] = []
        length = 0
        for row in rows:
            content = row.content
            self._starts.append(length)
            self._lengths.append(len(content))
            parts += [content, row.joint]
            length += len(content) + len(row.joint)
        self.text = "".join(parts)

    def offset(self, line: int, column: int) -> int:
        """Where the character `column` of a row is in `text`; the nearest place for ornaments."""
        return self._starts[line] + max(0, min(column - self._margins[line], self._lengths[line]))

    def pieces(self, start: int, end: int) -> list[Piece]:
        """The rows' parts that are `text[start:end]`."""
        pieces: list[Piece] = []
        line = max(0, bisect_right(self._starts, start) - 1)
        while line < len(self._starts) and self._starts[line] < end:
            left, right = max(0, start - self._starts[line]), min(self._lengths[line], end - self._starts[line])
            if left < right:
                margin = self._margins[line]
                pieces.append(Piece(line, margin + left, margin + right))
            line += 1
        return pieces

    def word(self, offset: int) -> tuple[int, int]:
        """The word, path or address at `offset`; empty if there is none."""
        start, end = self.line(offset)
        for match in _WORD.finditer(self.text, start, end):
            if match.start() <= offset < match.end():
                word = match.group()
                left, right = len(word) - len(word.lstrip(",:;?&=")), len(word.rstrip(_AROUND))
                if left < right and match.start() + left <= offset < match.start() + right:
                    return match.start() + left, match.start() + right
                return match.span()
        return offset, offset

    def line(self, offset: int) -> tuple[int, int]:
        """The whole line at `offset`, however many rows it takes."""
        end = self.text.find("\n", offset)
        return self.text.rfind("\n", 0, offset) + 1, len(self.text) if end < 0 else end
