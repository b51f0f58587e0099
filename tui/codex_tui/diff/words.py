"""What differs inside a line: the words that one of two like lines has and the other has not. Pure, bounded in cost."""

from __future__ import annotations

import re
from typing import TypeAlias

Ranges: TypeAlias = tuple[tuple[int, int], ...]
"""From and to, in characters, in order."""

MOST_CHARACTERS = 4_000
"""A longer line is not looked into."""
MOST_COMPARED = 20_000
"""Pairs of words, so many in one line times so many in the other. Beyond that all between the first and the last
difference counts as changed."""
_LEAST_KEPT = 1 / 3
"""Less of the shorter line: they are two different lines, and marking nearly all of them says nothing."""

_WORD = re.compile(r"\w+|\s+|[^\w\s]")


def changed_words(old: str, new: str) -> tuple[Ranges, Ranges] | None:
    """What of `old` is not in `new`, and the other way round; None if it says nothing."""
    if max(len(old), len(new)) > MOST_CHARACTERS or old == new:
        return None
    ours, theirs = _WORD.findall(old), _WORD.findall(new)
    start = _common(ours, theirs, 0)
    end = _common(ours[::-1], theirs[::-1], start)
    ours_inside, theirs_inside = ours[start : len(ours) - end], theirs[start : len(theirs) - end]
    at = sum(map(len, ours[:start]))
    if ours_inside and theirs_inside and len(ours_inside) * len(theirs_inside) <= MOST_COMPARED:
        marks = _compared(ours_inside, theirs_inside, at)
    else:
        marks = _range(ours_inside, at), _range(theirs_inside, at)
    kept = min(_kept(old, marks[0]), _kept(new, marks[1]))
    shorter = min(len(old.replace(" ", "")), len(new.replace(" ", "")))
    if kept < _LEAST_KEPT * shorter or not kept:
        return None
    return marks


def _common(one: list[str], other: list[str], taken: int) -> int:
    """How many words the two begin with; `taken` of each are left at their ends."""
    most = min(len(one), len(other)) - taken
    count = 0
    while count < most and one[count] == other[count]:
        count += 1
    return count


def _range(words: list[str], at: int) -> Ranges:
    length = sum(map(len, words))
    return ((at, at + length),) if length else ()


def _compared(ours: list[str], theirs: list[str], at: int) -> tuple[Ranges, Ranges]:
    from difflib import SequenceMatcher  # deferred: not part of the first paint

    left: list[tuple[int, int]] = []
    right: list[tuple[int, int]] = []
    at_ours = at_theirs = at
    for what, i, j, k, m in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        mine, yours = sum(map(len, ours[i:j])), sum(map(len, theirs[k:m]))
        # A space between two changes is no part of the line that stayed.
        is_gap = what == "equal" and not "".join(ours[i:j]).strip()
        if what != "equal" or (is_gap and left and right):
            _add(left, at_ours, mine)
            _add(right, at_theirs, yours)
        at_ours, at_theirs = at_ours + mine, at_theirs + yours
    return tuple(left), tuple(right)


def _add(ranges: list[tuple[int, int]], at: int, length: int) -> None:
    if not length:
        return
    if ranges and ranges[-1][1] == at:
        ranges[-1] = (ranges[-1][0], at + length)
    else:
        ranges.append((at, at + length))


def _kept(text: str, marks: Ranges) -> int:
    """Characters outside the marks that are no spaces."""
    kept = len(text.replace(" ", ""))
    return kept - sum(len(text[start:end].replace(" ", "")) for start, end in marks)
