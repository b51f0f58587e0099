"""Sections for text: prose, code and output, tables, and the empty line between two blocks."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from codex_tui.code.lexers import meaning_of
from codex_tui.code.text import CodeText
from codex_tui.detail.section import LEAD, RIGHT, Brush, Section
from codex_tui.lines.row import Row, Span, fold, truncate, wrap
from codex_tui.markdown.table import fit_columns
from codex_tui.palette import BOLD
from codex_tui.sanitize import LINE_LIMIT, clip, sanitize


class Gap(Section):
    """An empty line."""


class Words(Section):
    """A few lines of prose in one colour."""

    def __init__(
        self, text: str, meaning: str = "text", *, attributes: int = 0, lead: str = "", lead_meaning: str = ""
    ) -> None:
        self._lines = sanitize(text, reveal=True).strip("\n").split("\n")
        self.size = len(self._lines)
        self._meaning = meaning
        self._attributes = attributes
        self._lead = lead
        self._lead_meaning = lead_meaning or meaning

    def estimate(self, index: int, width: int) -> int:
        return 1 + len(self._lines[index]) // max(8, width - 2)

    def draw(self, index: int, brush: Brush) -> list[Row]:
        indent = len(self._lead)
        lead = self._lead if index == 0 else " " * indent
        rows: list[Row] = []
        text = [brush.span(clip(self._lines[index]), self._meaning, self._attributes)]
        for line, joint in wrap(text, brush.room - indent):
            spans = [brush.span(lead, self._lead_meaning, BOLD), *line] if indent else line
            rows.append(brush.line(spans, joint=joint, margin=indent))
            lead = " " * indent
        return rows

    def source(self, index: int) -> str:
        return self._lines[index]


class Lines(Section):
    """A text with its line breaks: output, a file, JSON. Coloured if its language is known, numbered if it is part of
    a file. `reveal` shows what would be invisible."""

    def __init__(self, text: str, *, language: str = "", first_line: int | None = None, reveal: bool = True) -> None:
        self._lines = sanitize(text, reveal=reveal).removesuffix("\n").split("\n")
        self.size = len(self._lines)
        self._colors = CodeText(language, lines=self._lines) if language else None
        self._first_line = first_line
        last = (first_line or 0) + len(self._lines)
        self._gutter = max(3, len(str(last))) + 2 if first_line is not None else 0

    def estimate(self, index: int, width: int) -> int:
        return 1 + len(self._lines[index]) // max(8, width - LEAD - RIGHT - self._gutter)

    def estimates(self, width: int) -> list[int]:
        room = max(8, width - LEAD - RIGHT - self._gutter)
        return [1 + len(line) // room for line in self._lines]

    def draw(self, index: int, brush: Brush) -> list[Row]:
        spans: list[Span]
        if self._colors is None:
            spans = [brush.span(clip(self._lines[index]), "text")]
        else:
            pieces = self._colors.line(index)
            if len(self._lines[index]) > LINE_LIMIT:
                spans = [brush.span(clip(self._lines[index]), "text")]
            else:
                spans = [brush.span(text, meaning_of(kind)) for text, kind in pieces]
        rows: list[Row] = []
        number = "" if self._first_line is None else str(self._first_line + index)
        for line, joint in fold(spans, brush.room - self._gutter):
            if self._gutter:
                line = [brush.span(f"{number:>{self._gutter - 2}}  ", "muted"), *line]
                number = ""
            rows.append(brush.line(line, joint=joint, margin=self._gutter))
        return rows

    def source(self, index: int) -> str:
        return self._lines[index]


class Grid(Section):
    """A table; column widths are taken from its beginning."""

    measured = 200

    def __init__(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self._rows = [columns, *rows]
        self.size = len(self._rows) + 1
        self._widths: tuple[int, list[int]] = (0, [])

    def draw(self, index: int, brush: Brush) -> list[Row]:
        widths = self._fit(brush.room)
        if index == 1:
            return [brush.line([brush.span("─" * (sum(widths) + 2 * (len(widths) - 1)), "faint")])]
        cells = self._cells(index if index == 0 else index - 1)
        spans: list[Span] = []
        for cell, width in zip(cells, widths, strict=True):
            text = truncate(cell, width)
            text += " " * (width - cell_len(text) + 2)
            spans.append(brush.span(text, "muted" if index == 0 else "text", BOLD if index == 0 else 0))
        return [brush.line(spans)]

    def _cells(self, row: int) -> list[str]:
        count = len(self._rows[0])
        cells = [clip(sanitize(cell, reveal=True).replace("\n", " ")) for cell in self._rows[row]]
        return (cells + [""] * count)[:count]

    def _fit(self, room: int) -> list[int]:
        if self._widths[0] != room:
            sample = [self._cells(row) for row in range(min(len(self._rows), self.measured))]
            natural = [max([cell_len(cells[column]) for cells in sample]) for column in range(len(self._rows[0]))]
            self._widths = (room, fit_columns(natural, room + len(natural) - 1) if natural else [])
        return self._widths[1]

    def source(self, index: int) -> str:
        return "" if index == 1 else "\t".join(self._cells(index if index == 0 else index - 1))
