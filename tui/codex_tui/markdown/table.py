"""The layout of a markdown table: columns as wide as they need, narrowed fairly if that is too wide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from codex_tui.lines.row import Row, Span, width_of, wrap
from codex_tui.markdown.blocks import Table
from codex_tui.markdown.line_forms import Align
from codex_tui.palette import BOLD

if TYPE_CHECKING:
    from codex_tui.markdown.render import Renderer

MEASURED_ROWS = 30
"""Later rows do not change the widths, so that a long table does not move, and costs the same, as it grows."""
SPACING = 3
NARROWEST = 4


class TableLayout:
    """The rows of one growing table; what is drawn stays unless the widths change."""

    def __init__(self, renderer: Renderer, table: Table, lead: Sequence[Span]) -> None:
        self.renderer = renderer
        self._lead = lead
        self._margin = sum([len(text) for text, _ in lead])
        self._room = max(NARROWEST, renderer.width - width_of(lead))
        self._widths: list[int] = []
        self._measured = -1
        self._natural = [self._cell_width(cell) for cell in table.header]
        self._head: list[Row] = []
        self._body: list[list[Row]] = []

    def rows(self, table: Table) -> list[Row]:
        """The rows of `table`, which is the one of the constructor, perhaps longer."""
        self._measure(table)
        for cells in table.rows[len(self._body) :]:
            self._body.append(self._row(cells, table.aligns, 0))
        return [*self._head, *[row for rows in self._body for row in rows]]

    def _measure(self, table: Table) -> None:
        sample = table.rows[:MEASURED_ROWS]
        if len(sample) == self._measured:
            return
        for cells in sample[max(0, self._measured) :]:
            self._natural = [
                max(width, self._cell_width(cell)) for width, cell in zip(self._natural, cells, strict=True)
            ]
        self._measured = len(sample)
        widths = fit_columns(self._natural, self._room)
        if widths != self._widths:
            self._widths = widths
            self._body = []
            line = ("─" * (sum(widths) + SPACING * (len(widths) - 1)), self._style("faint"))
            rule = Row([*self._lead, line], self.renderer.base, margin=self._margin)
            self._head = [*self._row(table.header, table.aligns, BOLD), rule]

    def _cell_width(self, cell: str) -> int:
        text = "".join([piece.text for piece in self.renderer.inline(cell)])
        return max([cell_len(part) for part in text.split("\n")])

    def _row(self, cells: Sequence[str], aligns: Sequence[Align], attributes: int) -> list[Row]:
        renderer = self.renderer
        columns: list[list[list[Span]]] = []
        for cell, width in zip(cells, self._widths, strict=True):
            spans = renderer.spans(renderer.inline(cell), "text", attributes)
            columns.append([line for line, _ in wrap(spans, width)])
        rows: list[Row] = []
        for number in range(max([len(column) for column in columns])):
            spans = [*self._lead]
            for index, column in enumerate(columns):
                line = column[number] if number < len(column) else []
                spans += self._aligned(line, self._widths[index], aligns[index], last=index == len(columns) - 1)
            rows.append(Row(spans, renderer.base, margin=self._margin))
        return rows

    def _aligned(self, line: list[Span], width: int, align: Align, *, last: bool) -> list[Span]:
        room = max(0, width - width_of(line))
        left = room if align == "right" else room // 2 if align == "center" else 0
        right = 0 if last else room - left + SPACING
        blank = self.renderer.base
        return [span for span in ((" " * left, blank), *line, (" " * right, blank)) if span[0]]

    def _style(self, meaning: str):
        return self.renderer.palette.style(meaning, self.renderer.ground)


def fit_columns(natural: Sequence[int], room: int) -> list[int]:
    """Widths of columns that together fit in `room` with the spacing between them: the widest give first."""
    widths = [max(1, width) for width in natural]
    available = room - SPACING * (len(widths) - 1)
    excess = sum(widths) - available
    while excess > 0:
        widest = max(widths)
        if widest <= NARROWEST:
            break
        second = max([width for width in widths if width < widest], default=NARROWEST)
        wide = [index for index, width in enumerate(widths) if width == widest]
        cut = min(widest - max(second, NARROWEST), -(-excess // len(wide)))
        for index in wide:
            step = min(cut, excess)
            widths[index] -= step
            excess -= step
    return widths
