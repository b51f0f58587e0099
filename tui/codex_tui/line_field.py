"""A field of one line: words for the model, words to search for."""

from __future__ import annotations

from rich.cells import cell_len
from textual.events import Paste
from textual.widgets import Input

from codex_tui.sanitize import sanitize_line

PASTE_LIMIT = 10_000


class LineField(Input):
    """What is pasted into it becomes one line, and harmless, because it draws what it holds."""

    def __init__(self, *, placeholder: str = "", id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(placeholder=placeholder, id=id, compact=True)
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """Without accents that have no letter: they would be drawn on the cell before the field."""
        start = next((at for at, character in enumerate(value) if cell_len(character)), len(value))
        return value[start:]

    def _on_paste(self, event: Paste) -> None:
        # Textual goes on with the same event in its own handler, which would take the first line as it is.
        event.text = sanitize_line(event.text[:PASTE_LIMIT].rstrip())
