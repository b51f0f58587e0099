"""The line in which words to search for are typed, and that says how many matches there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.events import Key
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from codex_tui.line_field import LineField

if TYPE_CHECKING:
    from codex_tui.transcript.finder import Found

_TYPING = (("↑↓", "go through"), ("Enter", "to the text"), ("Esc", "close"))
_READING = (("n N", "next, previous"), ("/", "other words"), ("Esc", "close"))


class FindBar(Widget):
    """Posts what the user wants; `show` says what came of it."""

    DEFAULT_CSS = """
    FindBar {
        layout: horizontal;
        height: 1;
        margin: 0 1;
        padding: 0 2;
        background: $surface;
    }
    FindBar > Static { width: auto; height: 1; }
    FindBar > #find-mark { width: 2; color: $accent; text-style: bold; }
    FindBar > LineField { width: 1fr; height: 1; border: none; padding: 0; }
    FindBar > LineField, FindBar > LineField:focus { background: $surface; background-tint: $surface 0%; }
    FindBar > #find-keys { margin-left: 3; }
    FindBar > #find-count { margin-left: 2; }
    """

    class Typed(Message):
        """Other words are to be searched for."""

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

    class Stepped(Message):
        """To the match below (1) or above (-1)."""

        def __init__(self, direction: int) -> None:
            super().__init__()
            self.direction = direction

    class Accepted(Message):
        """The user goes on reading, with n and N."""

    def __init__(self) -> None:
        super().__init__()
        self._field = LineField(placeholder="words in this conversation", id="find-words")
        self._count = Static(id="find-count", markup=False)
        self._keys = Static(id="find-keys", markup=False)

    def compose(self) -> ComposeResult:
        yield Static("/", id="find-mark", markup=False)
        yield self._field
        yield self._count
        yield self._keys

    def on_mount(self) -> None:
        self._draw_keys()

    def edit(self, words: str = "") -> None:
        """Give the line the keyboard; `words`, if there are any, replace what is in it."""
        if words:
            self._field.value = words
        self._field.focus()

    @property
    def words(self) -> str:
        return self._field.value

    def show(self, found: Found) -> None:
        """Say how far the search has come."""
        if not self.words:
            words = Content("")
        elif found.total:
            more = "" if found.is_done else " …"
            words = Content.assemble(
                (f"{found.position:,}", "bold $accent"), (f" of {found.total:,}{more}", "$foreground")
            )
        else:
            words = Content.styled("no match" if found.is_done else "searching …", "$warning")
        self._count.update(words)

    def on_descendant_focus(self) -> None:
        self._draw_keys()

    def on_descendant_blur(self) -> None:
        self._draw_keys()

    def on_resize(self) -> None:
        self._draw_keys()

    def _draw_keys(self) -> None:
        keys = _TYPING if self._field.has_focus else _READING
        parts: list[tuple[str, str]] = []
        for number, (key, does) in enumerate(keys):
            parts += [("   " if number else "", ""), (key, "$foreground"), (f" {does}", "$muted")]
        line = self._keys
        line.update(Content.assemble(*parts))
        line.display = self.size.width >= 70

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if not event.value:
            self._count.update("")
        self.post_message(self.Typed(event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Accepted())

    def on_key(self, event: Key) -> None:
        if event.key in ("up", "down", "shift+enter"):
            event.stop()
            self.post_message(self.Stepped(1 if event.key == "down" else -1))
