"""The diff of one file as a section of the detail pane."""

from __future__ import annotations

from codex_core.protocol import FileDiff
from codex_tui.detail.section import Brush, Section
from codex_tui.diff.draw import Pen
from codex_tui.diff.facts import mark_of, notes_of, path_words, short_note, why_no_lines
from codex_tui.diff.lines import Hunks
from codex_tui.lines.row import Row, Span, truncate, width_of
from codex_tui.palette import BOLD

ESTIMATED_LINES = 20_000
"""A file with more lines is taken to have none that are folded, until they are seen."""


class Diff(Section):
    """Its lines are drawn hunk by hunk: see `codex_tui.diff.lines`. `is_beside` puts old and new beside each other."""

    def __init__(self, file: FileDiff, *, header: bool = True) -> None:
        self.file = file
        self.changed = (file.added, file.removed)
        self.is_quiet = False
        """It will not be written: no colours."""
        self.hunks = Hunks(file.unified, file.path)
        self._notes = notes_of(file, is_windows=self.hunks.is_windows)
        self._has_title = header
        has_lines = self.hunks.size > 0
        if header and not has_lines and not short_note(file):  # which says it already
            self._notes = (*self._notes, why_no_lines(file))
        notes_alone = not header and has_lines and bool(self._notes) and bool(file.old_mode)
        self._header = (1 + has_lines) if header else int(notes_alone)
        self._gutter = max(3, len(str(self.hunks.last_number))) if self.hunks.size else 3
        self.stops = [self._header + stop for stop in self.hunks.stops]
        self.size = max(1, self._header + self.hunks.size)

    def estimate(self, index: int, width: int) -> int:
        return 1

    def estimates(self, width: int) -> list[int]:
        if not self.hunks.size or self.is_beside or self.hunks.size > ESTIMATED_LINES:
            return [1] * self.size
        room = max(8, width - self._gutter - 5)
        heights = [1] * self._header
        for hunk in self.hunks.all:
            heights += [1] * hunk.has_header
            heights += [1 + max(0, len(line) - 2) // room for line in hunk.text.split("\n")[: hunk.size]]
        return heights

    def draw(self, index: int, brush: Brush) -> list[Row]:
        if index < self._header:
            return self._draw_header(index, brush)
        if not self.hunks.size:
            return [brush.line([brush.span(why_no_lines(self.file), "muted")])]
        hunk, line = self.hunks.locate(index - self._header)
        pen = Pen(brush, self._gutter, is_quiet=self.is_quiet)
        is_current = index == self.current_stop
        if line < 0:
            return [pen.between(hunk, is_current=is_current)]
        has_sides = self.file.kind == "update"  # else one half would be empty
        draw = pen.beside if self.is_beside and has_sides else pen.below
        return draw(hunk, line, is_current=is_current)

    def _draw_header(self, index: int, brush: Brush) -> list[Row]:
        if not self._has_title:
            return [brush.line([brush.span("   ".join(self._notes), "muted")])]
        return [self._title(brush) if index == 0 else brush.gap()]

    def _title(self, brush: Brush) -> Row:
        letter, meaning = mark_of(self.file)
        facts: list[Span] = []
        if self.file.added or self.file.removed:
            facts += [brush.span(f"   +{self.file.added}", "added"), brush.span(f" −{self.file.removed}", "removed")]
        if self._notes:
            facts.append(brush.span("   " + "   ".join(self._notes), "muted"))
        room = max(8, brush.room - width_of(facts) - 2)
        path = truncate(path_words(self.file), room)
        return brush.line([brush.span(f"{letter} ", meaning, BOLD), brush.span(path, "text", BOLD), *facts])

    def source(self, index: int) -> str:
        if index < self._header or not self.hunks.size:
            return path_words(self.file) if index == 0 else ""
        hunk, line = self.hunks.locate(index - self._header)
        if line < 0:
            return "⋯"
        found = hunk.lines[line]
        return f"{found.sign}{found.text}"

    def number_at(self, index: int) -> int:
        """The line number, afterwards, of a line."""
        if index < self._header or not self.hunks.size:
            return 0
        hunk, line = self.hunks.locate(index - self._header)
        return hunk.lines[max(0, line)].new

    def line_of(self, number: int) -> int:
        """The first line with that number afterwards, or the one after it; 0 if there is none."""
        at = self._header
        for hunk in self.hunks.all:
            at += hunk.has_header
            if number and number < hunk.new + hunk.size:
                return next((at + i for i, line in enumerate(hunk.lines) if line.new >= number), at)
            at += hunk.size
        return 0

    def hunk_at(self, index: int) -> int | None:
        """Which hunk a line belongs to, from 0; None if there is none."""
        return self.hunks.number_of(max(0, index - self._header)) if self.hunks.all else None
