"""The list of sessions. It knows the ids of all and asks for the rows that come into view."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from textual import events
from textual.message import Message

from codex_tui.lines.row import Row
from codex_tui.lines.view import LineView
from codex_tui.sessions.columns import LEAD, Columns, columns_for, draw, header
from codex_tui.shelf import Hit, SessionRow

AHEAD = 40
"""Rows that are asked for beyond what is seen."""


class Listed(NamedTuple):
    """What the list holds: ids in their order, and in a search what was found in each."""

    ids: Sequence[str] = ()
    hits: Mapping[str, Hit] = {}
    words: tuple[str, ...] = ()
    with_folder: bool = False


class SessionList(LineView, can_focus=False):
    header_lines = 1

    class Moved(Message):
        """Another session is the current one, or none."""

    class Opened(Message):
        """The current session was clicked once more."""

    class RowsWanted(Message):
        def __init__(self, ids: Sequence[str]) -> None:
            super().__init__()
            self.ids = ids

    def __init__(self, *, clock: Callable[[], float] = time.time, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        """`clock` gives seconds since 1970."""
        super().__init__(id=id)
        self._clock = clock
        self._listed = Listed()
        self._rows: dict[str, SessionRow] = {}
        self._asked: set[str] = set()
        self._deleted: set[str] = set()
        self._cursor = 0
        self._columns: tuple[int, Columns] | None = None
        self._header: list[Row] = []

    # What the screen calls.

    def show(self, listed: Listed, rows: Mapping[str, SessionRow]) -> None:
        """Show other sessions; the current one stays it, if it is among them."""
        current = self.current
        self._listed, self._rows, self._columns = listed, dict(rows), None
        self._asked = set(rows)
        self.reset_items(len(listed.ids))
        is_there = current in listed.ids
        self._cursor = listed.ids.index(current) if is_there and current else 0
        if self._cursor:
            self.reveal(self._cursor)
        if self.current != current or not is_there:
            self.post_message(self.Moved())

    def take(self, rows: Mapping[str, SessionRow]) -> None:
        """Rows that were asked for, or that have changed."""
        places = {session_id: index for index, session_id in self._near()}
        for session_id, row in rows.items():
            self._rows[session_id] = row
            if (index := places.get(session_id)) is not None:
                self.redraw(index)

    def mark_deleted(self, session_id: str, *, deleted: bool) -> None:
        (self._deleted.add if deleted else self._deleted.discard)(session_id)
        for index, each in self._near():
            if each == session_id:
                self.redraw(index)

    @property
    def current(self) -> str | None:
        return self._listed.ids[self._cursor] if self._cursor < len(self._listed.ids) else None

    @property
    def current_row(self) -> SessionRow | None:
        return self._rows.get(self.current or "")

    def is_deleted(self, session_id: str) -> bool:
        return session_id in self._deleted

    def row_of(self, session_id: str) -> SessionRow | None:
        return self._rows.get(session_id)

    @property
    def title_place(self) -> tuple[int, int, int]:
        """Where the title of the current row stands: column and line in the widget, and its width."""
        lines = [line for line, (index, _) in enumerate(self.visible_lines) if index == self._cursor]
        return LEAD, self.header_lines + (lines[0] if lines else 0), self._widths().title

    def move_by(self, step: int) -> None:
        self.move_to(self._cursor + step)

    def move_to(self, index: int) -> None:
        last = len(self._listed.ids) - 1
        index = max(0, min(index, last))
        if last < 0 or index == self._cursor:
            return
        former, self._cursor = self._cursor, index
        self.redraw(former)
        self.redraw(index)
        self.reveal(index)
        self.post_message(self.Moved())

    def move_to_end(self) -> None:
        self.move_to(len(self._listed.ids) - 1)

    def go_to(self, session_id: str) -> None:
        if session_id in self._listed.ids:
            self.move_to(self._listed.ids.index(session_id))

    # What the line view asks for.

    def _widths(self) -> Columns:
        width = self.inner_width
        if self._columns is None or self._columns[0] != width:
            self._columns = (width, columns_for(width, with_folder=self._listed.with_folder))
        return self._columns[1]

    def estimate(self, index: int, width: int) -> int:
        return self._height(self._listed.ids[index])

    def estimates(self, items: range, width: int) -> list[int]:
        if not self._listed.hits:
            return [1] * len(items)
        return [self._height(self._listed.ids[index]) for index in items]

    def _height(self, session_id: str) -> int:
        hit = self._listed.hits.get(session_id)
        return 2 if hit is not None and hit.who else 1

    def draw_header(self, width: int) -> list[Row]:
        return [header(self._widths(), self.palette)]

    def draw(self, index: int, width: int) -> list[Row]:
        session_id = self._listed.ids[index]
        row = self._rows.get(session_id)
        if row is None:
            base = self.palette.style("text")
            return [Row([("  …", self.palette.style("muted"))], base) for _ in range(self._height(session_id))]
        return draw(
            row,
            self._widths(),
            self.palette,
            hit=self._listed.hits.get(session_id),
            words=self._listed.words,
            now=self._clock(),
            is_current=index == self._cursor,
            is_deleted=session_id in self._deleted,
        )

    def source(self, index: int) -> str:
        row = self._rows.get(self._listed.ids[index])
        return f"{row.title}  {row.workspace}" if row is not None else ""

    def settled(self) -> None:
        missing = [session_id for _, session_id in self._near() if session_id not in self._asked]
        if missing:
            self._asked.update(missing)
            self.post_message(self.RowsWanted(missing))

    def _near(self) -> list[tuple[int, str]]:
        """The sessions in view and a little around them, with their places."""
        seen = self.visible_items
        start, stop = max(0, seen.start - AHEAD), min(len(self._listed.ids), seen.stop + AHEAD)
        return list(zip(range(start, stop), self._listed.ids[start:stop], strict=True))

    # The mouse.

    def on_click(self, event: events.Click) -> None:
        index = self.item_at(event.y)
        if index is None or self.text_selection:
            return
        event.stop()
        if index == self._cursor:
            self.post_message(self.Opened())
        else:
            self.move_to(index)
