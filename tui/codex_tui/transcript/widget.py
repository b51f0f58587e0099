"""The transcript: everything that was said and done in a session, as one line widget.

The app calls the methods in any order and as often as it likes; drawing happens at most 25 times a second, and only
what is on the screen is ever drawn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import ClassVar, assert_never

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip
from textual.timer import Timer

from codex_tui.lines.row import Row
from codex_tui.lines.selecting import Dressed
from codex_tui.lines.view import LineView
from codex_tui.palette import BOLD, UNDERLINE
from codex_tui.transcript.draw import LEAD, RIGHT, Brush
from codex_tui.transcript.entries import (
    Answer,
    Entry,
    Notice,
    Plan,
    Reasoning,
    Separator,
    ToolCall,
    UserTurn,
)
from codex_tui.transcript.finder import Finder, Found
from codex_tui.transcript.opened import ToolContent, opened_rows
from codex_tui.transcript.streamed import StreamedText

FRAME_S = 1 / 25
"""At least this between two drawings of streamed text, and none where none is due: what comes after a while is drawn
at once. Half of the cost is the terminal repaint: 30 a second would cost a fifth more."""
NEAR_TOP_ITEMS = 20
SEARCH_S = 1 / 50
"""Between two pieces of a search."""


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
        self._entries: dict[int, Entry] = {}
        self._index: dict[str, int] = {}
        self._streams: dict[int, StreamedText] = {}  # what was fed to answers and reasoning, and how far it is drawn
        self._waiting: dict[str, list[str]] = {}  # deltas since the last frame
        self._superseded: set[int] = set()
        self._open: set[int] = set()  # unfolded entries
        self._marked: int | None = None
        self._new_below = 0
        self._told_below = 0
        """The pill says so."""
        self._near_top_told = True
        self._has_earlier = False
        self._seeks_start = False
        self._seeks_turn = False
        self._turn: int | None = None
        """The turn that was jumped to; None once the user has scrolled."""
        self._finder: Finder | None = None
        self._search_timer: Timer | None = None
        self.content: ToolContent | None = None
        """What tool rows show when they are open; None: they cannot be opened."""
        self._brush: Brush | None = None
        self._renderer: object = None
        self._flushed_at = 0.0

    # What the app calls

    def append(self, entry: Entry) -> None:
        """Add an entry at the end."""
        if entry.id in self._index:
            self.replace(entry)
            return
        index = self.heights.end
        self._entries[index] = entry
        self._index[entry.id] = index
        if not self.following:
            self._new_below += 1
        self.append_item()

    def prepend(self, entries: Sequence[Entry]) -> None:
        """Add older entries before all others, given oldest first. What is on the screen does not move."""
        former = self.heights.first if len(self.heights) else None
        self._has_earlier = False
        for entry in reversed(entries):
            if entry.id in self._index:
                continue
            index = self.heights.first - 1
            self._entries[index] = entry
            self._index[entry.id] = index
            self.prepend_item()
        if former is not None and entries:
            self.redraw(former)  # whether it stands apart depends on what is above it
            self._near_top_told = False
            if self._seeks_start:
                self.action_scroll_home()
        if self._seeks_turn:
            self.call_next(self.previous_turn)
        self._search_soon()

    def stream(self, entry_id: str, delta: str) -> None:
        """Add text to an answer or to reasoning. Unknown ids are ignored."""
        waiting = self._waiting.get(entry_id)
        if waiting is not None:
            waiting.append(delta)
            return
        if entry_id not in self._index:
            return
        is_due_already = bool(self._waiting)
        self._waiting[entry_id] = [delta]
        if not is_due_already and self.is_attached:
            loop = asyncio.get_running_loop()
            loop.call_at(self._flushed_at + FRAME_S, self.call_next, self._flush)

    def finish(self, entry_id: str, text: str | None = None) -> None:
        """No more deltas will come; `text`, if given, is the whole final text."""
        index = self._index.get(entry_id)
        if index is None:
            return
        self._flush_entry(entry_id)
        entry = self._entries[index]
        if not isinstance(entry, Answer | Reasoning):
            return
        stream = self._streams.get(index)
        final = text if text is not None else stream.text if stream else entry.text
        if stream is None or stream.text != final:
            self._streams.pop(index, None)
            stream = self._stream(index, final)
        self._entries[index] = entry._replace(text=final)
        stream.finish()
        self.redraw(index)

    def replace(self, entry: Entry) -> None:
        """Show another state of the entry with the same id; added at the end if there is none."""
        index = self._index.get(entry.id)
        if index is None:
            self.append(entry)
            return
        if self._entries[index] == entry and type(self._entries[index]) is type(entry):
            return
        before = self._entries[index]
        self._entries[index] = entry
        if isinstance(entry, Answer | Reasoning) and getattr(before, "text", None) != entry.text:
            self._streams.pop(index, None)
            self._waiting.pop(entry.id, None)
        if type(before) is not type(entry) and index + 1 < self.heights.end:
            self.redraw(index + 1)
        self.redraw(index)

    def mark_superseded(self, entry_id: str) -> None:
        """The entry no longer counts: it shrinks to one quiet line, and can be opened."""
        index = self._index.get(entry_id)
        if index is not None and index not in self._superseded:
            self._flush_entry(entry_id)
            self._superseded.add(index)
            self.redraw(index)

    def clear(self) -> None:
        """Forget everything."""
        for collection in (self._entries, self._index, self._streams, self._waiting, self._superseded, self._open):
            collection.clear()
        self._marked = None
        self._new_below = 0
        self._near_top_told = True
        self._has_earlier = False
        self._scrolled()
        self.reset_items()
        if self._finder is not None:
            self.find(self._finder.words)

    def scroll_to_entry(self, entry_id: str) -> bool:
        """Show the beginning of an entry, and mark it; False if there is no such entry."""
        index = self._index.get(entry_id)
        if index is not None:
            self.jump(index, self._gap(index))
            self._mark(index)
        return index is not None

    def scroll_to_end(self) -> None:
        """Show the end, and follow it from now on."""
        self.jump_to_end()

    def answers(self) -> Iterator[str]:
        """The raw texts of the answers that count, the newest first."""
        for index in range(self.heights.end - 1, self.heights.first - 1, -1):
            entry = self._entries[index]
            if isinstance(entry, Answer) and index not in self._superseded:
                stream = self._streams.get(index)
                yield (stream.text if stream else entry.text) + "".join(self._waiting.get(entry.id, ()))

    def entry(self, entry_id: str) -> Entry | None:
        """The entry as it was last given."""
        index = self._index.get(entry_id)
        return None if index is None else self._entries[index]

    def allow_near_top(self) -> None:
        """There may be earlier entries: post `NearTop` when the beginning comes into view."""
        self._near_top_told = False
        self._has_earlier = True
        self.settle_soon()

    def refresh_content(self, entry_id: str) -> None:
        """There is something else to see of a call: it is drawn again if it is open."""
        index = self._index.get(entry_id)
        if index is not None and index in self._open:
            self.redraw(index)

    # Streaming

    def _flush(self) -> None:
        self._flushed_at = asyncio.get_running_loop().time()
        for entry_id in list(self._waiting):
            self._flush_entry(entry_id)
        if self._settle_due:
            self.settle()

    def _flush_entry(self, entry_id: str) -> None:
        deltas = self._waiting.pop(entry_id, None)
        if not deltas:
            return
        index = self._index[entry_id]
        entry = self._entries[index]
        if isinstance(entry, Answer | Reasoning):
            self._stream(index, entry.text).feed("".join(deltas))
            if not self.following:
                self._new_below = max(1, self._new_below)
            self.redraw(index)

    def _stream(self, index: int, text: str) -> StreamedText:
        stream = self._streams.get(index)
        if stream is None:
            stream = self._streams[index] = StreamedText(text)
        return stream

    # What the line view asks for

    def estimate(self, index: int, width: int) -> int:
        if index in self._superseded and index not in self._open:
            return 2
        entry = self._entries[index]
        match entry:
            case Answer():
                stream = self._streams.get(index)
                breaks, size = (stream.breaks, stream.size) if stream else (entry.text.count("\n"), len(entry.text))
                return 2 + breaks + size // max(8, width - LEAD - RIGHT)
            case UserTurn() | Notice():
                return 2 + entry.text.count("\n") + len(entry.text) // max(8, width - LEAD - RIGHT)
            case ToolCall():
                return 1 + len(entry.tail)
            case Plan():
                return 2 + len(entry.steps)
            case _:
                return 2

    def draw(self, index: int, width: int) -> list[Row]:
        entry = self._entries[index]
        brush = self._brush
        if brush is None or brush.width != width or brush.palette is not self.palette:
            brush = self._brush = Brush(self.palette, width)
        rows = self._body(index, entry, brush, is_open=index in self._open)
        return [brush.gap(), *rows] if rows and self._gap(index) else rows

    def _gap(self, index: int) -> int:
        """How many empty lines stand above an entry."""
        if index == self.heights.first:
            return 0
        return 0 if isinstance(self._entries[index], ToolCall) and self._is_closed_call(index - 1) else 1

    def _is_closed_call(self, index: int) -> bool:
        return isinstance(self._entries[index], ToolCall) and index not in self._open

    def _body(self, index: int, entry: Entry, brush: Brush, *, is_open: bool, plain: bool = False) -> list[Row]:
        marked = index == self._marked
        if index in self._superseded and not is_open:
            return brush.superseded("cut off, and asked again", marked=marked)
        match entry:
            case Answer():
                return self._answer(index, entry, brush)
            case UserTurn():
                return brush.user(entry, marked=marked)
            case Reasoning():
                stream = self._streams.get(index)
                text = stream.text if stream else entry.text
                is_streaming = not stream.finished if stream else not entry.text
                is_live = is_streaming and entry.duration_s is None and index == self.heights.end - 1
                return brush.reasoning(entry, text, is_open=is_open, is_live=is_live, marked=marked)
            case ToolCall():
                opened = self._opened(entry, plain=plain) if is_open else []
                return [*brush.tool(entry, marked=marked, is_open=bool(opened)), *opened]
            case Plan():
                return brush.plan(entry)
            case Notice():
                return brush.notice(entry)
            case Separator():
                return brush.separator(entry)
            case _:
                assert_never(entry)

    def _opened(self, entry: ToolCall, *, plain: bool) -> list[Row]:
        if self.content is None:
            return []
        blocks = self.content.blocks(entry.id)
        title = f"{entry.name} {entry.subject}"
        return opened_rows(blocks, title, self.palette, self._inner_width, plain=plain)

    def _answer(self, index: int, entry: Answer, brush: Brush) -> list[Row]:
        from codex_tui.markdown.render import Renderer  # start-up time: an empty screen needs no markdown

        renderer = self._renderer
        width = brush.width - RIGHT
        if not isinstance(renderer, Renderer) or renderer.width != width or renderer.palette is not self.palette:
            renderer = self._renderer = Renderer(self.palette, width, lead=brush.lead)
        stream = self._streams.get(index)
        if stream is None:
            stream = self._stream(index, entry.text)
            if entry.text:
                stream.finish()
        return stream.markdown.draw(renderer)

    def source(self, index: int) -> str:
        entry = self._entries[index]
        match entry:
            case Answer() | Reasoning():
                stream = self._streams.get(index)
                return stream.text if stream else entry.text
            case UserTurn() | Notice() | Separator():
                return entry.text
            case ToolCall():
                return f"{entry.name} {entry.subject}"
            case Plan():
                return "\n".join([text for _, text in entry.steps])
            case _:
                assert_never(entry)

    def settled(self) -> None:
        if self.following:
            self._new_below = 0
        if self._new_below != self._told_below:
            self._told_below = self._new_below
            self.refresh(Region(0, self.size.height - 1, self.size.width, 1))  # what it lies over need not have changed
        visible = self.visible_items
        if visible and visible.start < self.heights.first + NEAR_TOP_ITEMS and not self._near_top_told:
            self._near_top_told = True
            self.post_message(self.NearTop(self))

    def shed(self, index: int) -> None:
        stream = self._streams.get(index)
        if stream is not None and stream.finished:
            del self._streams[index]

    def restyled(self) -> None:
        self._brush = None
        self._renderer = None

    # Searching

    @property
    def is_searching(self) -> bool:
        return self._finder is not None

    def find(self, words: str) -> None:
        """Search for words from what is on the screen upward, as they are typed; none end the search."""
        visible = self.visible_items
        origin = visible.stop - 1 if visible and not self.following else self.heights.end - 1
        self._finder = Finder(self, words, origin) if words else None
        self.refresh()
        self._search_soon()

    def find_next(self, direction: int) -> None:
        """Go to the next match below (1) or above (-1)."""
        if self._finder is not None:
            self._finder.step(direction)
            self.refresh()
            self.post_message(self.Searching(self._finder.found))

    def _search_soon(self) -> None:
        if self._finder is None:
            return
        if self._search_timer is None:
            self._search_timer = self.set_interval(SEARCH_S, self._search)
        else:
            self._search_timer.resume()

    def _search(self) -> None:
        finder = self._finder
        if finder is None or not self._inner_width:
            if self._search_timer is not None:
                self._search_timer.pause()
            return
        if finder.search() or finder.is_done:
            self.refresh()
            self.post_message(self.Searching(finder.found))
        if finder.is_done and self._search_timer is not None:
            self._search_timer.pause()

    def redraw(self, index: int) -> None:
        super().redraw(index)
        if self._finder is not None:
            self._finder.change(index)
            self._search_soon()

    def append_item(self) -> int:
        index = super().append_item()
        if self._finder is not None:
            self._finder.change(index)
            self._search_soon()
        return index

    def forget_rows(self) -> None:
        super().forget_rows()
        if self._finder is not None:
            self._finder.restart()
            self._search_soon()

    def lit(self, index: int, line: int) -> Sequence[Dressed]:
        if self._finder is None:
            return ()
        style = self.palette.style("text", "selection", UNDERLINE)
        current = self.palette.style("background", "accent", BOLD | UNDERLINE)
        return self._finder.lit(index, line, self.rows(index), style, current)

    @property
    def bounds(self) -> tuple[int, int]:
        return self.heights.first, self.heights.end

    @property
    def has_earlier(self) -> bool:
        return self._has_earlier

    def want_earlier(self) -> None:
        if self._has_earlier and not self._near_top_told:
            self._near_top_told = True
            self.post_message(self.NearTop(self))

    def searchable(self, index: int) -> str:
        """All that an entry shows when it is open, and perhaps more."""
        entry = self._entries[index]
        if not isinstance(entry, ToolCall):
            return self.source(index)
        content = self.content.words(entry.id) if self.content is not None else ""
        return "\n".join((entry.name, entry.subject, entry.detail, *entry.decided, *entry.tail, content))

    def rows_open(self, index: int) -> Sequence[Row]:
        """The rows of an entry as it looks when it is open; nothing of them is kept."""
        if self._brush is None:
            self._brush = Brush(self.palette, self._inner_width)
        rows = self._body(index, self._entries[index], self._brush, is_open=True, plain=True)
        if index not in self._drawn:
            self.shed(index)
        return rows

    def unfold(self, index: int) -> list[Row]:
        """Open an entry that can be opened; its rows."""
        if self._can_open(index) and index not in self._open:
            self._toggle(index)
        return self.rows(index)

    def show_match(self, index: int, line: int) -> None:
        """Bring a line into view, with something above it."""
        if all((shown, number) != (index, line) for shown, number, _ in self._window[:-1]):
            self.jump(index, line)
            if not self.following:
                self.move(-(self.page // 3))

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return self._finder is not None and character in ("n", "N")

    def on_key(self, event: events.Key) -> None:
        if self.check_consume_key(event.key, event.character):
            event.stop()
            self.find_next(1 if event.character == "n" else -1)

    def action_find(self) -> None:
        self.post_message(self.FindWanted())

    # From turn to turn

    def previous_turn(self) -> None:
        """Show the beginning of the turn before the one that is read."""
        self._to_turn(-1)

    def next_turn(self) -> None:
        """Show the beginning of the next turn; after the last one, the end."""
        self._to_turn(1)

    def _to_turn(self, step: int) -> None:
        if self._settle_due:
            self.settle()
        index, offset = self._top
        if self._turn is not None:
            index = self._turn
        elif step < 0:
            index = self.heights.end if self.following else index + (offset > self._gap(index))
        index += step
        while self.heights.first <= index < self.heights.end:
            if isinstance(self._entries[index], UserTurn):
                self.jump(index, self._gap(index))
                self._mark(index)
                self._turn = index
                return
            index += step
        if step > 0:
            self._mark(None)
            self.scroll_to_end()
        elif self._has_earlier:
            self._seeks_turn = True  # it is in an earlier page
            self.want_earlier()
        elif len(self.heights):
            self.jump(self.heights.first)

    # Any scrolling gives up what was looked for.

    def _scrolled(self) -> None:
        self._turn = None
        self._seeks_start = self._seeks_turn = False

    def move(self, lines: int) -> None:
        self._scrolled()
        super().move(lines)

    def jump(self, index: int, offset: int = 0) -> None:
        self._scrolled()
        super().jump(index, offset)

    def jump_to_end(self) -> None:
        self._scrolled()
        super().jump_to_end()

    def action_previous_turn(self) -> None:
        self.previous_turn()

    def action_next_turn(self) -> None:
        self.next_turn()

    def action_scroll_home(self) -> None:
        super().action_scroll_home()
        self._seeks_start = True  # earlier pages come one by one, for as long as the user does not scroll

    # The pill that says that there is more below

    def _strip_at(self, y: int, width: int, selection: Selection | None) -> Strip:
        strip = super()._strip_at(y, width, selection)
        if not self._new_below or self.following or y != self.size.height - 1:
            return strip
        label = " ↓ new below " if self._new_below == 1 else f" ↓ {self._new_below} new below "
        if width < len(label) + 8:
            return strip
        start = width - len(label) - RIGHT - 1
        pill = Strip([Segment(label, self.palette.style("accent", "panel", BOLD))], len(label))
        return Strip.join([strip.crop(0, start), pill, strip.crop(start + len(label), width)])

    def _pill_hit(self, event: events.Click) -> bool:
        shown = self._new_below and not self.following and event.y == self.size.height - 1
        return bool(shown) and event.x >= self.size.width - 24

    # Marking and opening

    def _can_open(self, index: int) -> bool:
        return index in self._superseded or isinstance(self._entries[index], ToolCall | Reasoning)

    def _open_entry(self, index: int) -> None:
        entry = self._entries[index]
        if self.following:
            self.following = False  # what is opened stays where it is
        self._toggle(index)
        if isinstance(entry, ToolCall):
            self.post_message(self.EntrySelected(self, entry.id))

    def _toggle(self, index: int) -> None:
        self._open ^= {index}
        self.redraw(index)
        if index + 1 < self.heights.end:
            self.redraw(index + 1)  # whether it stands apart depends on what is above it

    def _mark(self, index: int | None) -> None:
        former, self._marked = self._marked, index
        for changed in (former, index):
            if changed is not None and changed in self._entries:
                self.redraw(changed)
        if index is not None:
            self.reveal(index)

    def _step_mark(self, step: int) -> None:
        visible = self.visible_items
        if not visible:
            return
        marked = self._marked
        if marked is None or marked not in visible:
            marked = visible.stop if step < 0 else visible.start - 1
        index = marked + step
        while self.heights.first <= index < self.heights.end:
            if self._can_open(index):
                self._mark(index)
                return
            index += step

    def action_mark_previous(self) -> None:
        self._step_mark(-1)

    def action_mark_next(self) -> None:
        self._step_mark(1)

    def action_open_marked(self) -> None:
        if self._marked is not None:
            self._open_entry(self._marked)

    def on_blur(self) -> None:
        self._mark(None)

    def on_click(self, event: events.Click) -> None:
        if self._pill_hit(event):
            event.stop()
            self.scroll_to_end()
            return
        index = self.item_at(event.y)
        if event.chain == 1 and index is not None and not self.text_selection and self._can_open(index):
            event.stop()
            self._open_entry(index)
