"""The line that is searched for. While a deletion can be taken back, one letter in it means that."""

from __future__ import annotations

from textual.events import Key
from textual.message import Message

from codex_tui.line_field import LineField

UNDO = "u"


class SearchField(LineField):
    class UndoWanted(Message):
        pass

    may_undo = False

    async def _on_key(self, event: Key) -> None:
        # A binding would not do: letters are the field's own before any binding is asked.
        if self.may_undo and event.character == UNDO:
            event.stop()
            event.prevent_default()
            self.post_message(self.UndoWanted())
            return
        if event.is_printable:
            self.may_undo = False  # words have begun: from now on it is a letter
        await super()._on_key(event)
