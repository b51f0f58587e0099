"""The timeline: one line for each step of a session, newest at the end, with the running one's time ticking.

Rows are told by id; the timeline knows nothing of what they stand for. Steps have numbers, which never change; items of
the line view are the steps that the sieve lets through.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer

from codex_tui.glyphs import spoken_duration
from codex_tui.lines.row import Row
from codex_tui.lines.view import LineView
from codex_tui.sanitize import sanitize_line
from codex_tui.timeline.cursor import Cursor
from codex_tui.timeline.draw import filter_at, filter_row, step_row, title_row, words_row
from codex_tui.timeline.filters import Filter, offered_filters
from codex_tui.timeline.row import TimelineRow
from codex_tui.timeline.sieve import Sieve
from codex_tui.timeline.steps import Steps

TICK_S = 0.5
LABEL_LEAST = 5
LABEL_SHARE = 6
"""Of this many columns one goes to the names of steps, at most: a long name is cut, not what all others are about."""
NEAR_TOP_ITEMS = 10
WORDS_LIMIT = 200
ROOMY = 12
"""Lines from which on one is left free between the filters and the steps."""


class Timeline(LineView):
    """`clock` gives seconds that only grow; frozen in tests."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor_up", "Previous step", show=False),
        Binding("down,j", "cursor_down", "Next step", show=False),
        Binding("home", "cursor_first", "First step", show=False),
        Binding("end", "cursor_last", "Newest step", show=False),
        Binding("pageup", "cursor_page_up", "Page up", show=False),
        Binding("pagedown", "cursor_page_down", "Page down", show=False),
        Binding("enter", "open", "Go to it", show=False),
        Binding("f", "next_filter(1)", "Next filter", show=False),
        Binding("F", "next_filter(-1)", "Previous filter", show=False),
        Binding("slash", "type_words", "Only steps with words", show=False),
        Binding("escape", "show_all", "All steps", show=False),
        Binding("o", "page('output')", "Output", show=False),
        Binding("d", "page('diff')", "Diff", show=False),
        Binding("a", "page('arguments')", "Arguments", show=False),
        Binding("r", "page('raw')", "Raw JSON", show=False),
    ]
    header_lines = 2
    follows = True
    selects_by_clicks = False

    class RowMessage(Message):
        def __init__(self, timeline: Timeline, row_id: str) -> None:
            super().__init__()
            self.timeline = timeline
            self.row_id = row_id

        @property
        def control(self) -> Timeline:
            return self.timeline

    class RowSelected(RowMessage):
        """The user moved to a row or clicked it."""

    class RowOpened(RowMessage):
        """The user wants to see what the row stands for in the conversation."""

    class PageWanted(Message):
        """The user wants to see another side of the current step."""

        def __init__(self, page: str) -> None:
            super().__init__()
            self.page = page

    class Sifted(Message):
        """Other steps are shown than before: perhaps another one is current, or none."""

    class NearTop(Message):
        """The oldest steps come into view: `prepend` earlier ones, if there are any. Posted once per `prepend`."""

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
        self._steps = Steps()
        self._sieve = Sieve(self._steps)
        self._is_typing = False
        self._cursor = Cursor(self._steps)
        self._near_top_told = True
        self._seeks_start = False
        self._label_width = LABEL_LEAST
        self._header_key: object = None
        self._header_rows: list[Row] = []
        self._timer: Timer | None = None

    # What the app calls

    def upsert(self, row: TimelineRow) -> None:
        """Add a step at the end, or show another state of the one with the same id."""
        number = self._steps.number(row.id)
        if number is None:
            former = self.current
            newest = self._last
            number = self._steps.append(row)
            self._cursor.leave(newest)  # who stands at the end goes on with what comes
            if self._sieve.passes(row):
                self._sieve.append(number)
                self.append_item()
            else:
                self.settle_soon()  # the header counts it
            self._redraw_if_left(former)
        elif self._steps[number] != row:
            self._steps.change(number, row)
            self._change(number, row)
        self._widen(row)
        self._tick_while_running()

    def prepend(self, rows: Sequence[TimelineRow]) -> None:
        """Add older steps before all others, given oldest first. What is on the screen does not move."""
        for row in reversed(rows):
            if self._steps.number(row.id) is None:
                number = self._steps.prepend(row)
                if self._sieve.passes(row):
                    self._sieve.prepend(number)
                    self.prepend_item()
                self._widen(row)
        if rows and self._seeks_start:
            self.action_cursor_first()
        self.settle_soon()

    def allow_near_top(self) -> None:
        """There may be earlier steps: post `NearTop` when the beginning comes into view."""
        self._near_top_told = False
        self.settle_soon()

    def clear(self) -> None:
        """Forget all steps; the filter stays."""
        self._steps = Steps()
        self._sieve = Sieve(self._steps, self._sieve.name, self._sieve.words)
        self._cursor = Cursor(self._steps)
        self._near_top_told = True
        self._label_width = LABEL_LEAST
        self.reset_items()

    def follow(self, row_id: str) -> None:
        """From now on this step is the current one while the user chooses no other."""
        former = self.current
        self._cursor.follow(self._steps.number(row_id))
        self._redraw_if_left(former)

    def select(self, row_id: str) -> None:
        """Move to a step, without a message. If it is not shown, all are from then on."""
        if (number := self._steps.number(row_id)) is not None:
            if self._sieve.item(number) is None:
                self._is_typing = False
                self.show_only("all")
            self._move_to(number, tell=False)

    @property
    def chosen(self) -> str:
        """The step that the user moved to, shown or not; empty while one is followed."""
        chosen = self._cursor.chosen
        return "" if chosen is None else self._steps[chosen].id

    @property
    def selected(self) -> str | None:
        """The current step: where the user moved to, else the one that is followed; None if none is shown."""
        number = self.current
        return None if number is None else self._steps[number].id

    @property
    def current(self) -> int | None:
        """The number of the current step; None if none is shown.

        Where it is filtered out, what is shown before it stands for it, or after it, until it is shown again.
        """
        number = self._cursor.current
        if number is None or self._sieve.item(number) is not None:
            return number
        if not len(self.heights):
            return None
        return self._sieve.number(max(self.heights.first, self._sieve.item_after(number) - 1))

    @property
    def count(self) -> int:
        """How many steps there are, shown or not."""
        return len(self._steps)

    @property
    def hides_all(self) -> bool:
        """There are steps, and all of them are filtered out."""
        return len(self._steps) > 0 and not len(self.heights)

    def ids_before(self, row_id: str) -> Iterator[str]:
        """That step and those before it, the nearest first."""
        number = self._steps.number(row_id)
        if number is not None:
            for earlier in range(number, self._steps.first - 1, -1):
                yield self._steps[earlier].id

    # Filters

    def show_only(self, name: Filter, words: str = "") -> None:
        """Show the steps that this filter lets through and that hold the words."""
        if (name, words) != (self._sieve.name, self._sieve.words):
            self._sift(name, words)
            self.post_message(self.Sifted())

    def _sift(self, name: Filter, words: str) -> None:
        """Make the list of what is shown anew; where the user moved to, or what is nearest, is in view."""
        self._sieve = Sieve(self._steps, name, words)
        self.heights = self._sieve.heights()
        self._top, self.following = (self.heights.first, 0), self.follows
        self._header_key = None
        self.forget_rows()
        current = self.current
        if self._cursor.chosen is not None and current is not None and (item := self._sieve.item(current)) is not None:
            self.reveal(item)

    def _change(self, number: int, row: TimelineRow) -> None:
        item = self._sieve.item(number)
        if (item is not None) != self._sieve.passes(row):
            self._sift(self._sieve.name, self._sieve.words)
        elif item is not None:
            self.redraw(item)

    @property
    def _last(self) -> int | None:
        """The newest step that is shown."""
        return self._sieve.number(self.heights.end - 1) if len(self.heights) else None

    def action_next_filter(self, step: int) -> None:
        offered = offered_filters(self._steps.counts, self._sieve.name)
        self.show_only(offered[(offered.index(self._sieve.name) + step) % len(offered)], self._sieve.words)

    def action_show_all(self) -> None:
        if not (self._is_typing or self._sieve.is_set):
            raise SkipAction  # the screen's own Esc
        self._is_typing = False
        self.show_only("all")
        self.settle_soon()

    def action_type_words(self) -> None:
        self._is_typing = True
        self._header_key = None
        self.settle_soon()

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return self._is_typing and character is not None and character.isprintable()

    def on_key(self, event: events.Key) -> None:
        if not self._is_typing:
            return
        words = self._sieve.words
        if event.key == "enter":
            self._is_typing = False
            self._header_key = None
            self.settle_soon()
        elif event.key == "backspace":
            words = words[:-1]
        elif event.key == "ctrl+u":
            words = ""
        elif event.is_printable and event.character:
            words += event.character
        else:
            return
        event.stop()
        event.prevent_default()
        self.show_only(self._sieve.name, words[:WORDS_LIMIT])

    def on_paste(self, event: events.Paste) -> None:
        if self._is_typing:
            event.stop()
            self.show_only(self._sieve.name, (self._sieve.words + sanitize_line(event.text.strip()))[:WORDS_LIMIT])

    # Time

    def _tick_while_running(self) -> None:
        if not self._steps.ticking:
            if self._timer is not None:
                self._timer.pause()
        elif self._timer is not None:
            self._timer.resume()
        elif self.is_attached:
            self._timer = self.set_interval(TICK_S, self._tick)

    def _tick(self) -> None:
        visible = self.visible_items
        for number in self._steps.ticking:
            if (item := self._sieve.item(number)) is not None and item in visible:
                self.redraw(item)
        self.settle()

    def on_resize(self) -> None:
        self.header_lines = 3 if self.size.height >= ROOMY else 2

    def on_mount(self) -> None:
        self._tick_while_running()

    def _elapsed(self, row: TimelineRow) -> float | None:
        if row.duration_s is not None or row.since_s is None:
            return row.duration_s
        return max(0.0, self._clock() - row.since_s)

    # Drawing

    def _widen(self, row: TimelineRow) -> None:
        wanted = cell_len(row.label)
        if wanted > self._label_width:
            self._label_width = wanted
            self.forget_rows()

    def estimate(self, index: int, width: int) -> int:
        return 1

    def draw_header(self, width: int) -> list[Row]:
        steps = self._steps
        running = [row for number in steps.ticking if not (row := steps[number]).is_users_time]
        running_s = sum([self._elapsed(row) or 0.0 for row in running])
        count, spent_s = self.count, steps.spent_s + running_s
        spent = f" · {spoken_duration(spent_s)}" if spent_s >= 0.05 else ""
        roomy = self.header_lines > 2
        key = (tuple(steps.counts.values()), spent, width, self.palette, self._is_typing, len(self.heights), roomy)
        if key != self._header_key:
            self._header_key = key
            facts = f"{count} step{'' if count == 1 else 's'}{spent}" if count else ""
            gap = [Row((), self.palette.style("text"))] if roomy else []
            self._header_rows = [title_row(facts, self.palette, width), self._filter_row(width), *gap]
        return self._header_rows

    def _filter_row(self, width: int) -> Row:
        if self._is_typing or self._sieve.words:
            return words_row(self._sieve, self._steps.counts, self.palette, width, is_typing=self._is_typing)
        if not len(self._steps):
            return Row(
                [(" what the agent does is listed here", self.palette.style("muted"))], self.palette.style("text")
            )
        return filter_row(self._steps.counts, self._sieve.name, self.palette, width)

    def draw(self, index: int, width: int) -> list[Row]:
        number = self._sieve.number(index)
        row = self._steps[number]
        is_current = number == self.current
        mark = "▌" if is_current and (self.has_focus or self._cursor.chosen is not None) else " "
        elapsed_s = self._elapsed(row)
        label_width = min(self._label_width, max(LABEL_LEAST, width // LABEL_SHARE))
        return [step_row(row, self.palette, width, label_width, elapsed_s, mark=mark, lit=is_current)]

    def source(self, index: int) -> str:
        row = self._steps[self._sieve.number(index)]
        return f"{row.at} {row.label} {row.subject}"

    def settled(self) -> None:
        visible = self.visible_items
        start = visible.start if visible else self.heights.first
        if start < self.heights.first + NEAR_TOP_ITEMS and not self._near_top_told and self.size.height:
            self._near_top_told = True
            self.post_message(self.NearTop())

    # Moving

    def _move_to(self, number: int, *, tell: bool) -> None:
        if not len(self._steps):
            return
        former = self.current
        self._cursor.choose(number)
        for changed in (former, number):
            self._redraw_number(changed)
        item = self._sieve.item(number)
        if item is not None and item == self.heights.end - 1:
            self.jump_to_end()
        elif item is not None:
            self.reveal(item)
        if tell:
            self.post_message(self.RowSelected(self, self._steps[number].id))

    def _step(self, distance: int) -> None:
        self._seeks_start = False
        if (current := self.current) is None or (item := self._sieve.item(current)) is None:
            return
        item = max(self.heights.first, min(item + distance, self.heights.end - 1))
        self._move_to(self._sieve.number(item), tell=True)

    def action_cursor_up(self) -> None:
        self._step(-1)

    def action_cursor_down(self) -> None:
        self._step(1)

    def action_cursor_page_up(self) -> None:
        self._step(-max(1, self.page - 1))

    def action_cursor_page_down(self) -> None:
        self._step(max(1, self.page - 1))

    def action_cursor_first(self) -> None:
        self._step(-len(self.heights))
        self._seeks_start = True  # earlier pages come one by one, for as long as the user does not move

    def action_cursor_last(self) -> None:
        self._step(len(self.heights))

    def action_open(self) -> None:
        if (current := self.current) is not None:
            self.post_message(self.RowOpened(self, self._steps[current].id))

    def action_page(self, page: str) -> None:
        self.post_message(self.PageWanted(page))

    def on_focus(self) -> None:
        self._redraw_number(self.current)

    def on_blur(self) -> None:
        self._is_typing = False
        self._header_key = None
        self._redraw_number(self.current)
        self.settle_soon()

    def _redraw_if_left(self, former: int | None) -> None:
        """Another step may have become the current one."""
        if former is not None and former != self.current:
            self._redraw_number(former)
            self._redraw_number(self.current)

    def _redraw_number(self, number: int | None) -> None:
        if number is not None and (item := self._sieve.item(number)) is not None:
            self.redraw(item)

    def on_click(self, event: events.Click) -> None:
        if event.y == 1 and self._header_rows and (name := filter_at(event.x, self._header_rows[1])) is not None:
            event.stop()
            self.show_only(name)
            return
        item = self.item_at(event.y)
        if item is not None and event.chain == 1 and not self.text_selection:
            event.stop()
            self._move_to(self._sieve.number(item), tell=True)
        elif item is not None and event.chain == 2:
            event.stop()
            self.action_open()
