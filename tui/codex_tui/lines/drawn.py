"""The rows that were drawn, by their items, and the strips that were made of them: kept within bounds."""

from __future__ import annotations

from collections.abc import Iterator

from textual.strip import Strip

from codex_tui.lines.row import Row

ROWS_KEPT = 6_000
"""Drawn rows that stay in memory, least recently seen items go first."""
STRIPS_KEPT = 600


class DrawnRows:
    """One for each line view."""

    __slots__ = ("_rows", "_stripped", "count")

    def __init__(self) -> None:
        self._rows: dict[int, list[Row]] = {}  # least recently seen first
        self._stripped: list[Row] = []
        self.count = 0
        """Of rows."""

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, index: int) -> bool:
        return index in self._rows

    def __getitem__(self, index: int) -> list[Row]:
        """The rows of an item that is drawn."""
        return self._rows[index]

    def see(self, index: int) -> list[Row] | None:
        """The rows of an item, which is the most recently seen one from now on; None if it is not drawn."""
        if (rows := self._rows.pop(index, None)) is not None:
            self._rows[index] = rows
        return rows

    def add(self, index: int, rows: list[Row]) -> None:
        self._rows[index] = rows
        self.count += len(rows)

    def drop(self, index: int) -> None:
        if (rows := self._rows.pop(index, None)) is not None:
            self.count -= len(rows)

    def clear(self) -> None:
        self._rows.clear()
        self.count = 0

    def shed(self, visible: range) -> Iterator[int]:
        """Let go of what is too much and not `visible`; the items of it."""
        while self.count > ROWS_KEPT:
            index = next(iter(self._rows))
            if index in visible:
                return
            self.drop(index)
            yield index

    def strip(self, row: Row, width: int) -> Strip:
        """The row as Textual paints it."""
        strip = row.strip
        if strip is None or strip.cell_length != width:
            strip = row.strip = row.make_strip(width)
            self._stripped.append(row)
            if len(self._stripped) > STRIPS_KEPT:
                for old in self._stripped[: STRIPS_KEPT // 2]:
                    old.strip = None
                del self._stripped[: STRIPS_KEPT // 2]
                row.strip = strip
        return strip
