"""Colour themes as data, and the loader. Knows neither Textual nor core."""

from codex_themes.load import DEFAULT_DARK, DEFAULT_LIGHT, ThemeData, ThemeError, list_themes, load_theme
from codex_themes.names import COLORS, DIFF, SYNTAX, TERMINAL_COLORS

__all__ = [
    "COLORS",
    "DEFAULT_DARK",
    "DEFAULT_LIGHT",
    "DIFF",
    "SYNTAX",
    "TERMINAL_COLORS",
    "ThemeData",
    "ThemeError",
    "list_themes",
    "load_theme",
]
