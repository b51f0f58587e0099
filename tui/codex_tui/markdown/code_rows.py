"""The rows of a code block. Where lines break depends on the text alone; the colours are found when a row is seen."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from codex_tui.code.lexers import Colored, meaning_of
from codex_tui.code.text import CodeText
from codex_tui.lines.row import Row, Span, cut_spans, fold_points, width_of
from codex_tui.palette import Palette

PAD = 2


class CodeRow(Row):
    """Characters `start:end` of one line of a code block."""

    __slots__ = ("_block", "_end", "_line", "_start")

    def __init__(self, block: CodeRows, line: int, start: int, end: int, joint: str) -> None:
        super().__init__((), block.base, margin=block.margin, joint=joint, mark=block.mark)
        self._block = block
        self._line = line
        self._start = start
        self._end = end

    @property
    def spans(self) -> Sequence[Span]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self._block.spans(self._block.code.line(self._line), self._start, self._end)

    @spans.setter
    def spans(self, value: Sequence[Span]) -> None:
        """Not kept: the colours may change as the block grows."""

    @property
    def text(self) -> str:
        return self._block.indent + self._block.code.lines[self._line][self._start : self._end]


class CodeRows:
    """Draws one growing code block at one width: rows that are drawn stay."""

    def __init__(
        self, owner: object, code: CodeText, palette: Palette, width: int, lead: Sequence[Span], mark: str = ""
    ) -> None:
        self.owner = owner
        """Whoever keeps this; another owner needs another one."""
        self.code = code
        self.base = palette.style("text")
        self.indent = "".join([text for text, _ in lead]) + " " * PAD
        self.margin = len(self.indent)
        self.mark = mark
        """Copied left of each line."""
        self._palette = palette
        self._panel = palette.style("text", "surface")
        self._lead = lead
        self._inner = max(4, width - width_of(lead) - 2 * PAD)
        self._rows: list[Row] = []
        self._lines = 0
        self._recolored = code.recolored
        if code.language:
            label = self._dressed([(code.language, palette.style("muted", "surface"))])
            self._rows.append(Row(label, self.base, margin=1 << 20, joint=""))  # a label is not copied

    def rows(self, partial: str | None = None) -> list[Row]:
        """All rows, with those of an unfinished last line. A new list if there is one."""
        code = self.code
        if code.recolored != self._recolored:
            self._recolored = code.recolored
            self._rows = [row if row.strip is None else _again(row) for row in self._rows]
        for line in range(self._lines, len(code.lines)):
            for start, end, joint in fold_points(code.lines[line], self._inner):
                self._rows.append(CodeRow(self, line, start, end, joint))
        self._lines = len(code.lines)
        if not partial:
            return self._rows
        pieces = code.partial(partial)
        return [
            *self._rows,
            *[
                Row(self.spans(pieces, start, end), self.base, margin=self.margin, joint=joint, mark=self.mark)
                for start, end, joint in fold_points(partial, self._inner)
            ],
        ]

    def spans(self, pieces: Sequence[Colored], start: int, end: int) -> list[Span]:
        """Part of a line, with what stands around it."""
        style = self._palette.style
        spans = [(text, style(meaning_of(kind), "surface")) for text, kind in pieces]
        length = sum([len(text) for text, _ in spans])
        return self._dressed(spans if start == 0 and end >= length else cut_spans(spans, start, end))

    def _dressed(self, spans: list[Span]) -> list[Span]:
        room = self._inner - sum([cell_len(text) for text, _ in spans]) + PAD
        return [*self._lead, (" " * PAD, self._panel), *spans, (" " * max(0, room), self._panel)]


def _again(row: Row) -> Row:
    """The same row as a new object, so that it is painted again."""
    if not isinstance(row, CodeRow):
        return row
    return CodeRow(row._block, row._line, row._start, row._end, row.joint)  # pyright: ignore[reportPrivateUsage]
