"""The filters above the list: a key, and what it is set to. A click does what the key does."""

from __future__ import annotations

from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class Filter(Widget):
    DEFAULT_CSS = "Filter { width: auto; height: 1; margin-right: 2; }"

    value = reactive("", layout=True)
    is_set = reactive(False)
    """It leaves something out, or lets something in, that it usually does not."""

    class Pressed(Message):
        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, key: str, action: str, *, id: str) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._key = key
        self._action = action

    def render(self) -> Content:
        colour = "bold $accent" if self.is_set else "$muted"
        return Content.assemble((f" {self._key} ", "bold $foreground on $faint"), (f" {self.value}", colour))

    def on_click(self) -> None:
        self.post_message(self.Pressed(self._action))
