"""How the entries of a transcript look: as rows, in the colours and the width of the view that shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from codex_tui.lines.row import Row
from codex_tui.lines.view import LineView
from codex_tui.transcript.draw import LEAD, RIGHT, Brush
from codex_tui.transcript.entries import Answer, Entry, Notice, Plan, Reasoning, Separator, ToolCall, UserTurn
from codex_tui.transcript.entry_store import EntryStore
from codex_tui.transcript.folds import Folds
from codex_tui.transcript.marking import Marking
from codex_tui.transcript.opened import ToolContent, opened_rows

if TYPE_CHECKING:
    from codex_tui.markdown.render import Renderer


class EntryRows:
    """One for each transcript. Keeps its brush and its markdown renderer for as long as colours and width stay."""

    def __init__(self, view: LineView, store: EntryStore, folds: Folds, marking: Marking) -> None:
        self._view = view
        self._store = store
        self._folds = folds
        self._marking = marking
        self._brush: Brush | None = None
        self._renderer: Renderer | None = None
        self.content: ToolContent | None = None
        """What tool rows show when they are open; None: they cannot be opened."""

    def estimate(self, index: int, width: int) -> int:
        return self._store.estimate(index, max(8, width - LEAD - RIGHT), is_open=self._folds.is_open(index))

    def draw(self, index: int, width: int) -> list[Row]:
        brush = self._brush_for(width)
        rows = self._body(index, brush, is_open=self._folds.is_open(index))
        return [brush.gap(), *rows] if rows and self.gap(index) else rows

    def draw_open(self, index: int) -> list[Row]:
        """As it looks when it is open, without a gap and without the colours of code. Nothing of it is kept."""
        rows = self._body(index, self._brush_for(self._view.inner_width), is_open=True, plain=True)
        if not self._view.is_drawn(index):
            self._store.shed(index)
        return rows

    def gap(self, index: int) -> int:
        """How many empty lines stand above an entry."""
        if index == self._view.items.start:
            return 0
        return 0 if isinstance(self._store[index], ToolCall) and self._is_closed_call(index - 1) else 1

    def _is_closed_call(self, index: int) -> bool:
        return isinstance(self._store[index], ToolCall) and not self._folds.is_open(index)

    def searchable(self, index: int) -> str:
        """All that an entry shows when it is open, and perhaps more."""
        entry = self._store[index]
        if not isinstance(entry, ToolCall):
            return self._store.source(index)
        content = self.content.words(entry.id) if self.content is not None else ""
        return "\n".join((entry.name, entry.subject, entry.detail, *entry.decided, *entry.tail, content))

    def restyle(self) -> None:
        """The colours are other ones."""
        self._brush = None
        self._renderer = None

    def _brush_for(self, width: int) -> Brush:
        brush = self._brush
        if brush is None or brush.width != width or brush.palette is not self._view.palette:
            brush = self._brush = Brush(self._view.palette, width)
        return brush

    def _body(self, index: int, brush: Brush, *, is_open: bool, plain: bool = False) -> list[Row]:
        entry: Entry = self._store[index]
        marked = index == self._marking.marked
        if index in self._store.superseded and not is_open:
            # Whether it was asked again is not known here: after a failure for good it was not.
            return [] if self._store.is_gone(index) else brush.superseded("cut off", marked=marked)
        match entry:
            case Answer():
                return self._answer(index, entry, brush)
            case UserTurn():
                return brush.user(entry, marked=marked)
            case Reasoning():
                stream = self._store.streamed(index)
                text = self._store.text(index, entry)
                is_streaming = not stream.finished if stream else not entry.text
                is_live = is_streaming and entry.duration_s is None and index == self._view.items.stop - 1
                return brush.reasoning(entry, text, is_open=is_open, is_live=is_live, marked=marked)
            case ToolCall():
                opened = self._opened(entry, brush, plain=plain) if is_open else []
                return [*brush.tool(entry, marked=marked, is_open=bool(opened)), *opened]
            case Plan():
                return brush.plan(entry)
            case Notice():
                return brush.notice(entry)
            case Separator():
                return brush.separator(entry)
            case _:
                assert_never(entry)

    def _opened(self, entry: ToolCall, brush: Brush, *, plain: bool) -> list[Row]:
        if self.content is None:
            return []
        blocks = self.content.blocks(entry.id)
        return opened_rows(blocks, f"{entry.name} {entry.subject}", brush.palette, brush.width, plain=plain)

    def _answer(self, index: int, entry: Answer, brush: Brush) -> list[Row]:
        from codex_tui.markdown.render import Renderer  # start-up time: an empty screen needs no markdown

        renderer = self._renderer
        width = brush.width - RIGHT
        if renderer is None or renderer.width != width or renderer.palette is not brush.palette:
            renderer = self._renderer = Renderer(brush.palette, width, lead=brush.lead)
        return self._store.written(index, entry).markdown.draw(renderer)
