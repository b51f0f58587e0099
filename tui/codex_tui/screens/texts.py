"""Texts full screen, to be changed before they count: the files of an edit, a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Static, TextArea

from codex_tui.harmless_area import HarmlessArea
from codex_tui.sanitize import clip, sanitize_line
from codex_tui.screens.key_line import KeyLine


class TextsScreen(Screen[bool | None]):
    """Gives True if what was typed shall count. What was typed is in `drafts` in any case."""

    CSS_PATH = "texts.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "send", show=False, priority=True),
        Binding("ctrl+n,f6", "turn(1)", show=False, priority=True),
        Binding("escape", "leave", show=False, priority=True),
    ]

    def __init__(self, title: str, texts: Sequence[tuple[str, str]], drafts: dict[str, str], *, sends: str) -> None:
        """`sends`: what Ctrl+S does, in words. `drafts` holds by name what was changed already."""
        super().__init__()
        self._title = title
        self._texts = texts
        self._drafts = drafts
        self._sends = sends
        self._at = 0

    def compose(self) -> ComposeResult:
        yield Static(id="texts-title", markup=False)
        with ContentSwitcher(initial="text-0"):
            for index, (name, text) in enumerate(self._texts):
                yield HarmlessArea(self._drafts.get(name, text), id=f"text-{index}", tab_behavior="indent")
        keys = [("Ctrl+S", self._sends), ("Esc", "back, kept"), ("Ctrl+G", "editor")]
        yield KeyLine([*keys, ("Ctrl+N", "next file")] if len(self._texts) > 1 else keys)

    def on_mount(self) -> None:
        self._show()

    def _show(self) -> None:
        self.query_one(ContentSwitcher).current = f"text-{self._at}"
        area = self.query_one(f"#text-{self._at}", HarmlessArea)
        area.show_line_numbers = True
        area.focus()
        self._draw_title()

    def _draw_title(self) -> None:
        name, text = self._texts[self._at]
        parts: list[tuple[str, str]] = [(clip(sanitize_line(name, reveal=True), 200), "bold $foreground")]
        if len(self._texts) > 1:
            parts.append((f"   file {self._at + 1} of {len(self._texts)}", "$accent"))
        is_changed = self._drafts.get(name, text) != text
        parts.append(
            ("   changed by you" if is_changed else "   as the model wrote it", "$warning" if is_changed else "$muted")
        )
        self.query_one("#texts-title", Static).update(Content.assemble(*parts))

    @on(TextArea.Changed)
    def _typed(self, event: TextArea.Changed) -> None:
        event.stop()
        index = int((event.text_area.id or "text-0").removeprefix("text-"))
        name, text = self._texts[index]
        typed = event.text_area.text
        if typed == text:
            self._drafts.pop(name, None)
        else:
            self._drafts[name] = typed
        self._draw_title()

    def action_turn(self, step: int) -> None:
        self._at = (self._at + step) % len(self._texts)
        self._show()

    def action_send(self) -> None:
        self.dismiss(True)

    def action_leave(self) -> None:
        self.dismiss(None)
