"""The pill in the last line of a transcript that is not at its end: how much is new below."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip

from codex_tui.palette import BOLD, Palette
from codex_tui.transcript.draw import RIGHT

_REACH = 24
"""Cells at the right in which a click is meant for it."""


class Pill:
    """One for each transcript."""

    def __init__(self) -> None:
        self._new = 0
        self._told = 0

    def count(self) -> None:
        """One more entry is below."""
        self._new += 1

    def note(self) -> None:
        """Something below has grown."""
        self._new = max(1, self._new)

    def reset(self) -> None:
        self._new = 0

    def changed(self) -> bool:
        """Whether it looks different from when this was last asked."""
        former, self._told = self._told, self._new
        return former != self._new

    def over(self, strip: Strip, width: int, palette: Palette) -> Strip:
        """The last line with the pill over it, if there is anything to say and room for it."""
        if not self._new:
            return strip
        label = " ↓ new below " if self._new == 1 else f" ↓ {self._new} new below "
        if width < len(label) + 8:
            return strip
        start = width - len(label) - RIGHT - 1
        pill = Strip([Segment(label, palette.style("accent", "panel", BOLD))], len(label))
        return Strip.join([strip.crop(0, start), pill, strip.crop(start + len(label), width)])

    def is_hit(self, x: int, width: int) -> bool:
        """Whether a click into the last line is meant for it."""
        return bool(self._new) and x >= width - _REACH
