"""Where the hunks of all diffs in a pane begin, and which of them is the current one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from codex_tui.detail.section import Section


class HunkStops:
    """Lines of the pane. The current hunk is the one that was gone to, else the one at the top of the pane."""

    def __init__(self, sections: Iterable[tuple[int, Section]]) -> None:
        """Gets each section with the line where it begins."""
        self._lines: list[int] = []
        self._owners: list[tuple[int, Section]] = []
        for start, section in sections:
            for stop in section.stops:
                self._lines.append(start + stop)
                self._owners.append((start, section))
        self.chosen: int | None = None
        """Which hunk was gone to, from 0."""

    def __len__(self) -> int:
        return len(self._lines)

    def current(self, top: int) -> int | None:
        """From 0; None if there is none at all. `top` is the topmost line that is seen."""
        if self.chosen is not None:
            return self.chosen
        return max(0, bisect_right(self._lines, top) - 1) if self._lines else None

    def step(self, step: int, top: tuple[int, int], visible: range) -> int | None:
        """The line where the next hunk begins, or (-1) this one, or the one before; None if there is none there.

        `visible` are the lines of which something is seen: a first hunk among them counts as gone to.
        """
        if self.chosen is not None:
            number = self.chosen + step
        elif step > 0:
            number = bisect_right(self._lines, top[0])
            number += not number and bool(self._lines) and self._lines[0] in visible
        else:
            number = next((n for n in reversed(range(len(self))) if (self._lines[n], 0) < top), -1)
        return self._lines[number] if 0 <= number < len(self._lines) else None

    def choose(self, line: int) -> list[int]:
        """The hunk that begins at `line` is the current one; -1: none was gone to. Returns the lines that look
        different now."""
        before = self.chosen
        self.chosen = self._lines.index(line) if line >= 0 else None
        changed: list[int] = []
        for number in {before, self.chosen} - {None}:
            assert number is not None
            start, section = self._owners[number]
            section.current_stop = self._lines[number] - start if number == self.chosen else -1
            changed.append(self._lines[number])
        return changed

    def approach(self, line: int) -> int:
        """What should be at the top to see the hunk that begins at `line`: for the first one of a file, its name."""
        start, section = self._owners[self._lines.index(line)]
        return start if line - start == section.stops[0] else line

    def line(self, number: int) -> int:
        """Where a hunk begins."""
        return self._lines[number]

    def owner(self, number: int) -> tuple[Section, int]:
        """The section of a hunk, and the hunk's first line in it."""
        start, section = self._owners[number]
        return section, self._lines[number] - start
