"""Performs changes on the conversation's widgets: transcript, timeline and the detail beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never

from textual.timer import Timer

from codex_core.protocol import Block, TextBlock
from codex_tui.changes import (
    DetailChanged,
    EntryShown,
    EntrySuperseded,
    HistoryForgotten,
    HistoryShown,
    RowShown,
    TextFinished,
    TextStreamed,
)
from codex_tui.detail import StepPane
from codex_tui.ledger import Ledger
from codex_tui.timeline import Timeline
from codex_tui.transcript import Transcript

ConversationChange = (
    EntryShown
    | TextStreamed
    | TextFinished
    | EntrySuperseded
    | RowShown
    | HistoryForgotten
    | HistoryShown
    | DetailChanged
)

_HIDDEN = "The filter hides every step. Esc shows all of them."
DETAIL_S = 0.1
"""The detail is drawn anew at most this often."""


@dataclass(slots=True, kw_only=True)
class Asked:
    """An open question points at the step that it is about."""

    row_id: str
    former: str
    """The step that the user had chosen; empty if none."""
    page: str = ""
    """The side that the user turned to since; empty: the one that shows what is asked."""


class Stage:
    """Shows the detail of the timeline's current step: the one the user chose, that is asked, or the newest call."""

    def __init__(
        self,
        ledger: Ledger,
        transcript: Transcript,
        timeline: Timeline,
        detail: StepPane,
        *,
        shows: Callable[[], None],
    ) -> None:
        """`shows` is called whenever the detail may be that of another step, or another side of it."""
        self._shows = shows
        self._ledger = ledger
        self._transcript = transcript
        self._timeline = timeline
        self._detail = detail
        self._timer: Timer | None = None
        self._changed: set[str] = set()
        """Calls of which there is something else to see since the last showing."""
        self._newest_call = ""
        self._on_show = ""
        self._blocks: tuple[Block, ...] = ()
        self._page = ""
        """The side of steps that the user wants to see, where they have it."""
        self._asked: Asked | None = None
        self._anchors: dict[str, str] = {}
        """Entries to which rows belong that are no entry themselves."""
        self._unanchored: list[str] = []
        transcript.content = ledger

    def perform(self, change: ConversationChange) -> None:
        match change:
            case EntryShown(entry):
                if self._unanchored and self._transcript.entry(entry.id) is None:
                    self._anchors |= dict.fromkeys(self._unanchored, entry.id)
                    self._unanchored.clear()
                self._transcript.replace(entry)
            case TextStreamed(entry_id, text):
                self._transcript.stream(entry_id, text)
            case TextFinished(entry_id, text):
                self._transcript.finish(entry_id, text)
            case EntrySuperseded(entry_id):
                self._transcript.mark_superseded(entry_id)
            case RowShown(row):
                if row.kind != "tool" and row.duration_s is None:
                    self._unanchored.append(row.id)
                self._timeline.upsert(row)
                if row.id == self.shown or self.shown != self._on_show:
                    self.show_current()
            case DetailChanged(call_id):
                if self._ledger.is_newer(call_id, self._newest_call):
                    self._follow(call_id)
                self._changed.add(call_id)
                self._show_soon()
            case HistoryForgotten():
                self._transcript.clear()
                self._timeline.clear()
                self._detail.clear()
                self._newest_call = self._on_show = ""
                self._asked, self._blocks = None, ()
                self._anchors.clear()
                self._unanchored.clear()
            case HistoryShown():
                self._show_history(change)
            case _:
                assert_never(change)

    def add_earlier(self, page: HistoryShown) -> None:
        """Entries and rows before all others; what is on the screen does not move."""
        self._anchors |= dict(page.anchors)
        self._transcript.prepend(page.entries)
        self._mark(page.superseded)
        self._timeline.prepend(page.rows)
        if page.has_earlier:
            self._transcript.allow_near_top()
            self._timeline.allow_near_top()

    def go_to(self, row_id: str) -> bool:
        """Show what a row stands for in the conversation, or what is nearest above; False if there is nothing."""
        return any(
            self._transcript.scroll_to_entry(self._anchors.get(near, near))
            for near in self._timeline.ids_before(row_id)
        )

    def turn_page(self, page: str) -> None:
        """Show another side of the step that is shown, and of those that will be."""
        if self._asked is not None and self._asked.row_id == self._on_show:
            self._asked.page = page  # for the time of the question: what is asked next is seen again
        else:
            self._page = page
        self._show(self._on_show)

    def choose(self, row_id: str) -> None:
        """Show the detail of a step because the user points at it."""
        self._timeline.select(row_id)
        self._show(row_id)

    def ask(self, row_id: str) -> None:
        """A question is about this step, or (empty) none is any more: then what was shown before is shown again."""
        former = self._timeline.chosen
        if self._asked is not None:
            if self._asked.row_id == row_id:
                return
            former = former or self._asked.former  # unless the user looks at something else meanwhile
        self._asked = Asked(row_id=row_id, former=former) if row_id else None
        self._timeline.follow(row_id or self._newest_call)
        if back := row_id or former:
            self._timeline.select(back)
        self.show_current()

    def is_showing(self, blocks: Sequence[Block]) -> bool:
        """Whether the detail is that of what is asked, and these blocks are in it."""
        return self._asked is not None and self._on_show == self._asked.row_id and self._blocks == tuple(blocks)

    @property
    def shown(self) -> str:
        """The step whose detail is shown; empty if none is."""
        return self._timeline.selected or ""

    def show_current(self) -> None:
        """Show the detail of the step that is current in the timeline, or say why there is none."""
        if shown := self.shown:
            self._show(shown)
        elif self._timeline.hides_all and self._on_show:
            self._on_show = ""
            self._detail.show_page("no step", (TextBlock(text=_HIDDEN),), (), "")
            self._shows()

    def _follow(self, call_id: str) -> None:
        self._newest_call = call_id
        if self._asked is None:
            self._timeline.follow(call_id)

    def _show_history(self, history: HistoryShown) -> None:
        for entry in history.entries:
            self._transcript.append(entry)
        self._mark(history.superseded)
        for row in history.rows:
            self._timeline.upsert(row)
        if history.rows:
            self._follow(history.rows[-1].id)
            self.show_current()
        self._anchors |= dict(history.anchors)
        if history.has_earlier:
            self._transcript.allow_near_top()
            self._timeline.allow_near_top()

    def _mark(self, superseded: Iterable[str]) -> None:
        for entry_id in superseded:
            self._transcript.mark_superseded(entry_id)

    def _show_soon(self) -> None:
        """Output comes in many small pieces, and each showing costs as much as all of it."""
        if self._timer is None:
            self._timer = self._detail.set_timer(DETAIL_S, self._show_now)

    def _show_now(self) -> None:
        self._timer = None
        changed, self._changed = self._changed, set()
        for call_id in changed:
            self._transcript.refresh_content(call_id)
        if self.shown in changed:
            self._show(self.shown)

    def _show(self, row_id: str) -> None:
        pages = self._ledger.pages(row_id)
        wanted = self._asked.page if self._asked is not None and self._asked.row_id == row_id else self._page
        page = wanted if wanted in pages else pages[0]
        if (detail := self._ledger.page(row_id, page)) is not None:
            self._on_show, self._blocks = row_id, detail[1]
            self._detail.remove_class("-empty")
            self._detail.show_page(*detail, pages, page)
        self._shows()
