"""Prompts that wait: for the session, for the next safe point, for the end of the turn."""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from codex_tui.sanitize import clip, sanitize_line
from codex_tui.yielding import more

_SHOWN = 4


class Waiting(NamedTuple):
    """One prompt that waits."""

    id: str
    text: str
    until: Literal["session", "safe point", "turn end"]
    """A shell line of the user's own (`!`) waits for a safe point too."""


_WORDS = {"session": "held", "safe point": "steers", "turn end": "queued"}


def _words(waiting: Waiting) -> str:
    return "shell" if waiting.text.startswith("!") else _WORDS[waiting.until]


class QueueBar(Widget, can_focus=True):
    """A row for each waiting prompt. With the focus: arrows choose, Enter edits, Delete removes, Esc leaves."""

    DEFAULT_CSS = "QueueBar { height: auto; padding: 0 3; }"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("enter", "edit", show=False),
        Binding("delete,backspace", "remove", show=False),
    ]

    class Edited(Message):
        """The user wants to change it: it goes back to the composer."""

        def __init__(self, waiting: Waiting) -> None:
            super().__init__()
            self.waiting = waiting

    class Removed(Message):
        def __init__(self, waiting: Waiting) -> None:
            super().__init__()
            self.waiting = waiting

    class Left(Message):
        """Moved below the last row."""

    prompts = reactive[tuple[Waiting, ...]]((), layout=True)
    index = reactive(0)
    edited = reactive[Waiting | None](None)
    """The one that is back in the composer, to be changed."""

    def watch_prompts(self) -> None:
        self.display = bool(self.prompts)
        self.index = max(0, min(self.index, len(self.prompts) - 1))
        if self.edited is not None and self.edited.id not in {waiting.id for waiting in self.prompts}:
            self.edited = None  # it was said meanwhile: what is in the composer is a prompt of its own

    def on_focus(self) -> None:
        self.index = max(0, len(self.prompts) - 1)

    def action_move(self, step: int) -> None:
        if self.index + step >= len(self.prompts):
            self.post_message(self.Left())
            return
        self.index = max(0, self.index + step)

    def action_edit(self) -> None:
        if self.prompts:
            self.post_message(self.Edited(self.prompts[self.index]))

    def action_remove(self) -> None:
        if self.prompts:
            self.post_message(self.Removed(self.prompts[self.index]))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return min(len(self.prompts), _SHOWN)

    @property
    def _shown(self) -> int:
        """Rows that there is room for."""
        return min(_SHOWN, self.size.height or _SHOWN)

    def _first(self) -> int:
        return max(0, min(self.index - self._shown + 1, len(self.prompts) - self._shown))

    def render(self) -> Content:
        first = self._first()
        width = self.size.width or 80
        rows = [
            self._row(index, waiting).truncate(width, ellipsis=True)
            for index, waiting in enumerate(self.prompts[first : first + self._shown], first)
        ]
        if rows and (hidden := len(self.prompts) - len(rows)):
            rows[-1] = more(rows[-1], hidden, width)
        return Content("\n").join(rows)

    def _row(self, index: int, waiting: Waiting) -> Content:
        is_current = self.has_focus and index == self.index
        is_edited = self.edited is not None and self.edited.id == waiting.id
        remark = "being changed below" if is_edited else "Enter edit · Del remove" if is_current else ""
        return Content.assemble(
            ("› " if is_current else "  ", "bold $accent"),
            (f"{_words(waiting):<8}", "$warning" if waiting.until == "safe point" else "$muted"),
            (clip(sanitize_line(waiting.text), 400), "bold $foreground" if is_current else "$foreground"),
            (f"   {remark}" if remark else "", "$accent" if is_edited else "$muted"),
        )

    def on_click(self, event: Click) -> None:
        index = self._first() + event.y
        if index < len(self.prompts):
            self.post_message(self.Edited(self.prompts[index]))
