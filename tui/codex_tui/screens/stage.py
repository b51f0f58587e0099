"""Performs changes on the conversation's widgets: transcript, timeline and the detail beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from textual.timer import Timer

from codex_core.protocol import TextBlock
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


class Stage:
    """Shows the detail of the timeline's current step: the one the user chose, else the newest call."""

    def __init__(self, ledger: Ledger, transcript: Transcript, timeline: Timeline, detail: StepPane) -> None:
        self._ledger = ledger
        self._transcript = transcript
        self._timeline = timeline
        self._detail = detail
        self._timer: Timer | None = None
        self._changed: set[str] = set()
        """Calls of which there is something else to see since the last showing."""
        self._newest_call = ""
        self._on_show = ""
        self._page = ""
        """The side of steps that the user wants to see, where they have it."""
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
        self._page = page
        self._show(self._on_show)

    def choose(self, row_id: str) -> None:
        """Show the detail of a step because the user, or a question, points at it."""
        self._timeline.select(row_id)
        self._show(row_id)

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

    def _follow(self, call_id: str) -> None:
        self._newest_call = call_id
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
        page = self._page if self._page in pages else pages[0]
        if (detail := self._ledger.page(row_id, page)) is not None:
            self._on_show = row_id
            self._detail.remove_class("-empty")
            self._detail.show_page(*detail, pages, page)
