"""Are two pictures of the screen the same? Where they are not: the rows, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pyte.screens import Char

from tests.support.cells import Cells

_TIMES = re.compile(r"\d+(\.\d+)?\s?(ms|s|m|h)?\b|[\s─]+")
"""What goes on while one looks: elapsed time, and the room that it takes."""


def differences(before: Cells, after: Cells) -> list[str]:
    """The rows that differ by more than elapsed time."""
    told: list[str] = []
    for number, (was, now) in enumerate(zip(before, after, strict=True)):
        was_text, now_text = _text(was), _text(now)
        if was_text == now_text:
            if places := [x for x, (a, b) in enumerate(zip(was, now, strict=True)) if _look(a) != _look(b)]:
                first = places[0]
                told.append(
                    f"row {number}, {len(places)} cells from {first}: {was[first]} -> {now[first]}\n  {now_text}"
                )
        elif _TIMES.sub("", was_text) != _TIMES.sub("", now_text):
            told.append(f"row {number}:\n- {was_text}\n+ {now_text}")
    return told


def was_said(difference: str, marks: Sequence[str]) -> bool:
    """Whether other words stand in a row where one of these marks is."""
    return "\n- " in difference and any(mark in difference for mark in marks)


def _text(row: Sequence[Char]) -> str:
    return "".join(cell.data for cell in row)


def _look(cell: Char) -> object:
    """What can be seen of it."""
    if cell.data in ("", " ") and not (cell.reverse or cell.underscore or cell.strikethrough):
        return cell.bg
    return cell
