"""Draws lines of a hunk: one below the other, or the two sides beside each other."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest

from codex_tui.code.lexers import meaning_of
from codex_tui.detail.section import LEAD, Brush
from codex_tui.diff.line import DiffLine
from codex_tui.diff.lines import Hunk
from codex_tui.diff.pairs import Pair
from codex_tui.diff.words import Ranges
from codex_tui.lines.row import Row, Span, cut_spans, fold, truncate, width_of
from codex_tui.palette import BOLD, Ground
from codex_tui.sanitize import LINE_LIMIT, clip

NO_NEWLINE = "no line break at the end of the file"
_GROUNDS: dict[str, tuple[Ground, Ground, str]] = {
    "+": ("added_background", "added_word", "added"),
    "-": ("removed_background", "removed_word", "removed"),
}
_QUIET: tuple[Ground, Ground, str] = ("surface", "surface", "muted")
_SIGN_CELLS = 3
"""A space, the sign, a space."""
_TEXT_LEAST = 8


class Pen:
    """Draws lines of one file."""

    __slots__ = ("_brush", "_gutter", "_is_quiet")

    def __init__(self, brush: Brush, gutter: int, *, is_quiet: bool) -> None:
        """`gutter`: cells for line numbers. `is_quiet`: without colours."""
        self._brush = brush
        self._gutter = gutter
        self._is_quiet = is_quiet

    @property
    def _margin(self) -> int:
        return LEAD + self._gutter + _SIGN_CELLS

    def between(self, hunk: Hunk, *, is_current: bool) -> Row:
        """The line that stands for what is left out before a hunk."""
        brush = self._brush
        lines = f"{hunk.skipped:,} unchanged line{'' if hunk.skipped == 1 else 's'}" if hunk.skipped else ""
        words = "   ".join(filter(None, (lines, clip(hunk.heading))))
        text = truncate(words, max(0, brush.room - self._gutter - 4))
        lead = brush.span("▌" if is_current else " " * LEAD, "accent", BOLD)
        spans = [lead, brush.span(" " * (self._gutter - 1) + "⋯", "muted"), brush.span(f"   {text}", "muted")]
        return Row(spans, brush.base, margin=LEAD)

    def note(self, text: str) -> Row:
        """A remark where the text of a line would be."""
        return self._brush.line([self._brush.span(" " * (self._gutter + _SIGN_CELLS) + text, "muted")])

    def below(self, hunk: Hunk, index: int, *, is_current: bool = False) -> list[Row]:
        """The rows of a line where old and new are below each other."""
        line = hunk.lines[index]
        if line.sign == "\\":
            return [self.note(NO_NEWLINE)]
        parts = self._side(hunk, index, line.number, self._brush.width, is_current=is_current)
        return [
            Row(spans, self._brush.palette.style("text", self._grounds(line)[0]), margin=self._margin, joint=joint)
            for spans, joint in parts
        ]

    def beside(self, hunk: Hunk, index: int, *, is_current: bool = False) -> list[Row]:
        """The rows that come with a line where old and new are beside each other; none if another line draws it."""
        line = hunk.lines[index]
        if line.sign == "\\":
            return [self._note_beside(hunk, index)]
        pairs = hunk.runs[line.run].beside(index) if line.run >= 0 else [Pair(index, index)]
        rows: list[Row] = []
        for pair in pairs:
            rows += self._pair(hunk, pair, is_current=is_current and not rows)
        return rows

    @property
    def halves(self) -> tuple[int, int]:
        left = (self._brush.width - 1) // 2
        return left, self._brush.width - 1 - left

    def _pair(self, hunk: Hunk, pair: Pair, *, is_current: bool) -> list[Row]:
        brush, (left, right) = self._brush, self.halves
        ours = [] if pair.old is None else self._side(hunk, pair.old, hunk.lines[pair.old].old, left, is_current)
        theirs = [] if pair.new is None else self._side(hunk, pair.new, hunk.lines[pair.new].new, right)
        edge = brush.span("│", "faint")
        rows: list[Row] = []
        for one, other in zip_longest(ours, theirs):
            spans = one[0] if one is not None else [(" " * left, brush.base)]
            spans = [*spans, edge, *(other[0] if other is not None else [(" " * right, brush.base)])]
            rows.append(Row(spans, brush.base, margin=self._margin if one is not None else left + 1 + self._margin))
        return rows

    def _note_beside(self, hunk: Hunk, index: int) -> Row:
        brush, (left, _) = self._brush, self.halves
        sign = hunk.lines[index - 1].sign if index else " "
        lead = self._gutter + _SIGN_CELLS
        text = truncate(NO_NEWLINE, max(0, left - lead - LEAD))
        words = brush.span(" " * (LEAD + lead) + text, "muted")
        gap = brush.span(" " * max(0, left - width_of([words])), "muted")
        edge = brush.span("│", "faint")
        if sign == "-":
            return Row([words, gap, edge], brush.base, margin=left)
        if sign == "+":
            return Row([brush.span(" " * left, "muted"), edge, words], brush.base, margin=left)
        return Row([words, gap, edge, words], brush.base, margin=left)

    def _grounds(self, line: DiffLine) -> tuple[Ground, Ground, str]:
        return _QUIET if self._is_quiet else _GROUNDS.get(line.sign, _QUIET)

    def _side(
        self, hunk: Hunk, index: int, number: int, width: int, is_current: bool = False
    ) -> list[tuple[list[Span], str]]:
        """A line, folded to a width that it fills."""
        brush, line = self._brush, hunk.lines[index]
        ground, _, mark = self._grounds(line)
        blank = brush.palette.style("text", ground)
        margin = self._margin
        told, sign = str(number), "−" if line.sign == "-" else line.sign
        parts: list[tuple[list[Span], str]] = []
        lead = brush.span("▌", "accent", BOLD, ground) if is_current else (" " * LEAD, blank)
        for part, joint in fold(self._text(hunk, index), max(_TEXT_LEAST, width - margin - 1)):
            spans = [
                lead,
                brush.span(f"{told:>{self._gutter}} ", "muted", 0, ground),
                brush.span(f"{sign} ", mark, BOLD, ground),
                *part,
                (" " * max(0, width - margin - width_of(part)), blank),
            ]
            parts.append((spans, joint))
            lead, told, sign = (" " * LEAD, blank), "", " "
        return parts

    def _text(self, hunk: Hunk, index: int) -> list[Span]:
        """The text of a line in its colours, the changed words marked."""
        brush, line = self._brush, hunk.lines[index]
        ground, word_ground, _ = self._grounds(line)
        if len(line.text) > LINE_LIMIT or self._is_quiet:
            return [brush.span(clip(line.text), "muted" if self._is_quiet else "text", 0, ground)]
        pieces = hunk.side_of(line).line(line.side_index)
        spans = [brush.span(text, meaning_of(kind), 0, ground) for text, kind in pieces]
        marks: Ranges = hunk.runs[line.run].marks(index) if line.run >= 0 else ()
        return list(self._marked(spans, marks, len(line.text), word_ground))

    def _marked(self, spans: list[Span], marks: Ranges, length: int, ground: Ground) -> Iterable[Span]:
        at = 0
        for start, end in marks:
            yield from cut_spans(spans, at, start)
            inside = "".join([text for text, _ in cut_spans(spans, start, end)])
            if inside:
                yield self._brush.span(inside, "text", BOLD, ground)
            at = end
        yield from cut_spans(spans, at, length) if marks else spans
