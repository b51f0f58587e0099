"""The diff of one file: numbers, signs, and the changed words in full-width colour."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, TypeAlias

from codex_tui.code.lexers import meaning_of
from codex_tui.code.text import CodeText
from codex_tui.detail.section import LEAD, Brush, Section
from codex_tui.lines.row import Row, Span, cut_spans, fold, truncate, width_of
from codex_tui.palette import BOLD, Ground
from codex_tui.sanitize import LINE_LIMIT, clip, is_clean, sanitize, sanitize_line

PAIRED_LINES = 40
"""Runs of changed lines up to this length are compared word by word."""

_HUNK = re.compile(r"@@ -(\d{1,9})(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@ ?(.*)")
_WORD = re.compile(r"\w+|\s+|[^\w\s]")

Sign: TypeAlias = Literal[" ", "+", "-", "@", "\\"]
_GROUNDS: dict[str, tuple[Ground, Ground, str]] = {
    "+": ("added_background", "added_word", "added"),
    "-": ("removed_background", "removed_word", "removed"),
}
_QUIET: tuple[Ground, Ground, str] = ("surface", "surface", "muted")


class DiffLine(NamedTuple):
    sign: Sign
    number: int
    """On its own side."""
    text: str
    side_index: int
    """Its place among the lines of its side, for the colours."""


class Diff(Section):
    """A section for one file. Parsing is one pass over the text; everything else waits until a line is seen."""

    def __init__(
        self,
        *,
        path: str,
        kind: str,
        unified: str,
        added: int,
        removed: int,
        old_path: str | None = None,
        header: bool = True,
    ) -> None:
        self.path = sanitize_line(path, reveal=True)
        self.old_path = sanitize_line(old_path, reveal=True) if old_path else None
        self.kind = kind
        self.changed = (added, removed)
        self.is_quiet = False
        """It will not be written: no colours."""
        self._header = 2 if header else 0
        self._lines, old, new = _parse(unified)
        self._note = "" if self._lines else "no lines to show: binary, or only moved"
        self._old = CodeText(path=path, lines=old)
        self._new = CodeText(path=path, lines=new)
        last = max([line.number for line in (self._lines[-1:] + self._lines[:1])], default=0)
        self._gutter = max(3, len(str(last + 2)))
        self.stops = self._find_stops()
        self.size = self._header + max(1, len(self._lines))

    def _find_stops(self) -> list[int]:
        stops = [self._header + index for index, line in enumerate(self._lines) if line.sign == "@"]
        return [self._header, *stops] if self._lines else []

    def estimate(self, index: int, width: int) -> int:
        index -= self._header
        if index < 0 or not self._lines:
            return 1
        return 1 + len(self._lines[index].text) // max(8, width - self._gutter - 5)

    def estimates(self, width: int) -> list[int]:
        room = max(8, width - self._gutter - 5)
        return [1] * self._header + ([1 + len(line.text) // room for line in self._lines] or [1])

    def draw(self, index: int, brush: Brush) -> list[Row]:
        if index < self._header:
            return [self._title(brush) if index == 0 else brush.gap()]
        if not self._lines:
            return [brush.line([brush.span(self._note, "muted")])]
        line = self._lines[index - self._header]
        match line.sign:
            case "@":
                return [self._between(line, brush)]
            case "\\":
                note = " " * (self._gutter + 3) + "no line break at the end of the file"
                return [brush.line([brush.span(note, "muted")])]
            case _:
                return self._line(index - self._header, line, brush)

    def _title(self, brush: Brush) -> Row:
        path = self.path if self.old_path is None else f"{self.old_path} → {self.path}"
        words = {"add": "new file", "delete": "deleted"}.get(self.kind, "")
        added, removed = self.changed or (0, 0)
        counts = [brush.span(f"+{added}", "added"), brush.span(f" −{removed}", "removed")]
        spans = [brush.span(truncate(path, max(8, brush.room - 24)), "text", BOLD), brush.span("   ", "text"), *counts]
        if words:
            spans.append(brush.span(f"   {words}", "muted"))
        return brush.line(spans)

    def _between(self, line: DiffLine, brush: Brush) -> Row:
        lead = " " * (self._gutter - 1) + "⋯"
        text = truncate(clip(line.text), max(0, brush.room - self._gutter - 4))
        return brush.line([brush.span(lead, "muted"), brush.span(f"   {text}", "muted")])

    def _line(self, index: int, line: DiffLine, brush: Brush) -> list[Row]:
        ground, word_ground, mark = _QUIET if self.is_quiet else _GROUNDS.get(line.sign, _QUIET)
        blank = brush.palette.style("text", ground)
        side = self._old if line.sign == "-" else self._new
        spans: list[Span] = [brush.span(clip(line.text), "muted" if self.is_quiet else "text", 0, ground)]
        if len(line.text) <= LINE_LIMIT and not self.is_quiet:
            spans = [brush.span(text, meaning_of(kind), 0, ground) for text, kind in side.line(line.side_index)]
            if line.sign != " " and (changed := self._changed_words(index)) is not None:
                start, end = changed
                inside = "".join([text for text, _ in cut_spans(spans, start, end)])
                marked = [brush.span(inside, "text", BOLD, word_ground)] if inside else []
                spans = [*cut_spans(spans, 0, start), *marked, *cut_spans(spans, end, len(line.text))]
        rows: list[Row] = []
        number, sign = str(line.number), "−" if line.sign == "-" else line.sign
        gutter = LEAD + self._gutter + 3
        for part, joint in fold(spans, max(8, brush.width - gutter - 1)):
            lead = [
                (" " * LEAD, blank),
                brush.span(f"{number:>{self._gutter}} ", "muted", 0, ground),
                brush.span(f"{sign} ", mark, BOLD, ground),
            ]
            pad = max(0, brush.width - gutter - width_of(part))
            rows.append(Row([*lead, *part, (" " * pad, blank)], blank, margin=gutter, joint=joint))
            number = sign = ""
            sign = " "
        return rows

    def _changed_words(self, index: int) -> tuple[int, int] | None:
        """The part of a changed line that differs from the line it replaces; None if nothing is worth marking."""
        partner = self._partner(index)
        if partner is None:
            return None
        text, other = self._lines[index].text, self._lines[partner].text
        words, others = _WORD.findall(text), _WORD.findall(other)
        start = 0
        while start < min(len(words), len(others)) and words[start] == others[start]:
            start += 1
        end = 0
        while end < min(len(words), len(others)) - start and words[-1 - end] == others[-1 - end]:
            end += 1
        kept = sum(map(len, words[:start])) + sum(map(len, words[len(words) - end :]))
        if kept * 3 < min(len(text), len(other)) or not text[:kept].strip():
            return None  # two different lines: marking nearly everything says nothing
        left = sum(map(len, words[:start]))
        return (left, len(text) - (kept - left))

    def _partner(self, index: int) -> int | None:
        lines, sign = self._lines, self._lines[index].sign
        first = last = index
        while first > 0 and lines[first - 1].sign == sign and index - first < PAIRED_LINES:
            first -= 1
        while last + 1 < len(lines) and lines[last + 1].sign == sign and last - index < PAIRED_LINES:
            last += 1
        count = last - first + 1
        other = last + 1 if sign == "-" else first - count
        if count > PAIRED_LINES or other < 0 or other + count > len(lines):
            return None
        wanted = "+" if sign == "-" else "-"
        if any(line.sign != wanted for line in lines[other : other + count]):
            return None
        edge = other + count if sign == "-" else other - 1
        if 0 <= edge < len(lines) and lines[edge].sign == wanted:
            return None
        return other + index - first

    def source(self, index: int) -> str:
        if index < self._header or not self._lines:
            return self.path if index == 0 else ""
        line = self._lines[index - self._header]
        return f"{line.sign}{line.text}"


def _parse(unified: str) -> tuple[list[DiffLine], list[str], list[str]]:
    clean = is_clean(unified)
    raw = unified.split("\n")
    if raw and not raw[-1]:
        raw.pop()
    # A file with Windows line ends throughout says nothing by them; a change of line ends does.
    windows = not clean and "\r" in unified and all(line.endswith("\r") for line in raw if line[:1] in " +-")
    lines: list[DiffLine] = []
    old: list[str] = []
    new: list[str] = []
    old_number = new_number = 1
    for line in raw:
        sign, text = line[:1], line[1:]
        if not clean:
            text = sanitize(text.removesuffix("\r") if windows else text, reveal=True)
        match sign:
            case "+":
                lines.append(DiffLine("+", new_number, text, len(new)))
                new.append(text)
                new_number += 1
            case "-":
                lines.append(DiffLine("-", old_number, text, len(old)))
                old.append(text)
                old_number += 1
            case "@" if match := _HUNK.match(line):
                old_number, new_number = int(match.group(1)), int(match.group(2))
                if lines:
                    lines.append(DiffLine("@", new_number, sanitize_line(match.group(3), reveal=True), 0))
            case "\\":
                lines.append(DiffLine("\\", new_number, "", 0))
            case _:
                lines.append(DiffLine(" ", new_number, text, len(new)))
                old.append(text)
                new.append(text)
                old_number += 1
                new_number += 1
    return lines, old, new
