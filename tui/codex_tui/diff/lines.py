"""The hunks of one file's unified diff. Where each begins is found at once, by one quick search; what its lines are is
worked out when one of them is looked at."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from codex_tui.code.text import CodeText
from codex_tui.diff.line import DiffLine, Sign
from codex_tui.diff.pairs import Run
from codex_tui.sanitize import is_clean, sanitize, sanitize_line

LONGEST_PART = 1_000
PART_LINES = 500
"""A hunk with more lines than the longest part is divided into parts of about so many."""

_HEADER = re.compile(r"^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@ ?(.*)(?:\n|$)", re.MULTILINE)
_SIGNS: dict[str, Sign] = {"+": "+", "-": "-", "\\": "\\"}


class Hunk:
    """Lines are counted from 0; the `@@` line is none of them."""

    __slots__ = (
        "_is_windows",
        "_lines",
        "_path",
        "has_header",
        "heading",
        "new",
        "new_side",
        "old",
        "old_side",
        "runs",
        "size",
        "skipped",
        "text",
    )

    def __init__(
        self,
        text: str,
        *,
        path: str,
        old: int,
        new: int,
        heading: str,
        skipped: int,
        has_header: bool,
        is_windows: bool,
    ) -> None:
        self.text = text
        """As it is in the diff, from the first line after the `@@` on."""
        self.heading = heading
        """What the `@@` line says of its place: mostly the function."""
        self.skipped = skipped
        """Unchanged lines between the hunk before and this one; 0 if that is not known."""
        self.has_header = has_header
        """A line stands for its `@@` line."""
        self.old, self.new = old, new
        """The numbers of its first line."""
        self.size = text.count("\n") + (not text.endswith("\n") and bool(text))
        self.old_side = self.new_side = CodeText()
        self.runs: list[Run] = []
        self._path = path
        self._is_windows = is_windows
        self._lines: list[DiffLine] | None = None

    @property
    def is_parsed(self) -> bool:
        return self._lines is not None

    @property
    def lines(self) -> list[DiffLine]:
        if self._lines is None:
            self._lines = self._parse()
        return self._lines

    def side_of(self, line: DiffLine) -> CodeText:
        return self.old_side if line.sign == "-" else self.new_side

    def _parse(self) -> list[DiffLine]:
        clean, windows = is_clean(self.text), self._is_windows
        raw = self.text.split("\n")[: self.size]
        lines: list[DiffLine] = []
        old_texts: list[str] = []
        new_texts: list[str] = []
        runs = self.runs
        run: Run | None = None
        for index, line in enumerate(raw):
            sign, text = _SIGNS.get(line[:1], " "), line[1:]
            if not clean:
                text = sanitize(text.removesuffix("\r") if windows else text, reveal=True)
            if sign == "\\":
                lines.append(DiffLine("\\", self.old + len(old_texts), self.new + len(new_texts), "", 0, -1))
                continue
            if sign == " ":
                run = None
            elif run is None or (sign == "-" and run.new):
                run = Run(lines)
                runs.append(run)
            side = old_texts if sign == "-" else new_texts
            lines.append(
                DiffLine(
                    sign,
                    self.old + len(old_texts),
                    self.new + len(new_texts),
                    text,
                    len(side),
                    len(runs) - 1 if run is not None else -1,
                )
            )
            if sign != "+":
                old_texts.append(text)
            if sign != "-":
                new_texts.append(text)
            if run is not None:
                (run.old if sign == "-" else run.new).append(index)
        self.old_side = CodeText(path=self._path, lines=old_texts)
        self.new_side = CodeText(path=self._path, lines=new_texts)
        return lines


class Hunks:
    """All hunks of a file. Their lines are numbered through; each hunk but the first has its `@@` line before them."""

    def __init__(self, unified: str, path: str) -> None:
        self.all: list[Hunk] = []
        """Long hunks are in parts, so that none is long to parse; a part but the first has no `@@` line."""
        self.stops: list[int] = []
        """The line with which each hunk begins: its `@@` line, of the first one its first."""
        self.is_windows = _has_windows_ends(unified)
        """All its lines end as on Windows: that says nothing of any of them."""
        self.size = 0
        self._path = path
        self._starts: list[int] = []
        found = list(_HEADER.finditer(unified))
        if not found and unified:
            self._add(unified, old=1, new=1)
        before = 0
        for number, match in enumerate(found):
            end = found[number + 1].start() if number + 1 < len(found) else len(unified)
            old, old_count, new, _, heading = match.groups()
            skipped = max(0, int(old) - before) if before else 0
            before = int(old) + int(old_count or 1)
            text = unified[match.end() : end]
            self._add(text, old=int(old), new=int(new), heading=sanitize_line(heading, reveal=True), skipped=skipped)

    def _add(self, text: str, *, old: int, new: int, heading: str = "", skipped: int = 0) -> None:
        self.stops.append(self.size)
        has_header = bool(self.all)
        for part in _parts(text):
            hunk = Hunk(
                part,
                path=self._path,
                old=old,
                new=new,
                heading=heading,
                skipped=skipped,
                has_header=has_header,
                is_windows=self.is_windows,
            )
            self._starts.append(self.size + has_header)
            self.size += has_header + hunk.size
            self.all.append(hunk)
            has_header = False
            old += hunk.size - _count(part, "+") - _count(part, "\\")
            new += hunk.size - _count(part, "-") - _count(part, "\\")

    @property
    def last_number(self) -> int:
        """About the greatest line number."""
        hunk = self.all[-1]
        return max(hunk.old, hunk.new) + hunk.size

    def locate(self, index: int) -> tuple[Hunk, int]:
        """The hunk of a line, and which of its lines that is; -1 for its `@@` line."""
        number = bisect_right(self._starts, index) - 1
        following = number + 1
        if following < len(self.all) and self.all[following].has_header and index == self._starts[following] - 1:
            return self.all[following], -1
        return self.all[number], index - self._starts[number]

    def first_changed(self, number: int) -> int:
        """The line number, afterwards, of the first line of a hunk that is not as it was."""
        stop = self.stops[number]
        hunk, _ = self.locate(stop)
        return next((line.new for line in hunk.lines if line.sign != " "), hunk.new)

    def number_of(self, index: int) -> int:
        """Which hunk a line belongs to, from 0."""
        return max(0, bisect_right(self.stops, index) - 1)


def _parts(text: str) -> Iterator[str]:
    """The text of a hunk in pieces, cut where no removed line is parted from those that took its place."""
    start, left = 0, text.count("\n")
    while left > LONGEST_PART:
        cut = start
        for _ in range(PART_LINES):
            cut = text.index("\n", cut) + 1
        if text.find("\n-", cut - 1) >= 0 and text.find("\n+", cut - 1) >= 0:
            cut = text.find("\n ", cut) + 1
        if cut in (0, len(text)) or text.startswith("\\", cut):
            break
        yield text[start:cut]
        left -= text.count("\n", start, cut)
        start = cut
    yield text[start:]


def _count(text: str, sign: str) -> int:
    return text.count(f"\n{sign}") + text.startswith(sign)


def _has_windows_ends(unified: str) -> bool:
    ends = unified.count("\r\n")
    if not ends:
        return False
    lines = unified.count("\n") + (not unified.endswith("\n"))
    return ends == lines - len(_HEADER.findall(unified)) - unified.count("\n\\ ")
