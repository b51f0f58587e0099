"""A text area for any text: it draws only what is harmless, and keeps every character of what it was given."""

from __future__ import annotations

from dataclasses import replace

from rich.cells import cell_len
from rich.text import Text
from textual.content import Content
from textual.document._document import EditResult, Location
from textual.document._edit import Edit
from textual.events import Paste
from textual.widgets import TextArea

from codex_tui.stand_ins import StandIns

_NO_BASE = "◌"
"""Unicode's picture of a letter under an accent that has none."""
PASTE_LIMIT = 1_000_000
"""Characters taken from one paste."""


class HarmlessArea(TextArea):
    """What must not be drawn has a stand-in in the document. Whatever is put in comes through `load_text` or `edit`."""

    def __init__(
        self,
        text: str = "",
        *,
        id: str | None = None,  # noqa: A002  # Textual's name
        placeholder: str = "",
        tab_behavior: str = "focus",
    ) -> None:
        self._stand_ins = StandIns()
        super().__init__(
            id=id,
            placeholder=Content(placeholder),
            highlight_cursor_line=False,
            tab_behavior="focus" if tab_behavior == "focus" else "indent",
        )
        self.cursor_blink = False
        if text:
            self.load_text(text)

    @property
    def text(self) -> str:
        """What was typed and pasted."""
        return self._given(self.document.text)

    @text.setter
    def text(self, value: str) -> None:
        self.load_text(value)

    def put(self, text: str) -> None:
        """Replace the text and go to its end."""
        self.text = text
        self.move_cursor(self.document.end)

    @property
    def text_outside(self) -> str:
        """What an editor of the user's own is given; `put_outside` takes it back."""
        return self.text

    def put_outside(self, text: str) -> None:
        self.put(text)

    def load_text(self, text: str) -> None:
        super().load_text(self._held(text))

    def edit(self, edit: Edit) -> EditResult:
        edit.text = self._held(edit.text)
        result = super().edit(edit)
        self._show_cursor_soon()
        return replace(result, replaced_text=self._given(result.replaced_text))

    def on_resize(self) -> None:
        self._show_cursor_soon()

    def _show_cursor_soon(self) -> None:
        """Textual scrolls before it knows how far that is possible: a new last line would stay out of sight."""
        if self.is_mounted:
            self.call_after_refresh(self.scroll_cursor_visible)

    def get_text_range(self, start: Location, end: Location) -> str:
        return self._given(super().get_text_range(start, end))

    def _held(self, text: str) -> str:
        """What the document holds for `text`."""
        return self._stand_ins.hide(text)

    def _given(self, held: str) -> str:
        """What the document holds it for."""
        return self._stand_ins.restore(held)

    def get_line(self, line_index: int) -> Text:
        return Text(self._picture(self.document.get_line(line_index)), end="", no_wrap=True)

    def _picture(self, line: str) -> str:
        """What is drawn of a line: as many characters, none of them on the cell before, which is not ours."""
        picture = self._stand_ins.picture(line)
        return _NO_BASE + picture[1:] if picture and cell_len(picture[0]) == 0 else picture

    async def _on_paste(self, event: Paste) -> None:
        # Textual goes on with the same event in its own handler.
        event.text = pasted(event.text)


def pasted(text: str) -> str:
    """What is taken of a paste."""
    return text[:PASTE_LIMIT].replace("\r\n", "\n").replace("\r", "\n")
