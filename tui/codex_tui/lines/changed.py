"""Which lines of the screen must be painted again."""

from __future__ import annotations

from collections.abc import Sequence

from codex_tui.lines.row import Row


def changed_lines(shown: Sequence[Row], wanted: Sequence[Row]) -> range:
    """From the first line that differs to the last one. A row that is the same object looks the same."""
    length = min(len(shown), len(wanted))
    start = 0
    while start < length and shown[start] is wanted[start]:
        start += 1
    if start == len(shown) == len(wanted):
        return range(0)
    stop = max(len(shown), len(wanted))
    if len(shown) == len(wanted):
        while shown[stop - 1] is wanted[stop - 1]:
            stop -= 1
    return range(start, stop)
