"""The steps of a session, numbered without gaps; earlier ones get negative numbers, so that none ever changes."""

from __future__ import annotations

from codex_tui.timeline.filters import FILTERS, Filter, belongs
from codex_tui.timeline.row import TimelineRow


class Steps:
    """Also counts them, and what they took, as they come and change."""

    def __init__(self) -> None:
        self.first = 0
        self.end = 0
        self.ticking: set[int] = set()
        """Steps whose time still runs."""
        self.spent_s = 0.0
        self.counts: dict[Filter, int] = dict.fromkeys(FILTERS, 0)
        self._rows: dict[int, TimelineRow] = {}
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, number: int) -> TimelineRow:
        return self._rows[number]

    def number(self, row_id: str) -> int | None:
        return self._numbers.get(row_id)

    def append(self, row: TimelineRow) -> int:
        self.end += 1
        return self._add(self.end - 1, row)

    def prepend(self, row: TimelineRow) -> int:
        self.first -= 1
        return self._add(self.first, row)

    def change(self, number: int, row: TimelineRow) -> None:
        self._count(self._rows[number], -1)
        self._put(number, row)

    def _add(self, number: int, row: TimelineRow) -> int:
        self._numbers[row.id] = number
        self._put(number, row)
        return number

    def _put(self, number: int, row: TimelineRow) -> None:
        self._rows[number] = row
        self._count(row, 1)
        if row.since_s is not None and row.duration_s is None:
            self.ticking.add(number)
        else:
            self.ticking.discard(number)

    def _count(self, row: TimelineRow, step: int) -> None:
        if not row.is_users_time:
            self.spent_s += step * (row.duration_s or 0.0)
        for name in FILTERS:
            if belongs(row, name):
                self.counts[name] += step
