"""What a theme can say: the colours by their meaning, and the colours of the terminal by their names."""

from __future__ import annotations

COLORS = (
    "background",  # behind everything
    "surface",  # a step above it: code, side panes
    "panel",  # a step above that: the current row, keys
    "text",
    "muted",  # the quietest colour that still carries words
    "faint",  # lines and thumbs, and the ground of keys; never words
    "accent",  # focus, links, what can be acted on
    "user",
    "success",
    "warning",
    "danger",
    "reasoning",
    "code",  # inline code
    "selection",  # behind selected text
)
DIFF = ("added", "removed", "added_background", "removed_background", "added_word", "removed_word")
SYNTAX = (
    "keyword",
    "string",
    "number",
    "comment",
    "function",
    "type",
    "builtin",
    "constant",
    "decorator",
    "operator",
    "tag",
    "attribute",
)
SECTIONS: dict[str, tuple[str, ...]] = {"colors": COLORS, "diff": DIFF, "syntax": SYNTAX}

_HUES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
TERMINAL_COLORS = ("default", *_HUES, *(f"bright_{hue}" for hue in _HUES))
"""Colours that the user's terminal decides on; `default` is its own foreground or background."""
