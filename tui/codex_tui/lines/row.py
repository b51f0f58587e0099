"""One line of the screen, and how text is broken into lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from rich.cells import cell_len, get_character_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

Span: TypeAlias = tuple[str, Style]
"""Printable text and its style."""


class Row:
    """One finished line, without the padding on its right. Rows are compared by identity: an unchanged line is
    the same object, and is not painted again."""

    __slots__ = ("fill", "joint", "margin", "mark", "spans", "strip", "trailing")

    def __init__(
        self,
        spans: Sequence[Span],
        fill: Style,
        *,
        margin: int = 0,
        joint: str = "\n",
        trailing: int = 0,
        mark: str = "",
    ) -> None:
        self.spans = spans
        self.fill = fill
        """The style of the rest of the line."""
        self.margin = margin
        """Characters at the left that are ornament and are not copied."""
        self.joint = joint
        """What stands between this line and the next in copied text."""
        self.trailing = trailing
        """Characters at the right that are ornament and are not copied."""
        self.mark = mark
        """Copied in place of the margin: the marker of a list's item, as it is written."""
        self.strip: Strip | None = None
        """Kept by the widget that shows the row."""

    @property
    def text(self) -> str:
        return "".join([text for text, _ in self.spans])

    @property
    def content(self) -> str:
        """The text without ornaments: what is searched and copied."""
        text = self.text
        text = text[self.margin : len(text) - self.trailing]
        return text.rstrip() if self.joint else text  # inside a word or a line of code, each space counts

    def make_strip(self, width: int) -> Strip:
        """The line as Textual paints it, exactly `width` cells wide."""
        segments = [Segment(text, style) for text, style in self.spans if text]
        used = sum([cell_len(text) for text, _ in self.spans])
        if used < width:
            segments.append(Segment(" " * (width - used), self.fill))
            used = width
        strip = Strip(segments, used)
        return strip if used == width else strip.crop(0, width)


def break_points(text: str, width: int) -> list[tuple[int, int, str]]:
    """Where to break `text` so that lines are at most `width` cells: `(start, end, joint)` in characters.

    Breaks at spaces (which are swallowed, joint `" "`), inside words only where one is longer than a line (joint
    `""`), and at `\\n` (joint `"\\n"`).
    """
    breaks: list[tuple[int, int, str]] = []
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        if cell_len(line) <= width:
            breaks.append((start, end, "\n"))
        else:
            _break_line(text, start, end, max(1, width), breaks)
        start = end + 1
    return breaks


def _break_line(text: str, start: int, end: int, width: int, breaks: list[tuple[int, int, str]]) -> None:
    narrow = cell_len(text[start:end]) == end - start
    while True:
        stop = start + width if narrow else _fit(text, start, end, width)
        if stop >= end:
            breaks.append((start, end, "\n"))
            return
        space = text.rfind(" ", start, stop + 1)
        if space > start and text[start:space].strip():
            breaks.append((start, space, " "))
            start = space + 1
            while start < end and text[start] == " ":
                start += 1
        else:
            breaks.append((start, stop, ""))
            start = stop


def _fit(text: str, start: int, end: int, width: int) -> int:
    used = 0
    for index in range(start, end):
        used += get_character_cell_size(text[index])
        if used > width:
            return max(index, start + 1)
    return end


def cut_spans(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """The characters `start:end` of the joined `spans`."""
    cut: list[Span] = []
    position = 0
    for text, style in spans:
        stop = position + len(text)
        if stop > start:
            if position >= end:
                break
            piece = text[max(0, start - position) : end - position]
            if piece:
                cut.append((piece, style))
        position = stop
    return cut


def wrap(spans: Sequence[Span], width: int) -> list[tuple[list[Span], str]]:
    """`spans` broken at words into lines of at most `width` cells, each with its joint."""
    text = "".join([text for text, _ in spans])
    breaks = break_points(text, width)
    if len(breaks) == 1:
        return [(list(spans), "\n")]
    return [(cut_spans(spans, start, end), joint) for start, end, joint in breaks]


def fold_points(text: str, width: int) -> list[tuple[int, int, str]]:
    """Where to break one line of code: where it is full, or at a space shortly before. Nothing is swallowed.

    Gives `(start, end, joint)` in characters.
    """
    width = max(1, width)
    if cell_len(text) <= width:
        return [(0, len(text), "\n")]
    points: list[tuple[int, int, str]] = []
    start = 0
    narrow = cell_len(text) == len(text)
    while start < len(text):
        stop = min(len(text), start + width) if narrow else _fit(text, start, len(text), width)
        if stop < len(text) and (space := text.rfind(" ", stop - width // 4, stop)) > start:
            stop = space + 1
        points.append((start, stop, "" if stop < len(text) else "\n"))
        start = stop
    return points


def fold(spans: Sequence[Span], width: int) -> list[tuple[list[Span], str]]:
    """`spans` of one line of code, broken wherever the line is full."""
    points = fold_points("".join([text for text, _ in spans]), width)
    if len(points) == 1:
        return [(list(spans), "\n")]
    return [(cut_spans(spans, start, end), joint) for start, end, joint in points]


def truncate(text: str, width: int) -> str:
    """`text` in at most `width` cells, ending in `…` if it was cut."""
    if cell_len(text) <= width:
        return text
    if width <= 1:
        return "…"[:width]
    end = _fit(text, 0, len(text), width - 1)
    if cell_len(text[:end]) >= width:  # one wide character, and no room for it
        return "…"
    return text[:end].rstrip() + "…"


def truncate_start(text: str, width: int) -> str:
    """`text` in at most `width` cells, beginning with `…` if it was cut; a path is cut between names."""
    if cell_len(text) <= width:
        return text
    start = 1
    while start < len(text) and cell_len(text[start:]) >= width:
        start += 1
    if text[start - 1] != "/" and 0 <= (slash := text.find("/", start)) < len(text) - 1:
        start = slash
    return f"…{text[start:]}"[: max(0, width)]


def width_of(spans: Iterable[Span]) -> int:
    """Cells that `spans` take."""
    return sum([cell_len(text) for text, _ in spans])
