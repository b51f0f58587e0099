"""The field in which a command is changed before it runs."""

from __future__ import annotations

from textual.events import Key
from textual.message import Message

from codex_tui.harmless_area import HarmlessArea

_NEW_LINE_KEYS = frozenset({"shift+enter", "ctrl+j", "alt+enter"})


class CommandArea(HarmlessArea):
    """Enter posts what it holds, as the composer does."""

    DEFAULT_CSS = """
    CommandArea {
        width: 1fr; height: auto; min-height: 1; max-height: 8; border: none; padding: 0 1;
        margin: 1 0 0 2; background: $panel; scrollbar-size-vertical: 1;
        &:focus { border: none; }
        & .text-area--cursor { color: $background; background: $accent; }
    }
    """

    class Sent(Message):
        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    async def _on_key(self, event: Key) -> None:
        if event.key == "enter":
            self.post_message(self.Sent(self.text))
        elif event.key in _NEW_LINE_KEYS:
            self._replace_via_keyboard("\n", *self.selection)
        else:
            return
        event.stop()
        event.prevent_default()
