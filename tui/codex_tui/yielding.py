"""A column whose widgets give way to each other where there are too few lines for all of them.

What is cut is drawn by widgets that know their height and say that there is more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual.containers import Container
from textual.content import Content
from textual.geometry import Region, Size
from textual.layout import ArrangeResult, WidgetPlacement
from textual.layouts.vertical import VerticalLayout
from textual.widget import Widget
from textual.widgets import Static


class Yields(NamedTuple):
    """Something in the column that can be lower than it would like to be."""

    name: str
    """The id of a widget, or the name of its class."""
    least: int = 0
    """So many lines it keeps as long as others can still give way."""


class Yielding(Container):
    """Lays its children below each other. `order`: who gives way first; who is not in it never does."""

    DEFAULT_CSS = "Yielding { width: 1fr; height: auto; }"
    order: Sequence[Yields] = ()

    def __init__(
        self,
        *children: Widget,
        order: Sequence[Yields] = (),
        id: str | None = None,  # noqa: A002  # Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(*children, id=id, classes=classes)
        self.order = order or self.order
        self._column = YieldingLayout()

    @property
    def layout(self) -> YieldingLayout:
        return self._column

    def most_lines(self, viewport: Size) -> int:
        """Lines that it takes at most; it has no more of its own accord."""
        return 10_000


class YieldingLayout(VerticalLayout):
    name = "yielding"

    def get_content_height(self, widget: Widget, container: Size, viewport: Size, width: int) -> int:
        children = list(widget.displayed_children)
        wanted = _end(super().arrange(widget, children, Size(width, container.height))) if children else 0
        return min(wanted, widget.most_lines(viewport)) if isinstance(widget, Yielding) else wanted

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        placements = list(super().arrange(parent, children, size, greedy))
        lacking = _end(placements) - size.height
        if lacking <= 0 or not isinstance(parent, Yielding):
            return placements
        tops = [placement.region.y for placement in placements]
        heights = [placement.region.height for placement in placements]
        gaps = [top - end for top, end in zip(tops, [0, *(p.region.bottom for p in placements)], strict=False)]
        lacking -= max(0, placements[-1].margin.bottom)
        for at, gap in enumerate(gaps):
            gaps[at] -= (taken := max(0, min(gap, lacking)))
            lacking -= taken
        names = [{placement.widget.id, type(placement.widget).__name__} for placement in placements]
        for keeps in (True, False):
            for each in parent.order:
                for at, height in enumerate(heights):
                    if each.name in names[at]:
                        heights[at] -= (taken := max(0, min(height - (each.least if keeps else 0), lacking)))
                        lacking -= taken
        return _stacked(placements, heights, gaps)


def _end(placements: Sequence[WidgetPlacement]) -> int:
    return max((placement.region.bottom + placement.margin.bottom for placement in placements), default=0)


def _stacked(
    placements: Sequence[WidgetPlacement], heights: Sequence[int], gaps: Sequence[int]
) -> list[WidgetPlacement]:
    stacked: list[WidgetPlacement] = []
    y = 0
    for placement, height, gap in zip(placements, heights, gaps, strict=True):
        y += gap
        region = Region(placement.region.x, y, placement.region.width, height)
        stacked.append(placement._replace(region=region))
        y += height
    return stacked


class CutText(Static):
    """Text of lines that are broken already. Where it is given fewer of them, the last one says that there is more."""

    def __init__(self, *, id: str, hint: str = "") -> None:  # noqa: A002  # Textual's name
        """`hint`: where all of it can be read."""
        super().__init__(id=id, markup=False)
        self._hint = hint
        self._text = Content("")
        self._lines: list[Content] = []

    def show(self, text: Content) -> None:
        if not self._lines or not self._text.is_same(text):
            self._text, self._lines = text, text.split("\n", allow_blank=True)
            self.update(text)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines)

    def render(self) -> Content:
        lines, height = self._lines, self.size.height
        if 0 < height < len(lines):
            lines = [*lines[: height - 1], more(lines[height - 1], len(lines) - height, self.size.width, self._hint)]
        return Content("\n").join(lines)


def more(last: Content, hidden: int, width: int, hint: str = "") -> Content:
    """The last line that is shown, with a remark at the right edge that `hidden` more are not."""
    remark = Content.styled(f" … {hidden} more{hint}", "$muted")
    room = max(0, width - remark.cell_length)
    return Content.assemble(last.truncate(room, ellipsis=True, pad=True), remark)
