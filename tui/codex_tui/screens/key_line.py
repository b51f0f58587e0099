"""The last line of a full screen: its keys, the most important first; what does not fit is left out."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

_GAP = "   "


class KeyLine(Widget):
    DEFAULT_CSS = "KeyLine { height: 1; padding: 0 1; background: $surface; text-wrap: nowrap; }"

    def __init__(self, keys: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._keys = keys

    def tell(self, keys: Sequence[tuple[str, str]]) -> None:
        """Other keys count from now on."""
        self._keys = keys
        self.refresh()

    def render(self) -> Content:
        line = Content("")
        for key, does in self._keys:
            longer = Content.assemble(
                line, _GAP if line else "", (f" {key} ", "bold $foreground on $faint"), (f" {does}", "$muted")
            )
            if line and longer.cell_length > self.size.width:
                break
            line = longer
        return line
