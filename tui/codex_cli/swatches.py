"""Colours as small pieces of a line, for commands that print themes."""

from __future__ import annotations

from rich.color import Color, ColorSystem

from codex_themes import ThemeData
from codex_tui.depth import Depth, is_ground

_SYSTEMS: dict[Depth, ColorSystem] = {
    "full": ColorSystem.TRUECOLOR,
    "256": ColorSystem.EIGHT_BIT,
    "16": ColorSystem.STANDARD,
}
_IN_A_ROW = ("accent", "user", "success", "warning", "danger", "reasoning", "code", "muted")


class Swatches:
    """Of one theme. `depth` "none" gives spaces, so that columns stay where they are."""

    def __init__(self, theme: ThemeData, depth: Depth) -> None:
        self._theme = theme
        self._depth: Depth = depth

    def row(self) -> str:
        """A line in small: the colours that mean something, on the theme's own ground."""
        colors = self._theme.colors
        words = "".join(self._piece("●", colors[name], colors["background"]) for name in _IN_A_ROW)
        return (
            self._piece(" ", colors["text"], colors["background"])
            + words
            + self._piece(" ", colors["text"], colors["background"])
        )

    def of(self, name: str, color: str) -> str:
        """A word in that colour, or on it."""
        colors = self._theme.colors
        return (
            self._piece(" Aa ", colors["text"], color)
            if is_ground(name)
            else self._piece(" Aa ", color, colors["background"])
        )

    def _piece(self, text: str, word: str, ground: str) -> str:
        if self._depth == "none":
            return " " * len(text)
        codes = (*self._codes(word, foreground=True), *self._codes(ground, foreground=False))
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m"

    def _codes(self, color: str, *, foreground: bool) -> tuple[str, ...]:
        return Color.parse(color).downgrade(_SYSTEMS[self._depth]).get_ansi_codes(foreground=foreground)
