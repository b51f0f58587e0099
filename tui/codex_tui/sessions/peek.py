"""A look into a session: where and how it stands, how it began, what it changed, what was said last."""

from __future__ import annotations

from collections.abc import Iterable

from codex_tui import wording
from codex_tui.detail.pane import DetailPane
from codex_tui.detail.section import Section
from codex_tui.detail.text import Gap, Words
from codex_tui.palette import BOLD
from codex_tui.sanitize import clip, sanitize, sanitize_line
from codex_tui.sessions.columns import STATES, age
from codex_tui.shelf import Preview, SessionRow

_PROMPT, _MESSAGE = 600, 1_200
"""Characters of the first prompt, and of each message, that are shown."""
_FILES = 12
_MARKS = {"add": ("+", "success"), "update": ("~", "accent"), "delete": ("−", "danger")}
_STATE_WORDS = {
    "interrupted": "Its last turn was cut short.",
    "paused": "Its last turn is paused, and waits.",
    "here": "It is the one that you are in.",
}


class Peek(DetailPane, can_focus=False):
    def show_session(self, row: SessionRow, preview: Preview | None, *, now: float, is_deleted: bool) -> None:
        """`preview`: None while it is being read."""
        sections = [*_facts(row, preview, now, is_deleted=is_deleted)]
        if preview is not None:
            sections += _contents(preview)
        self._shown = None
        self._show(" ".join(sanitize_line(row.title[:400]).split()) or "(untitled)", sections)


def _facts(row: SessionRow, preview: Preview | None, now: float, *, is_deleted: bool) -> Iterable[Section]:
    when = age(now - row.updated_at, row.updated_at)
    facts = [f"{row.turns} turn{'' if row.turns == 1 else 's'}"]
    facts += [wording.cost(row.cost_usd)] if row.cost_usd is not None else []
    facts += [f"{when} ago" if when[0].isdigit() and not when.isdigit() else when]
    yield Words(clip(row.workspace, 300), "muted")
    yield Words(" · ".join(facts), "muted")
    if row.model:
        yield Words(clip(row.model, 100), "muted")
    state = "deleted" if is_deleted else row.state or ("archived" if row.is_archived else "")
    if words := _state_words(row, state):
        mark, meaning = STATES[state]
        yield Words(words, meaning, lead=f"{mark} ")
    if preview is not None and preview.place_note:
        yield Words(preview.place_note, "warning", lead="! ")


def _state_words(row: SessionRow, state: str) -> str:
    match state:
        case "elsewhere":
            return f"Process {row.owner} has it open. Ctrl+F goes on with a copy."
        case "deleted":
            return "Deleted when you leave here. Del brings it back."
        case "archived":
            return "Archived. Ctrl+A puts it back into the list."
        case _:
            return _STATE_WORDS.get(state, "")


def _contents(preview: Preview) -> Iterable[Section]:
    if preview.first_prompt:
        yield from _heading("FIRST PROMPT")
        yield Words(_cut(preview.first_prompt, _PROMPT), lead="› ", lead_meaning="user")
    if preview.files:
        yield from _heading(f"{len(preview.files)} FILE{'S' if len(preview.files) > 1 else ''} CHANGED")
        for kind, path, added, removed in preview.files[-_FILES:]:
            mark, meaning = _MARKS[kind]
            lines = "" if added is None else f"  +{added} −{removed or 0}"
            yield Words(f"{clip(path, 200)}{lines}", "text", lead=f"{mark} ", lead_meaning=meaning)
        if (more := len(preview.files) - _FILES) > 0:
            yield Words(f"and {more} more", "muted")
    if preview.last:
        yield from _heading("LAST MESSAGES")
        for number, (who, text) in enumerate(preview.last):
            if number:
                yield Gap()
            lead, meaning = ("› ", "user") if who == "user" else ("● ", "accent")
            yield Words(_cut(text, _MESSAGE), "text", lead=lead, lead_meaning=meaning)


def _heading(text: str) -> Iterable[Section]:
    yield Gap()
    yield Words(text, "muted", attributes=BOLD)


def _cut(text: str, most: int) -> str:
    text = sanitize(text).strip()
    return text if len(text) <= most else f"{text[:most].rstrip()} …"
