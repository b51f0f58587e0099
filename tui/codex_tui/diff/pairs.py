"""Which changed line took the place of which: for marks inside the lines, and for the two sides beside each other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from codex_tui.diff.line import DiffLine
from codex_tui.diff.words import Ranges, changed_words

MOST_COMPARED = 400
"""Pairs of lines that are compared to pair a run; a longer one is paired in order."""
MOST_CHARACTERS = 400
"""Of a line are looked at to pair it."""
_LIKE = 0.4
_WORD = re.compile(r"\w+|[^\w\s]")


class Pair(NamedTuple):
    """Lines beside each other, as numbers in the hunk; None: there is none on that side."""

    old: int | None
    new: int | None


class Run:
    """Lines that were removed, with those that were added in their place."""

    __slots__ = ("_lines", "_marks", "_pairs", "_partners", "new", "old")

    def __init__(self, lines: list[DiffLine]) -> None:
        """`lines`: those of the hunk, complete before anything is asked."""
        self.old: list[int] = []
        self.new: list[int] = []
        self._lines = lines
        self._pairs: dict[int, list[Pair]] | None = None
        self._partners: dict[int, int] = {}
        self._marks: dict[tuple[int, int], tuple[Ranges, Ranges] | None] = {}

    def beside(self, index: int) -> list[Pair]:
        """What is drawn with a line where the sides are beside each other: nothing if another line draws it.

        Each pair comes with its old line. New lines alone come with the old line before them, as far as one follows,
        so that lines drawn in their order give the pairs in theirs.
        """
        if self._pairs is None:
            self._pair()
        assert self._pairs is not None
        return self._pairs.get(index, [])

    def partner(self, index: int) -> int | None:
        """The line whose place a line took, or that took its place, if the two are alike."""
        if self._pairs is None:
            self._pair()
        return self._partners.get(index)

    def marks(self, index: int) -> Ranges:
        """The characters of a line that its partner does not have; empty if that says nothing."""
        if (partner := self.partner(index)) is None:
            return ()
        is_old = self._lines[index].sign == "-"
        old, new = (index, partner) if is_old else (partner, index)
        if (old, new) not in self._marks:
            lines = self._lines
            self._marks[old, new] = changed_words(lines[old].text, lines[new].text)
        marks = self._marks[old, new]
        return () if marks is None else marks[0] if is_old else marks[1]

    def _pair(self) -> None:
        anchors = self._anchors()
        self._partners = dict(anchors) | {new: old for old, new in anchors}
        rows: dict[int, list[Pair]] = {}
        holder: int | None = None
        pending: list[Pair] = []
        for pair in self._rows(anchors):
            if pair.old is not None:
                rows[pair.old] = [*pending, pair] if holder is None else [pair]
                holder, pending = pair.old, []
            elif holder is not None and pair.new is not None and pair.new < self._last_held(anchors):
                rows[holder].append(pair)
            elif holder is None and self.old:
                pending.append(pair)
            elif pair.new is not None:
                rows[pair.new] = [pair]
        self._pairs = rows

    def _last_held(self, anchors: list[tuple[int, int]]) -> int:
        """New lines before this one are followed by an old line."""
        return anchors[-1][1] if anchors else -1

    def _rows(self, anchors: list[tuple[int, int]]) -> Iterator[Pair]:
        old, new = list(self.old), list(self.new)
        at_old = at_new = 0
        for old_anchor, new_anchor in [*anchors, (None, None)]:
            end_old = len(old) if old_anchor is None else old.index(old_anchor, at_old)
            end_new = len(new) if new_anchor is None else new.index(new_anchor, at_new)
            ours, theirs = old[at_old:end_old], new[at_new:end_new]
            for number in range(max(len(ours), len(theirs))):
                yield Pair(
                    ours[number] if number < len(ours) else None, theirs[number] if number < len(theirs) else None
                )
            if old_anchor is not None:
                yield Pair(old_anchor, new_anchor)
            at_old, at_new = end_old + 1, end_new + 1

    def _anchors(self) -> list[tuple[int, int]]:
        """Pairs of lines that are alike, in order."""
        if not self.old or not self.new:
            return []
        if len(self.old) * len(self.new) > MOST_COMPARED:
            return list(zip(self.old, self.new, strict=False)) if len(self.old) == len(self.new) else []
        lines = self._lines
        words = {index: _words(lines[index].text) for index in (*self.old, *self.new)}
        return _best_pairs(self.old, self.new, words)


def _words(text: str) -> Counter[str]:
    """The words of a line, each counting as much as it is long: a long one that is the same says more."""
    words = Counter[str]()
    for word in _WORD.findall(text[:MOST_CHARACTERS]):
        words[word] += len(word)
    return words


def _best_pairs(old: list[int], new: list[int], words: dict[int, Counter[str]]) -> list[tuple[int, int]]:
    """The pairs, in order on both sides, that are the most alike together."""
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    likeness: dict[tuple[int, int], float] = {}
    for i, one in enumerate(old, 1):
        for j, other in enumerate(new, 1):
            ours, theirs = words[one], words[other]
            total = ours.total() + theirs.total()
            share = 2 * (ours & theirs).total() / total if total else 0.0
            likeness[i, j] = share if share >= _LIKE else 0.0
            best[i][j] = max(best[i - 1][j], best[i][j - 1], best[i - 1][j - 1] + likeness[i, j])
    pairs: list[tuple[int, int]] = []
    i, j = len(old), len(new)
    while i and j:
        if likeness[i, j] and best[i][j] == best[i - 1][j - 1] + likeness[i, j]:
            pairs.append((old[i - 1], new[j - 1]))
            i, j = i - 1, j - 1
        elif best[i][j] == best[i - 1][j]:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]
