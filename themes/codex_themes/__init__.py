"""Colour themes as data, and the loader. Knows neither Textual nor core."""

from codex_themes.load import (
    COLORS,
    DEFAULT_DARK,
    DEFAULT_LIGHT,
    DIFF,
    SYNTAX,
    ThemeData,
    ThemeError,
    list_themes,
    load_theme,
)

__all__ = [
    "COLORS",
    "DEFAULT_DARK",
    "DEFAULT_LIGHT",
    "DIFF",
    "SYNTAX",
    "ThemeData",
    "ThemeError",
    "list_themes",
    "load_theme",
]
