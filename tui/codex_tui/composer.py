"""The prompt: a text area that grows, sends on Enter and remembers what was sent.

What is sent is what was typed and pasted, character by character; only what is drawn is made harmless.
"""

from __future__ import annotations

from collections.abc import Callable

from textual.events import Key, Paste
from textual.message import Message

from codex_tui.harmless_area import PASTE_LIMIT, HarmlessArea

_NEW_LINE_KEYS = frozenset({"shift+enter", "ctrl+j", "alt+enter"})


class History:
    """Prompts sent before, newest last, and the draft that was being typed when looking back began."""

    def __init__(self) -> None:
        self._sent: list[str] = []
        self._at: int | None = None
        self._draft = ""

    def add(self, text: str) -> None:
        if not self._sent or self._sent[-1] != text:
            self._sent.append(text)
        self._at = None

    def older(self, current: str) -> str | None:
        """The prompt before the one shown; None at the oldest."""
        if self._at is None:
            self._draft, self._at = current, len(self._sent)
        if self._at == 0:
            return None
        self._at -= 1
        return self._sent[self._at]

    def newer(self) -> str | None:
        """The prompt after the one shown, at last the draft; None if the draft is shown."""
        if self._at is None:
            return None
        self._at += 1
        if self._at < len(self._sent):
            return self._sent[self._at]
        self._at = None
        return self._draft


class Composer(HarmlessArea):
    """Posts what the keys ask for; what becomes of it is decided above."""

    DEFAULT_CSS = """
    Composer {
        width: 1fr; height: auto; min-height: 1; max-height: 8; border: none; padding: 0;
        background: $background; scrollbar-size-vertical: 1;
        &:focus { border: none; }
        & .text-area--placeholder { color: $muted; }
        & .text-area--cursor-line { background: $background; }
    }
    """

    class Sent(Message):
        """Enter."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class PasteCut(Message):
        """More was pasted than is taken."""

        def __init__(self, length: int) -> None:
            super().__init__()
            self.length = length

    class TabPressed(Message):
        pass

    class PopupMoved(Message):
        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    class ScrollWanted(Message):
        """Page up or down: the conversation, not these few lines."""

        def __init__(self, pages: int) -> None:
            super().__init__()
            self.pages = pages

    class QueueWanted(Message):
        """Up, in the empty composer, while something waits above it."""

    def __init__(self, *, clock: Callable[[], float], placeholder: str) -> None:
        super().__init__(id="composer", placeholder=placeholder)
        self.prompts = History()
        self.is_popup_open = False
        """Arrows move the popup; set from above."""
        self.has_queue = False
        """Something waits above; set from above."""
        self._clock = clock
        self._touched_at = 0.0

    @property
    def untouched_s(self) -> float:
        """Since the last key or paste."""
        return self._clock() - self._touched_at

    @property
    def is_empty(self) -> bool:
        return not self.text.strip()

    def insert_typed(self, text: str) -> None:
        """What was typed while something else had the keyboard."""
        self._touched_at = self._clock()
        self.insert(text)

    async def _on_key(self, event: Key) -> None:
        self._touched_at = self._clock()
        if self._takes(event.key):
            event.stop()
            event.prevent_default()

    async def _on_paste(self, event: Paste) -> None:
        self._touched_at = self._clock()
        if len(event.text) > PASTE_LIMIT:
            self.post_message(self.PasteCut(len(event.text)))

    def _takes(self, key: str) -> bool:
        match key:
            case "enter":
                self.post_message(self.Sent(self.text))
            case "tab":
                self.post_message(self.TabPressed())
            case "pageup" | "pagedown":
                self.post_message(self.ScrollWanted(-1 if key == "pageup" else 1))
            case _ if key in _NEW_LINE_KEYS:
                self._replace_via_keyboard("\n", *self.selection)
            case "up":
                return self._up()
            case "down":
                return self._down()
            case _:
                return False
        return True

    def _up(self) -> bool:
        if self.is_popup_open:
            self.post_message(self.PopupMoved(-1))
            return True
        if not self.cursor_at_first_line:
            return False
        if self.has_queue and not self.text:
            self.post_message(self.QueueWanted())
            return True
        if (older := self.prompts.older(self.text)) is not None:
            self.put(older)
        return True

    def _down(self) -> bool:
        if self.is_popup_open:
            self.post_message(self.PopupMoved(1))
            return True
        if not self.cursor_at_last_line:
            return False
        if (newer := self.prompts.newer()) is not None:
            self.put(newer)
        return True
