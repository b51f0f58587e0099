"""The list of slash commands that match what is being typed."""

from __future__ import annotations

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from codex_tui.commands import Command

_SHOWN = 8


class SlashPopup(Widget):
    """Shows `matches`; the keyboard stays in the composer, which says where to move."""

    DEFAULT_CSS = "SlashPopup { height: auto; background: $panel; padding: 0 2; }"

    class Picked(Message):
        def __init__(self, command: Command) -> None:
            super().__init__()
            self.command = command

    matches = reactive[tuple[Command, ...]]((), layout=True)
    index = reactive(0)

    @property
    def current(self) -> Command | None:
        return self.matches[self.index] if self.matches else None

    def watch_matches(self) -> None:
        self.index = 0

    def move(self, step: int) -> None:
        if self.matches:
            self.index = (self.index + step) % len(self.matches)

    def _first(self) -> int:
        return max(0, min(self.index - _SHOWN + 1, len(self.matches) - _SHOWN))

    def render(self) -> Content:
        first = self._first()
        lines: list[Content] = []
        for index, command in enumerate(self.matches[first : first + _SHOWN], first):
            name = f"/{command.slash} {command.argument}".strip()
            is_current = index == self.index
            line = Content.assemble(
                ("› " if is_current else "  ", "bold $accent"),
                (f"{name:<28}", "bold $foreground" if is_current else "$foreground"),
                (command.help, "$muted"),
                ("   " + command.key_name if command.key_name else "", "$accent"),
            )
            lines.append(line.truncate(self.size.width or 200, ellipsis=True))
        return Content("\n").join(lines)

    def on_click(self, event: Click) -> None:
        index = self._first() + event.y
        if index < len(self.matches):
            self.post_message(self.Picked(self.matches[index]))
