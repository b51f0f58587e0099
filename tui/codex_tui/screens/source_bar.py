"""The first line of the screen of changes: what they are compared with, as tabs."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from codex_tui.chrome import spread


class SourceBar(Widget):
    """Posts which tab was clicked."""

    current = reactive("")
    remark = reactive("")
    """At the right."""

    class Chosen(Message):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, tabs: Sequence[tuple[str, str]]) -> None:
        """Each with its name and what is shown of it."""
        super().__init__()
        self._tabs = tabs

    def render(self) -> Content:
        parts: list[tuple[str, str]] = []
        for name, words in self._tabs:
            is_current = name == self.current
            parts.append((f" {words} ", "bold $accent on $surface" if is_current else "$muted"))
            parts.append(("  ", ""))
        return spread(Content.assemble(*parts), Content.styled(self.remark, "$muted"), self.content_size.width)

    def on_click(self, event: Click) -> None:
        at = self.gutter.left
        for name, words in self._tabs:
            end = at + len(words) + 2
            if at <= event.x < end:
                self.post_message(self.Chosen(name))
            at = end + 2
