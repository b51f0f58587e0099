"""The prompt: a text area that grows, sends on Enter and remembers what was sent.

What is sent is what was typed and pasted, character by character; only what is drawn is made harmless.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.document._document import EditResult, Location, Selection
from textual.document._edit import Edit
from textual.events import Key, Paste
from textual.message import Message

from codex_tui.chips import MARK, Chips, is_long
from codex_tui.harmless_area import PASTE_LIMIT, HarmlessArea, pasted

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

    def add_earlier(self, texts: list[str]) -> None:
        """Put prompts before all of these, the oldest first; those that are here already are left out."""
        known = set(self._sent)
        earlier = [text for text in texts if text not in known]
        self._sent[:0] = earlier
        if self._at is not None:
            self._at += len(earlier)

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
        & .composer--chip { color: $accent; background: $panel; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"composer--chip"}

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

    class EarlierWanted(Message):
        """Up, at the oldest prompt that is known here."""

    class QueueWanted(Message):
        """Up, in the empty composer, while something waits above it."""

    def __init__(self, *, clock: Callable[[], float], placeholder: str) -> None:
        self.chips = Chips()
        super().__init__(id="composer", placeholder=placeholder)
        self.prompts = History()
        self.is_popup_open = False
        """Arrows move the popup; set from above."""
        self.complete: Callable[[str], bool] = lambda _: False
        """Asked at once when Enter or Tab is pressed with the popup open, so that the next key finds it done: whether
        that completed something. Set from above."""
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
        if is_long(text := pasted(event.text)):
            event.prevent_default()
            self._replace_via_keyboard(self.chips.take(text, self.document.text), *self.selection)

    def _takes(self, key: str) -> bool:
        match key:
            case "enter" | "tab" if self.is_popup_open and self.complete(key):
                pass
            case "enter":
                self.post_message(self.Sent(self.text))
            case "tab":
                self.post_message(self.TabPressed())
            case "pageup" | "pagedown":
                self.post_message(self.ScrollWanted(-1 if key == "pageup" else 1))
            case "ctrl+o":
                return self._open_chip()
            case _ if key in _NEW_LINE_KEYS:
                self._replace_via_keyboard("\n", *self.selection)
            case "up":
                return self._up()
            case "down":
                return self._down()
            case _:
                return False
        return True

    # Chips.

    def put(self, text: str) -> None:
        super().put(self.chips.fold(text))

    def put_before(self, text: str) -> None:
        """Put `text` before what is being written."""
        if self.is_empty:
            self.put(text)
        else:
            self.insert(f"{self.chips.fold(text)}\n\n", (0, 0))

    @property
    def text_outside(self) -> str:
        return self._stand_ins.restore(self.chips.shown(self.document.text))

    def put_outside(self, text: str) -> None:
        super().put(self.chips.taken_back(text))

    def edit(self, edit: Edit) -> EditResult:
        if self.chips:  # a chip is changed whole or not at all
            start, end = edit.top, edit.bottom
            if start == end:
                edit.from_location = edit.to_location = self._beside_chip(start, to_end=True)
            else:
                edit.from_location = self._beside_chip(start, to_end=False)
                edit.to_location = self._beside_chip(end, to_end=True)
        return super().edit(edit)

    def validate_selection(self, selection: Selection) -> Selection:
        """The cursor goes over a chip as over one character."""
        if not self.chips or selection.end == self.selection.end:
            return selection
        end = self._beside_chip(selection.end, to_end=selection.end > self.selection.end)
        return Selection(end if selection.is_empty else selection.start, end)

    def get_line(self, line_index: int) -> Text:
        if not self.chips:
            return super().get_line(line_index)
        line = self.document.get_line(line_index)
        text = Text(self._picture(line.replace(MARK, "[")), end="", no_wrap=True)
        for start, end in self.chips.spans(line):
            text.stylize(self.get_component_rich_style("composer--chip"), start, end)
        return text

    def _held(self, text: str) -> str:
        return self.chips.hold(text, self._stand_ins.hide)

    def _given(self, held: str) -> str:
        return self.chips.expand(held, self._stand_ins.restore)

    def _beside_chip(self, location: Location, *, to_end: bool) -> Location:
        row, column = location
        if row >= self.document.line_count:
            return location
        span = self.chips.span(self.document.get_line(row), column)
        return location if span is None else (row, span[to_end])

    def _open_chip(self) -> bool:
        """Put what was pasted in the place of the chip at the cursor; False: there is none."""
        row, column = self.cursor_location
        span = self.chips.span(self.document.get_line(row), column, touching=True) if self.chips else None
        if span is None:
            return False
        start, end = (row, span[0]), (row, span[1])
        self.replace(self.get_text_range(start, end), start, end)
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
        if not self.recall():
            self.post_message(self.EarlierWanted())
        return True

    def recall(self) -> bool:
        """Show the prompt before; False if none is known."""
        if (older := self.prompts.older(self.text)) is None:
            return False
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
