"""How many colours may be shown, and a theme brought down to sixteen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from codex_themes import ThemeData, load_theme

Depth: TypeAlias = Literal["full", "256", "16", "none"]
"""The colours that may be used: any, those of a common table, the terminal's own ones, or none."""

_CHOSEN: dict[str, Depth] = {"256": "256", "standard": "16", "windows": "16"}
_GROUNDS = ("background", "surface", "panel", "selection", "faint")


def depth_of(environ: Mapping[str, str]) -> Depth:
    """What the terminal can show and the user wants, by `NO_COLOR`, `COLORTERM` and `TERM`; with Rich's rules."""
    if environ.get("NO_COLOR"):
        return "none"
    chosen = environ.get("TEXTUAL_COLOR_SYSTEM", "auto")
    if chosen != "auto":
        return _CHOSEN.get(chosen, "full")
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return "full"
    return "256" if environ.get("TERM", "").lower().rpartition("-")[2] in ("256color", "kitty") else "16"


def is_ground(meaning: str) -> bool:
    return meaning in _GROUNDS or meaning.endswith(("_background", "_word"))


def in_sixteen(theme: ThemeData) -> ThemeData:
    """The theme for a terminal of sixteen colours, under its name. Paints its ground: nobody knows the own one."""
    if theme.uses_terminal_colors:
        return theme
    plain = load_theme("terminal-dark" if theme.dark else "terminal-light")
    ground, word = ("black", "white") if theme.dark else ("white", "black")

    def paint(table: Mapping[str, str]) -> dict[str, str]:
        return {
            key: color if color != "default" else ground if is_ground(key) else word for key, color in table.items()
        }

    return ThemeData(
        name=theme.name,
        about=theme.about,
        dark=theme.dark,
        colors=paint(plain.colors),
        diff=paint(plain.diff),
        syntax=paint(plain.syntax),
    )
