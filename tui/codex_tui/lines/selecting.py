"""Selected text: how lines are named in selections, how they look, and what is copied.

Textual keeps a selection as places in a widget. Line numbers would not do: they change while heights above are still
estimates and when older items are added. So a line is named after its item and its place in it, which never change.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import get_character_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.selection import Selection
from textual.strip import Strip

from codex_tui.lines.row import Row

LINES_PER_ITEM = 1 << 24


def line_name(index: int, line: int) -> int:
    """The name of a line of the item `index`; names are in the order of the lines."""
    return index * LINES_PER_ITEM + line


def item_named(name: int) -> int:
    """The item of a line."""
    return name // LINES_PER_ITEM


def marked_strip(row: Row, width: int, span: tuple[int, int], chosen: Style) -> Strip:
    """The row with the characters of `span` (its end may be -1: all that follow) in the style `chosen`."""
    length = len(row.text)
    start = max(span[0], row.margin)
    end = length if span[1] < 0 else min(span[1], length)
    segments: list[Segment] = []
    position = 0
    for text, style in row.spans:
        left, right = max(0, start - position), max(0, end - position)
        middle = max(left, right)
        for part, dress in ((text[:left], style), (text[left:right], style + chosen), (text[middle:], style)):
            if part:
                segments.append(Segment(part, dress))
        position += len(text)
    return Strip(segments).adjust_cell_length(width, row.fill)


def named_strip(strip: Strip, length: int, name: int) -> Strip:
    """A strip that tells Textual which place each of its cells is: one of `length` characters of the line `name`."""
    segments: list[Segment] = []
    for number, character in enumerate(strip.text):
        style = Style(meta={"offset": (min(number, length), name)})
        segments += [Segment(" ", style)] * get_character_cell_size(character)
    return Strip(segments)


def copied_text(index: int, rows: Sequence[Row], selection: Selection) -> str:
    """What is copied of an item: without ornaments, and with lines joined that were one."""
    parts: list[str] = []
    for line, row in enumerate(rows):
        span = selection.get_span(line_name(index, line))
        if span is None:
            continue
        start, end = span
        text = row.text[max(start, row.margin) : None if end < 0 else end]
        parts.append(text.rstrip() + row.joint if end < 0 else text)
    return "".join(parts)
