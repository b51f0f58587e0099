"""Selected text: how lines are named in selections, how they look, and what is copied.

Textual keeps a selection as places in a widget. Line numbers would not do: they change while heights above are still
estimates and when older items are added. So a line is named after its item and its place in it, which never change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import get_character_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.selection import Selection
from textual.strip import Strip

from codex_tui.lines.row import Row

LINES_PER_ITEM = 1 << 24


class Dressed(NamedTuple):
    """Characters `start:end` of a row (`end` may be -1: all that follow) that are shown in another style."""

    start: int
    end: int
    style: Style


def line_name(index: int, line: int) -> int:
    """The name of a line of the item `index`; names are in the order of the lines."""
    return index * LINES_PER_ITEM + line


def item_named(name: int) -> int:
    """The item of a line."""
    return name // LINES_PER_ITEM


def dressed_strip(row: Row, width: int, parts: Sequence[Dressed]) -> Strip:
    """The row with `parts`, which are in order and do not overlap, in their styles. Ornaments are left as they are."""
    length = len(row.text)
    bounds = [(max(start, row.margin), length if end < 0 else min(end, length), style) for start, end, style in parts]
    segments: list[Segment] = []
    position = 0
    for text, style in row.spans:
        at = 0
        for start, end, dress in bounds:
            left, right = max(at, start - position), min(len(text), end - position)
            if left < right:
                if at < left:
                    segments.append(Segment(text[at:left], style))
                segments.append(Segment(text[left:right], style + dress))
                at = right
        if at < len(text):
            segments.append(Segment(text[at:], style))
        position += len(text)
    return Strip(segments).adjust_cell_length(width, row.fill)


def column_at(row: Row, x: int) -> int:
    """The character of the row that is drawn in cell `x`; its length if there is none."""
    cells = 0
    for number, character in enumerate(text := row.text):
        cells += get_character_cell_size(character)
        if x < cells:
            return number
    return len(text)


def copied_text(index: int, rows: Sequence[Row], selection: Selection) -> str:
    """What is copied of an item: without ornaments, and with lines joined that were one."""
    parts: list[str] = []
    before = "\n"
    for line, row in enumerate(rows):
        joint, before = before, row.joint
        span = selection.get_span(line_name(index, line))
        if span is None:
            continue
        start, end = span
        content = row.content
        stop = len(content) if end < 0 else max(0, end - row.margin)
        mark = row.mark if joint == "\n" and start <= row.margin and content and stop else ""
        parts.append(mark + content[max(0, start - row.margin) : stop] + (row.joint if end < 0 else ""))
    return "".join(parts)
