"""Which lines two texts share, found in bounded time however the texts are made.

Lines that occur exactly once on both sides anchor the comparison (patience diff); what lies between two anchors is
compared minimally (Myers), as far as its work stays below a budget. Beyond that a stretch counts as replaced whole: the
diff is then longer than need be, and still right.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

WORK_LIMIT = 600_000
"""Inner steps of Myers in one comparison: about half a second."""


@dataclass(frozen=True, slots=True)
class Run:
    """`size` lines from `a` on are the same as those from `b` on. Line numbers count from 0."""

    a: int
    b: int
    size: int


def common_runs(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Run]:
    """The shared lines, in order, neighbouring runs merged."""
    numbers: dict[Hashable, int] = {}
    a = [numbers.setdefault(line, len(numbers)) for line in old]
    b = [numbers.setdefault(line, len(numbers)) for line in new]
    return _Comparison(a, b).run()


class _Comparison:
    """One comparison and the work left for it. Lines are small integers here."""

    def __init__(self, a: list[int], b: list[int]) -> None:
        self._a, self._b = a, b
        self._runs: list[Run] = []
        self._work_left = WORK_LIMIT

    def run(self) -> list[Run]:
        todo = [(0, len(self._a), 0, len(self._b))]
        while todo:
            a_from, a_to, b_from, b_to = self._trim(*todo.pop())
            if a_from == a_to or b_from == b_to:
                continue
            anchors = self._anchors(a_from, a_to, b_from, b_to)
            if not anchors:
                self._compare(a_from, a_to, b_from, b_to)
                continue
            for at_a, at_b in anchors:
                todo.append((a_from, at_a, b_from, at_b))
                self._add(at_a, at_b, 1)
                a_from, b_from = at_a + 1, at_b + 1
            todo.append((a_from, a_to, b_from, b_to))
        return _merged(self._runs)

    def _trim(self, a_from: int, a_to: int, b_from: int, b_to: int) -> tuple[int, int, int, int]:
        """Take what is equal at both ends; return what is left."""
        a, b = self._a, self._b
        start_a, start_b, end_a = a_from, b_from, a_to
        while a_from < a_to and b_from < b_to and a[a_from] == b[b_from]:
            a_from, b_from = a_from + 1, b_from + 1
        self._add(start_a, start_b, a_from - start_a)
        while a_from < a_to and b_from < b_to and a[a_to - 1] == b[b_to - 1]:
            a_to, b_to = a_to - 1, b_to - 1
        self._add(a_to, b_to, end_a - a_to)
        return a_from, a_to, b_from, b_to

    def _anchors(self, a_from: int, a_to: int, b_from: int, b_to: int) -> list[tuple[int, int]]:
        """Lines unique on both sides, the longest chain of them that is in order on both."""
        at_a, at_b = _once(self._a, a_from, a_to), _once(self._b, b_from, b_to)
        return _longest_chain([(i, at_b[line]) for line, i in at_a.items() if line in at_b])

    def _compare(self, a_from: int, a_to: int, b_from: int, b_to: int) -> None:
        a, b = self._a[a_from:a_to], self._b[b_from:b_to]
        if not set(a) & set(b):
            return
        for run in _myers(a, b, self._spend):
            self._add(a_from + run.a, b_from + run.b, run.size)

    def _spend(self, work: int) -> bool:
        self._work_left -= work
        return self._work_left >= 0

    def _add(self, a: int, b: int, size: int) -> None:
        if size:
            self._runs.append(Run(a, b, size))


def _once(lines: list[int], start: int, end: int) -> dict[int, int]:
    """Where each line that occurs exactly once stands, in order."""
    places: dict[int, int] = {}
    for index in range(start, end):
        line = lines[index]
        places[line] = -1 if line in places else index
    return {line: index for line, index in places.items() if index >= 0}


def _longest_chain(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest subsequence of `pairs` (in order of their first number) that ascends in the second."""
    tails: list[int] = []  # the smallest last second number of a chain of each length
    ends: list[int] = []  # the index in `pairs` where that chain ends
    previous: list[int] = []
    for index, (_, b) in enumerate(pairs):
        length = bisect.bisect_left(tails, b)
        previous.append(ends[length - 1] if length else -1)
        if length == len(tails):
            tails.append(b)
            ends.append(index)
        else:
            tails[length], ends[length] = b, index
    chain: list[tuple[int, int]] = []
    at = ends[-1] if ends else -1
    while at >= 0:
        chain.append(pairs[at])
        at = previous[at]
    return chain[::-1]


_Chain: TypeAlias = tuple[Run, "_Chain | None"]
"""The runs on a way through the edit graph, the last one first."""


def _myers(a: list[int], b: list[int], spend: Callable[[int], bool]) -> list[Run]:
    """The runs on a shortest edit path; none if its work is not granted."""
    size_a, size_b = len(a), len(b)
    ways: dict[int, tuple[int, _Chain | None]] = {1: (0, None)}  # by diagonal: how far into `a`, and how
    for edits in range(size_a + size_b + 1):
        if not spend(edits + 1):
            return []
        reached: dict[int, tuple[int, _Chain | None]] = {}
        # Diagonals that have left the rectangle are not followed.
        for k in range(-min(edits, 2 * size_b - edits), min(edits, 2 * size_a - edits) + 1, 2):
            left, above = ways.get(k - 1), ways.get(k + 1)
            if left is None or (above is not None and left[0] < above[0]):
                assert above is not None
                x, chain = above
            else:
                x, chain = left[0] + 1, left[1]
            start = x
            while x < size_a and x - k < size_b and a[x] == b[x - k]:
                x += 1
            if x > start:
                chain = (Run(start, start - k, x - start), chain)
                if not spend(x - start):
                    return []
            if x >= size_a and x - k >= size_b:
                return _unchained(chain)
            reached[k] = (x, chain)
        ways = reached
    return []


def _unchained(chain: _Chain | None) -> list[Run]:
    runs: list[Run] = []
    while chain is not None:
        runs.append(chain[0])
        chain = chain[1]
    return runs[::-1]


def _merged(runs: list[Run]) -> list[Run]:
    merged: list[Run] = []
    for run in sorted(runs, key=lambda run: run.a):
        last = merged[-1] if merged else None
        if last is not None and (last.a + last.size, last.b + last.size) == (run.a, run.b):
            merged[-1] = Run(last.a, last.b, last.size + run.size)
        else:
            merged.append(run)
    return merged
