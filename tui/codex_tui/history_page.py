"""Stored items as the screen shows them, a page of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

from codex_core.protocol import AssistantItem, Item, UserItem
from codex_tui import present, spoken
from codex_tui.calls import Call, Step
from codex_tui.changes import HistoryShown
from codex_tui.labels import command_of
from codex_tui.timeline import TimelineRow
from codex_tui.transcript import Entry
from codex_tui.waits import Wait, wait_row


def history_page(stored: Sequence[Call | Step | Wait | Item], now: float, *, has_earlier: bool) -> HistoryShown:
    """Entries and rows of what is stored, oldest first. `now`: seconds since 1970, for what is told of days."""
    entries: list[Entry] = []
    rows: list[tuple[float, TimelineRow]] = []
    anchors: dict[str, str] = {}
    unanchored: list[str] = []
    for thing in stored:
        if (timed := _row(thing)) is not None:
            rows.append(timed)
            _, row = timed
            if row.kind not in ("tool", "approval"):  # an approval belongs to the call before it
                unanchored.append(row.id)
        if (entry := _entry(thing, now)) is not None:
            entries.append(entry)
            anchors |= dict.fromkeys(unanchored, entry.id)
            unanchored.clear()
    return HistoryShown(
        entries=tuple(entries),
        # What is stored when it is over, a pause, has its row where it began.
        rows=tuple(row for _, row in sorted(rows, key=itemgetter(0))),
        anchors=tuple(anchors.items()),
        prompts=tuple(words for thing in stored if (words := _said(thing))),
        has_earlier=has_earlier,
        superseded=tuple(thing.id for thing in stored if isinstance(thing, AssistantItem) and thing.superseded),
    )


def _entry(thing: Call | Step | Wait | Item, now: float) -> Entry | None:
    match thing:
        case Call():
            return present.call_entry(thing)
        case Step() | Wait():
            return None
        case _:
            return present.entry(thing, now)


def _row(thing: Call | Step | Wait | Item) -> tuple[float, TimelineRow] | None:
    """With the time that it is told by."""
    match thing:
        case Call():
            return thing.item.at, present.call_row(thing)
        case Step():
            return thing.at, present.step_row(thing)
        case Wait():
            return thing.noted_at, wait_row(thing)
        case _:
            return None


def _said(thing: Call | Step | Wait | Item) -> str:
    """What the user had typed; empty if it is nothing of theirs."""
    match thing:
        case UserItem(origin=origin) if origin != "context":
            return spoken.user_words(thing)
        case Call() if thing.is_users:
            return f"!{command_of(thing.item.arguments)}"
        case _:
            return ""
