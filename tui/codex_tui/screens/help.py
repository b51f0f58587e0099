"""All keys and commands, made from the tables that the keys themselves are made from."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widget import Widget

from codex_tui.commands import (
    COMMANDS,
    COMPOSER_KEYS,
    HEADER_WORDS,
    PANEL_KEYS,
    TIMELINE_KEYS,
    TRANSCRIPT_KEYS,
    shown_key,
)
from codex_tui.quoted import quoted_content

_KEY_CELLS = 27


class HelpScreen(ModalScreen[None]):
    CSS_PATH = "sheet.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,f1,enter", "leave", show=False)]

    def compose(self) -> ComposeResult:
        sheet = Vertical(classes="sheet")
        sheet.border_title = Content("Keys and commands")
        sheet.border_subtitle = Content("Esc goes back")
        with sheet, VerticalScroll():
            yield HelpText()

    def action_leave(self) -> None:
        self.dismiss()


class HelpText(Widget):
    DEFAULT_CSS = "HelpText { height: auto; }"

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(_lines(width))

    def render(self) -> Content:
        return Content("\n").join(_lines(self.size.width))


def _lines(width: int) -> list[Content]:
    """All of it in lines of at most `width` cells."""
    keys = [(shown_key(c.keys[0]), f"{c.title}: {c.help}") for c in COMMANDS if c.keys]
    slashes = [(c.usage, c.help) for c in COMMANDS if c.slash]
    sections = (
        ("In the composer", COMPOSER_KEYS),
        ("In a question", PANEL_KEYS),
        ("In the conversation", TRANSCRIPT_KEYS),
        ("In the timeline", TIMELINE_KEYS),
        ("Everywhere", keys),
        ("Commands", slashes),
        ("In the header", HEADER_WORDS),
    )
    lines: list[Content] = []
    for title, rows in sections:
        lines += [Content.styled(title, "bold $accent"), *_rows(rows, width), Content("")]
    return lines[:-1]


def _rows(rows: Iterable[tuple[str, str]], width: int) -> Iterable[Content]:
    column = min(_KEY_CELLS, width // 2)
    for key, does in rows:
        words = quoted_content(does, "$muted").wrap(max(10, width - column - 2))
        keys = Content.styled(key, "$foreground").wrap(max(4, column - 2))
        for name, said in zip_longest(keys, words, fillvalue=Content("")):
            yield Content.assemble("  ", name.truncate(column - 2, pad=True), "  ", said)
