"""The timeline: one line for each step of a session, newest at the end, with the running one's time ticking.

Rows are told by id; the timeline knows nothing of what they stand for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer

from codex_tui.glyphs import STATUS, duration, spoken_duration
from codex_tui.lines.row import Row, Span, truncate, width_of
from codex_tui.lines.view import LineView
from codex_tui.palette import BOLD, Ground
from codex_tui.sanitize import sanitize_line

TICK_S = 0.5
LABEL_LEAST, LABEL_MOST = 5, 12
CLOCK_FROM = 38
"""Columns from which on the time of day is shown."""


class TimelineRow(NamedTuple):
    id: str
    at: str
    """The time of day as it is shown: `12:01:03`."""
    status: str
    """A key of `glyphs.STATUS`."""
    label: str
    subject: str = ""
    duration_s: float | None = None
    """How long it took; None while it runs or waits."""
    since_s: float | None = None
    """When a running step began, in the timeline's own clock."""


class Timeline(LineView):
    """`clock` gives seconds that only grow; frozen in tests."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor_up", "Previous step", show=False),
        Binding("down,j", "cursor_down", "Next step", show=False),
        Binding("home", "cursor_first", "First step", show=False),
        Binding("end", "cursor_last", "Newest step", show=False),
        Binding("pageup", "cursor_page_up", "Page up", show=False),
        Binding("pagedown", "cursor_page_down", "Page down", show=False),
        Binding("enter", "select", "Show", show=False),
    ]
    header_lines = 2
    follows = True

    class RowSelected(Message):
        """The user moved to a row, clicked it or pressed Enter on it."""

        def __init__(self, timeline: Timeline, row_id: str) -> None:
            super().__init__()
            self.timeline = timeline
            self.row_id = row_id

        @property
        def control(self) -> Timeline:
            return self.timeline

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        name: str | None = None,
        id: str | None = None,  # noqa: A002  # Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._clock = clock
        self._steps: list[TimelineRow] = []
        self._index: dict[str, int] = {}
        self._ticking: set[int] = set()
        self._spent_s = 0.0
        self._cursor: int | None = None
        """Where the user moved to; None while the step that is followed is the current one."""
        self._followed: int | None = None
        """The step to follow; None: the newest."""
        self._label_width = LABEL_LEAST
        self._header_key: object = None
        self._header_rows: list[Row] = []
        self._timer: Timer | None = None

    # What the app calls

    def upsert(self, row: TimelineRow) -> None:
        """Add a step at the end, or show another state of the one with the same id."""
        index = self._index.get(row.id)
        if index is None:
            index = self._index[row.id] = len(self._steps)
            former = self.current
            if self._cursor == index - 1:
                self._cursor = None  # who stands at the end goes on with what comes
            self._steps.append(row)
            self._count(index, None, row)
            self.append_item()
            self._redraw_if_left(former)
        elif self._steps[index] != row:
            former_row, self._steps[index] = self._steps[index], row
            self._count(index, former_row, row)
            self.redraw(index)
        self._widen(row)
        self._tick_while_running()

    def clear(self) -> None:
        """Forget all steps."""
        self._steps.clear()
        self._index.clear()
        self._ticking.clear()
        self._spent_s = 0.0
        self._cursor = self._followed = None
        self._label_width = LABEL_LEAST
        self.reset_items()

    def follow(self, row_id: str) -> None:
        """From now on this step is the current one while the user chooses no other."""
        former = self.current
        self._followed = self._index.get(row_id)
        self._redraw_if_left(former)

    def select(self, row_id: str) -> None:
        """Move to a step, without a message."""
        if (index := self._index.get(row_id)) is not None:
            self._move_to(index, tell=False)

    @property
    def selected(self) -> str | None:
        """The current step: where the user moved to, else the one that is followed."""
        index = self.current
        return None if index is None else self._steps[index].id

    @property
    def current(self) -> int | None:
        """The number of the current step."""
        if self._cursor is not None:
            return self._cursor
        if self._followed is not None:
            return self._followed
        return len(self._steps) - 1 if self._steps else None

    @property
    def chosen(self) -> str:
        """The step that the user moved to; empty while one is followed."""
        return "" if self._cursor is None else self._steps[self._cursor].id

    # Time

    def _count(self, index: int, before: TimelineRow | None, after: TimelineRow) -> None:
        self._spent_s += (after.duration_s or 0.0) - ((before.duration_s if before else None) or 0.0)
        if after.since_s is not None and after.duration_s is None:
            self._ticking.add(index)
        else:
            self._ticking.discard(index)

    def _tick_while_running(self) -> None:
        if not self._ticking:
            if self._timer is not None:
                self._timer.pause()
        elif self._timer is not None:
            self._timer.resume()
        elif self.is_attached:
            self._timer = self.set_interval(TICK_S, self._tick)

    def _tick(self) -> None:
        for index in self._ticking & set(self.visible_items):
            self.redraw(index)
        self.settle()

    def on_mount(self) -> None:
        self._tick_while_running()

    def _elapsed(self, row: TimelineRow) -> float | None:
        if row.duration_s is not None or row.since_s is None:
            return row.duration_s
        return max(0.0, self._clock() - row.since_s)

    # Drawing

    def _widen(self, row: TimelineRow) -> None:
        wanted = min(LABEL_MOST, cell_len(row.label))
        if wanted > self._label_width:
            self._label_width = wanted
            self.forget_rows()

    def estimate(self, index: int, width: int) -> int:
        return 1

    def draw_header(self, width: int) -> list[Row]:
        running_s = sum([self._elapsed(self._steps[index]) or 0.0 for index in self._ticking])
        count, spent = len(self._steps), spoken_duration(self._spent_s + running_s)
        key = (count, spent, width, self.palette)
        if key != self._header_key:
            self._header_key = key
            style, base = self.palette.style, self.palette.style("text")
            facts = f"{count} step{'' if count == 1 else 's'} · {spent}" if count else ""
            title = "TIMELINE"
            gap = " " * max(2, width - 3 - len(title) - len(facts))
            spans = [(" ", base), (title, style("muted", "background", BOLD)), (gap, base), (facts, style("muted"))]
            self._header_rows = [Row(spans, base), Row([], base)]
        return self._header_rows

    def draw(self, index: int, width: int) -> list[Row]:
        row = self._steps[index]
        ground: Ground = "panel" if index == self.current else "background"
        style = self.palette.style
        base = style("text", ground)
        elapsed = self._elapsed(row)
        spent = duration(elapsed) if elapsed is not None else "wait" if row.status == "waiting" else ""
        glyph, meaning = STATUS.get(row.status, STATUS["running"])
        mark = "▌" if index == self.current and (self.has_focus or self._cursor is not None) else " "
        label = truncate(sanitize_line(row.label, reveal=True), self._label_width)
        spans: list[Span] = [(mark, style("accent", ground))]
        if width >= CLOCK_FROM:
            spans.append((f"{sanitize_line(row.at)} ", style("muted", ground)))
        spans += [(glyph, style(meaning, ground, BOLD)), (" ", base)]
        spans.append((label + " " * (self._label_width - cell_len(label) + 1), base))
        room = width - width_of(spans) - 8
        subject = truncate(sanitize_line(row.subject[:400], reveal=True), max(0, room))
        spans.append((subject + " " * max(0, room - cell_len(subject)), style("muted", ground)))
        spans.append((f"{spent:>6} ", self._spent_style(row, ground)))
        return [Row(spans, base, margin=1)]

    def _spent_style(self, row: TimelineRow, ground: Ground) -> Style:
        meaning = {"waiting": "warning", "running": "accent"}.get(row.status, "muted")
        return self.palette.style(meaning, ground)

    def source(self, index: int) -> str:
        row = self._steps[index]
        return f"{row.at} {row.label} {row.subject}"

    # Moving

    def _move_to(self, index: int, *, tell: bool) -> None:
        if not self._steps:
            return
        former = self.current
        last = len(self._steps) - 1
        index = max(0, min(index, last))
        followed = last if self._followed is None else self._followed
        self._cursor = None if index == followed else index
        for changed in {former, index} - {None}:
            self.redraw(changed)  # pyright: ignore[reportArgumentType]  # None is taken out
        if index == last:
            self.jump_to_end()
        else:
            self.reveal(index)
        if tell:
            self.post_message(self.RowSelected(self, self._steps[index].id))

    def _step(self, distance: int) -> None:
        if (current := self.current) is not None:
            self._move_to(current + distance, tell=True)

    def action_cursor_up(self) -> None:
        self._step(-1)

    def action_cursor_down(self) -> None:
        self._step(1)

    def action_cursor_page_up(self) -> None:
        self._step(-max(1, self.page - 1))

    def action_cursor_page_down(self) -> None:
        self._step(max(1, self.page - 1))

    def action_cursor_first(self) -> None:
        self._move_to(0, tell=True)

    def action_cursor_last(self) -> None:
        self._move_to(len(self._steps) - 1, tell=True)

    def action_select(self) -> None:
        self._step(0)

    def on_focus(self) -> None:
        self._redraw_current()

    def on_blur(self) -> None:
        self._redraw_current()

    def _redraw_if_left(self, former: int | None) -> None:
        """Another step may have become the current one."""
        if former is not None and former != self.current:
            self.redraw(former)
            self._redraw_current()

    def _redraw_current(self) -> None:
        if (current := self.current) is not None:
            self.redraw(current)

    def on_click(self, event: events.Click) -> None:
        index = self.item_at(event.y)
        if index is not None and not self.text_selection:
            event.stop()
            self._move_to(index, tell=True)
