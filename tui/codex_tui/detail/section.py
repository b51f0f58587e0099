"""What the detail pane is made of: sections, each a list of lines that are drawn one by one, when they are seen."""

from __future__ import annotations

from collections.abc import Sequence

from codex_tui.lines.row import Row, Span
from codex_tui.palette import Ground, Palette

GROUND: Ground = "surface"
LEAD = 1
RIGHT = 1


class Brush:
    """The colours and the width that a section draws with."""

    __slots__ = ("base", "palette", "width")

    def __init__(self, palette: Palette, width: int) -> None:
        self.palette = palette
        self.width = width
        self.base = palette.style("text", GROUND)

    def span(self, text: str, meaning: str, attributes: int = 0, ground: Ground = GROUND) -> Span:
        return (text, self.palette.style(meaning, ground, attributes))

    @property
    def lead(self) -> Span:
        return (" " * LEAD, self.base)

    @property
    def room(self) -> int:
        return max(8, self.width - LEAD - RIGHT)

    def gap(self) -> Row:
        return Row([], self.base)

    def line(self, spans: Sequence[Span], *, joint: str = "\n", margin: int = 0) -> Row:
        return Row([self.lead, *spans], self.base, margin=LEAD + margin, joint=joint)


class Section:
    """Lines that are numbered from 0."""

    stops: Sequence[int] = ()
    """Lines to which `next_hunk` jumps."""
    changed: tuple[int, int] | None = None
    """Lines added and removed, if it is a diff."""
    size: int = 1
    current_stop: int = -1
    """One of the stops, if the user has gone to it."""
    is_beside: bool = False
    """Old and new are drawn beside each other, where there are such."""

    def estimate(self, index: int, width: int) -> int:
        """About how many rows a line takes."""
        return 1

    def estimates(self, width: int) -> list[int]:
        """`estimate` of all lines."""
        return [self.estimate(index, width) for index in range(self.size)]

    def draw(self, index: int, brush: Brush) -> list[Row]:
        """The rows of a line."""
        return [brush.gap()]

    def source(self, index: int) -> str:
        """The text of a line."""
        return ""
