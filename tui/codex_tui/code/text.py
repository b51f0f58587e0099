"""Source code as lines with their colours, found when a line is looked at.

Pygments has no way to go on where it stopped, and colouring a growing text again and again is quadratic. So code is cut
into segments at quiet places, by a rule that looks at the lines alone, and each segment is coloured for itself, once,
when one of its lines is first seen. In the last segment, which still grows, lines are coloured one by one, each in the
lexer state in which the one before it ended; if the segment holds something that may span lines, it is coloured again
as a whole when it is complete.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from codex_tui.code.lexers import Colored, color_lines, lexer_for_path, lexer_named

SEGMENT_LINES = 24
SEGMENT_LINES_MOST = 160
CONTEXT_LINES = 40
"""Lines before a segment that had to be cut at no quiet place: they are read with it, to know what began there."""

Line: TypeAlias = tuple[Colored, ...]

_QUIET = re.compile(r"[^\s)\]}\"'`*]")
_SPANS_LINES = re.compile(r"\"\"\"|'''|/\*|\*/|<!--|-->|`|\(\*|\*\)|--\[\[|\]\]|\{-|-\}|=begin|=end|<<|\\$")
_BALANCED = re.compile(r"\"\"\".*?\"\"\"|'''.*?'''|/\*.*?\*/|<!--.*?-->|`[^`]*`")


class CodeText:
    """Lines of one language, by its markdown name or by the path of the file. Grows at its end only."""

    __slots__ = (
        "_colors",
        "_done",
        "_language",
        "_lexer",
        "_open",
        "_path",
        "_starts",
        "_state",
        "drawn",
        "lines",
        "recolored",
    )

    def __init__(self, language: str = "", *, path: str = "", lines: list[str] | None = None) -> None:
        self._language = language
        self._path = path
        self._lexer: object = _UNKNOWN
        self._starts: list[tuple[int, bool]] = [(0, True)]  # first line of each segment; begins at a quiet place
        self._colors: dict[int, list[Line]] = {}  # complete segments that were looked at
        self._open: list[Line] = []  # lines of the last segment that were looked at
        self._state: tuple[str, ...] = ("root",)
        self._done = False
        self.lines: list[str] = []
        self.recolored = 0
        """Grows whenever lines that were looked at got other colours."""
        self.drawn: object = None
        """Kept by who draws it."""
        if lines is not None:
            self.lines = lines
            self._cut()
            self._done = True

    @property
    def language(self) -> str:
        return self._language

    def append(self, line: str) -> None:
        """Add a line at the end."""
        count = len(self.lines) - self._starts[-1][0]
        if count >= SEGMENT_LINES:
            is_quiet = _is_quiet(self.lines[-1], line)
            if is_quiet or count >= SEGMENT_LINES_MOST:
                self._end_segment()
                self._starts.append((len(self.lines), is_quiet))
        self.lines.append(line)

    def close(self) -> None:
        """Nothing follows."""
        if not self._done:
            self._done = True
            self._end_segment()

    def _cut(self) -> None:
        """Find all segments of a text that is there as a whole."""
        lines, start = self.lines, 0
        while start + SEGMENT_LINES < len(lines):
            most = min(len(lines), start + SEGMENT_LINES_MOST)
            for end in range(start + SEGMENT_LINES, most):
                if _is_quiet(lines[end - 1], lines[end]):
                    self._starts.append((end, True))
                    break
            else:
                if most == len(lines):
                    return
                self._starts.append((most, _is_quiet(lines[most - 1], lines[most])))
            start = self._starts[-1][0]

    def line(self, index: int) -> Line:
        """The pieces of a line."""
        if self._find_lexer() is None:
            return (Colored(self.lines[index], ""),)
        start, _ = self._starts[-1]
        if index < start or self._done:
            segment = self._segment_of(index)
            return self._segment(segment)[index - self._starts[segment][0]]
        self._grow_open(index)
        return self._open[index - start]

    def partial(self, text: str) -> Line:
        """The pieces of an unfinished line after the last one."""
        if self._find_lexer() is None:
            return (Colored(text, ""),)
        self._grow_open(len(self.lines) - 1)
        return color_lines(self._lexer, [text], self._state)[0][0]

    def _grow_open(self, index: int) -> None:
        start = self._starts[-1][0]
        while start + len(self._open) <= index:
            pieces, self._state = color_lines(self._lexer, [self.lines[start + len(self._open)]], self._state)
            self._open += pieces

    def _end_segment(self) -> None:
        seen, self._open, self._state = self._open, [], ("root",)
        if not seen:
            return
        segment = len(self._starts) - 1
        colors = self._segment(segment)
        if colors[: len(seen)] != seen:
            self.recolored += 1

    def _segment_of(self, index: int) -> int:
        low, high = 0, len(self._starts)
        while high - low > 1:
            middle = (low + high) // 2
            if self._starts[middle][0] <= index:
                low = middle
            else:
                high = middle
        return low

    def _segment(self, segment: int) -> list[Line]:
        colors = self._colors.get(segment)
        if colors is None:
            start, is_quiet = self._starts[segment]
            end = self._starts[segment + 1][0] if segment + 1 < len(self._starts) else len(self.lines)
            colors = self._colors[segment] = self._color(start, end, is_quiet)
        return colors

    def _color(self, start: int, end: int, is_quiet: bool) -> list[Line]:
        lexer = self._lexer
        if not is_quiet or any(_may_span(line) for line in self.lines[start:end]):
            before = start if is_quiet else max(0, start - CONTEXT_LINES)
            return color_lines(lexer, self.lines[before:end])[0][start - before :]
        colors: list[Line] = []
        state: tuple[str, ...] = ("root",)
        for line in self.lines[start:end]:
            pieces, state = color_lines(lexer, [line], state)
            colors += pieces
        return colors

    def _find_lexer(self) -> object:
        if self._lexer is _UNKNOWN:
            self._lexer = lexer_for_path(self._path) if self._path else lexer_named(self._language)
        return self._lexer


def _is_quiet(before: str, line: str) -> bool:
    """Whether hardly anything can go on from the line `before` into `line`."""
    return not before.strip() and _QUIET.match(line) is not None


def _may_span(line: str) -> bool:
    return _SPANS_LINES.search(line) is not None and _SPANS_LINES.search(_BALANCED.sub("", line)) is not None


_UNKNOWN = object()
