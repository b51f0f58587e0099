"""The transcript: everything that was said and done in a session, as one line widget.

The app calls the methods in any order and as often as it likes; drawing happens at most 25 times a second, and only
what is on the screen is ever drawn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip

from codex_tui.lines.row import Row
from codex_tui.lines.selecting import Dressed
from codex_tui.lines.view import LineView
from codex_tui.transcript.earlier import EarlierPages
from codex_tui.transcript.entries import Answer, Entry, Reasoning, ToolCall
from codex_tui.transcript.entry_rows import EntryRows
from codex_tui.transcript.entry_store import EntryStore
from codex_tui.transcript.finder import Found
from codex_tui.transcript.folds import Folds
from codex_tui.transcript.marking import Marking
from codex_tui.transcript.opened import ToolContent
from codex_tui.transcript.pill import Pill
from codex_tui.transcript.search import Search
from codex_tui.transcript.searched import SearchedEntries
from codex_tui.transcript.turn_jumps import TurnJumps

FRAME_S = 1 / 60
"""At least this between two drawings of streamed text, and none where none is due. The model host keeps the pace, 25 a
second: half of the cost is the terminal's repaint. What it sends sooner, the end of a reply, is drawn sooner."""


class Transcript(LineView):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "mark_previous", "Previous step", show=False),
        Binding("j", "mark_next", "Next step", show=False),
        Binding("left_square_bracket", "previous_turn", "Previous turn", show=False),
        Binding("right_square_bracket", "next_turn", "Next turn", show=False),
        Binding("enter", "open_marked", "Open", show=False),
        Binding("slash", "find", "Find", show=False),
    ]
    follows = True

    class EntrySelected(Message):
        """A tool row was opened or closed, by a click or with Enter."""

        def __init__(self, transcript: Transcript, entry_id: str) -> None:
            super().__init__()
            self.transcript = transcript
            self.entry_id = entry_id

        @property
        def control(self) -> Transcript:
            return self.transcript

    class NearTop(Message):
        """The oldest entries come into view: `prepend` earlier ones, if there are any. Posted once per `prepend`."""

        def __init__(self, transcript: Transcript) -> None:
            super().__init__()
            self.transcript = transcript

        @property
        def control(self) -> Transcript:
            return self.transcript

    class FindWanted(Message):
        """The user wants to search."""

    class Searching(Message):
        """A search has come further."""

        def __init__(self, found: Found) -> None:
            super().__init__()
            self.found = found

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(name=name, id=id, classes=classes)
        self._store = store = EntryStore()
        self._folds = folds = Folds(self, store)
        self._marking = marking = Marking(self, folds)
        self._rows = rows = EntryRows(self, store, folds, marking)
        self._earlier = earlier = EarlierPages(lambda: self.post_message(self.NearTop(self)))
        self._jumps = TurnJumps(self, store, rows, marking, earlier)
        searched = SearchedEntries(self, rows, folds, earlier)
        self._search = Search(self, searched, lambda found: self.post_message(self.Searching(found)))
        self._pill = Pill()
        self._flushed_at = 0.0

    @property
    def content(self) -> ToolContent | None:
        """What tool rows show when they are open; None: they cannot be opened."""
        return self._rows.content

    @content.setter
    def content(self, content: ToolContent | None) -> None:
        self._rows.content = content

    # What the app calls

    def append(self, entry: Entry) -> None:
        """Add an entry at the end."""
        if self._store.number(entry.id) is not None:
            self.replace(entry)
            return
        self._store.add(self.heights.end, entry)
        if not self.following:
            self._pill.count()
        self.append_item()

    def prepend(self, entries: Sequence[Entry]) -> None:
        """Add older entries before all others, given oldest first. What is on the screen does not move."""
        former = self.heights.first if len(self.heights) else None
        for entry in reversed(entries):
            if self._store.number(entry.id) is not None:
                continue
            self._store.add(self.heights.first - 1, entry)
            self.prepend_item()
        if former is not None and entries:
            self.redraw(former)  # whether it stands apart depends on what is above it
        any_new = former is not None and bool(entries)
        self._earlier.came(any_new=any_new)
        self._jumps.earlier_came(any_new=any_new)
        self._search.go_on()

    def stream(self, entry_id: str, delta: str) -> None:
        """Add text to an answer or to reasoning. Unknown ids are ignored."""
        if self._store.wait(entry_id, delta) and self.is_attached:
            loop = asyncio.get_running_loop()
            loop.call_at(self._flushed_at + FRAME_S, self.call_soon, self._flush)

    def finish(self, entry_id: str, text: str | None = None) -> None:
        """No more deltas will come; `text`, if given, is the whole final text."""
        index = self._store.number(entry_id)
        if index is None:
            return
        self._flush_entry(entry_id)
        entry = self._store[index]
        if isinstance(entry, Answer | Reasoning):
            self._store.finish(index, entry, text)
            self.redraw(index)

    def replace(self, entry: Entry) -> None:
        """Show another state of the entry with the same id; added at the end if there is none."""
        index = self._store.number(entry.id)
        if index is None:
            self.append(entry)
            return
        before = self._store[index]
        if before == entry and type(before) is type(entry):
            return
        self._store.replace(index, entry)
        if type(before) is not type(entry) and index + 1 in self.items:
            self.redraw(index + 1)
        self.redraw(index)

    def mark_superseded(self, entry_id: str) -> None:
        """The entry no longer counts: it shrinks to one quiet line, and can be opened."""
        index = self._store.number(entry_id)
        if index is not None and index not in self._store.superseded:
            self._flush_entry(entry_id)
            self._store.superseded.add(index)
            self.redraw(index)

    def clear(self) -> None:
        """Forget everything."""
        self._store.clear()
        self._folds.clear()
        self._marking.marked = None
        self._pill.reset()
        self._earlier.forget()
        self._jumps.give_up()
        self.reset_items()
        if self._search.is_on:
            self.find(self._search.words)

    def scroll_to_entry(self, entry_id: str) -> bool:
        """Show the beginning of an entry, and mark it; False if there is no such entry."""
        index = self._store.number(entry_id)
        if index is not None:
            self.jump(index, self._rows.gap(index))
            self._marking.mark(index)
        return index is not None

    def scroll_to_end(self) -> None:
        """Show the end, and follow it from now on."""
        self.jump_to_end()

    def answers(self) -> Iterator[str]:
        """The raw texts of the answers that count, the newest first."""
        for index in reversed(self.items):
            entry = self._store[index]
            if isinstance(entry, Answer) and index not in self._store.superseded:
                yield self._store.whole_text(index, entry)

    def entry(self, entry_id: str) -> Entry | None:
        """The entry as it was last given."""
        index = self._store.number(entry_id)
        return None if index is None else self._store[index]

    def allow_near_top(self) -> None:
        """There may be earlier entries: post `NearTop` when the beginning comes into view."""
        self._earlier.allow()
        self.settle_soon()

    def refresh_content(self, entry_id: str) -> None:
        """There is something else to see of a call: it is drawn again if it is open."""
        index = self._store.number(entry_id)
        if index is not None and self._folds.is_open(index):
            self.redraw(index)

    # Streaming

    def _flush(self) -> None:
        self._flushed_at = asyncio.get_running_loop().time()
        for entry_id in self._store.waiting:
            self._flush_entry(entry_id)
        self._settle_if_due()

    def _flush_entry(self, entry_id: str) -> None:
        if (index := self._store.feed(entry_id)) is not None:
            if not self.following:
                self._pill.note()
            self.redraw(index)

    # What the line view asks for

    def estimate(self, index: int, width: int) -> int:
        return self._rows.estimate(index, width)

    def draw(self, index: int, width: int) -> list[Row]:
        return self._rows.draw(index, width)

    def source(self, index: int) -> str:
        return self._store.source(index)

    def settled(self) -> None:
        if self.following:
            self._pill.reset()
        if self._pill.changed():
            self.refresh(Region(0, self.size.height - 1, self.size.width, 1))  # what it lies over need not have changed
        self._earlier.approach(self.visible_items, self.heights.first)

    def shed(self, index: int) -> None:
        self._store.shed(index)

    def restyled(self) -> None:
        self._rows.restyle()

    # Searching

    @property
    def is_searching(self) -> bool:
        return self._search.is_on

    def find(self, words: str) -> None:
        """Search for words from what is on the screen upward, as they are typed; none end the search."""
        visible = self.visible_items
        origin = visible.stop - 1 if visible and not self.following else self.heights.end - 1
        self._search.begin(words, origin)

    def find_next(self, direction: int) -> None:
        """Go to the next match below (1) or above (-1)."""
        self._search.step(direction)

    def redraw(self, index: int) -> None:
        super().redraw(index)
        self._search.change(index)

    def append_item(self) -> int:
        index = super().append_item()
        self._search.change(index)
        return index

    def forget_rows(self) -> None:
        super().forget_rows()
        self._search.restart()

    def lit(self, index: int, line: int) -> Sequence[Dressed]:
        return self._search.lit(index, line)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return self._search.is_on and character in ("n", "N")

    def on_key(self, event: events.Key) -> None:
        if self.check_consume_key(event.key, event.character):
            event.stop()
            self.find_next(1 if event.character == "n" else -1)

    def action_find(self) -> None:
        self.post_message(self.FindWanted())

    # From turn to turn

    def previous_turn(self) -> None:
        """Show the beginning of the turn before the one that is read."""
        self._jumps.step(-1)

    def next_turn(self) -> None:
        """Show the beginning of the next turn; after the last one, the end."""
        self._jumps.step(1)

    # Any scrolling gives up what was looked for.

    def move(self, lines: int) -> None:
        self._jumps.give_up()
        super().move(lines)

    def jump(self, index: int, offset: int = 0) -> None:
        self._jumps.give_up()
        super().jump(index, offset)

    def jump_to_end(self) -> None:
        self._jumps.give_up()
        super().jump_to_end()

    def action_previous_turn(self) -> None:
        self.previous_turn()

    def action_next_turn(self) -> None:
        self.next_turn()

    def action_scroll_home(self) -> None:
        super().action_scroll_home()
        self._jumps.seek_start()

    # The pill that says that there is more below

    def _strip_at(self, y: int, width: int, selection: Selection | None) -> Strip:
        strip = super()._strip_at(y, width, selection)
        if self.following or y != self.size.height - 1:
            return strip
        return self._pill.over(strip, width, self.palette)

    # Marking and opening

    def _open_entry(self, index: int) -> None:
        entry = self._store[index]
        if self.following:
            self.following = False  # what is opened stays where it is
        self._folds.toggle(index)
        if isinstance(entry, ToolCall):
            self.post_message(self.EntrySelected(self, entry.id))

    def action_mark_previous(self) -> None:
        self._marking.step(-1)

    def action_mark_next(self) -> None:
        self._marking.step(1)

    def action_open_marked(self) -> None:
        if (marked := self._marking.marked) is not None:
            self._open_entry(marked)

    def on_blur(self) -> None:
        self._marking.mark(None)

    def on_click(self, event: events.Click) -> None:
        in_last_line = not self.following and event.y == self.size.height - 1
        if in_last_line and self._pill.is_hit(event.x, self.size.width):
            event.stop()
            self.scroll_to_end()
            return
        index = self.item_at(event.y)
        if event.chain == 1 and index is not None and not self.text_selection and self._folds.can_open(index):
            event.stop()
            self._open_entry(index)
