"""Where a line view is: the line of an item that is at its top, in exact rows and never in estimated ones.

Only items that come into view, or that are passed over line by line, are drawn for these answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from codex_tui.lines.heights import Heights
from codex_tui.lines.row import Row

Place: TypeAlias = tuple[int, int]
"""An item, and the number of a line in it."""
RowsOf: TypeAlias = Callable[[int], Sequence[Row]]
"""Draws an item if need be, and sets its height to what it is."""


def end_place(heights: Heights, rows_of: RowsOf, page: int) -> Place:
    """The top with which the end is in the last line of the page."""
    covered, index = 0, heights.end
    while covered < page and index > heights.first:
        index -= 1
        covered += len(rows_of(index))
    return (index, max(0, covered - page))


def settled_place(heights: Heights, rows_of: RowsOf, top: Place, page: int) -> tuple[Place, bool]:
    """The place nearest to `top` that there is, and whether the end is in view from it.

    Nothing is left empty below the end while there is something above.
    """
    if not len(heights):
        return (0, 0), False
    index, offset = top
    index = max(heights.first, min(index, heights.end - 1))
    height = len(rows_of(index))
    offset = max(0, min(offset, height - 1))
    top = (index, offset)
    covered = height - offset
    while covered < page and index < heights.end - 1:
        index += 1
        covered += len(rows_of(index))
    if covered <= page and index == heights.end - 1:
        return end_place(heights, rows_of, page), True
    return top, False


def moved_place(heights: Heights, rows_of: RowsOf, top: Place, lines: int) -> Place:
    """So many lines further down (negative: up); beyond the ends it is for `settled_place` to mend."""
    index, offset = top
    offset += lines
    while offset < 0 and index > heights.first:
        index -= 1
        offset += len(rows_of(index))
    while index < heights.end - 1 and offset >= len(rows_of(index)):
        offset -= len(rows_of(index))
        index += 1
    return (index, max(0, offset))
