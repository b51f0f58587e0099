"""How many colours may be shown, and a theme brought down to fewer."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Literal, TypeAlias

from codex_themes import ThemeData, load_theme

Depth: TypeAlias = Literal["full", "256", "16", "none"]
"""The colours that may be used: any, those of a common table, the terminal's own ones, or none."""

_CHOSEN: dict[str, Depth] = {"256": "256", "standard": "16", "windows": "16"}
_CUBE = (0, 95, 135, 175, 215, 255)
_GREYISH = 40
"""Between the strongest and the weakest channel of a colour that may become a grey."""
_HARDLY_SEEN = 8
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


def in_256(colors: Mapping[str, str], *, dark: bool) -> dict[str, str]:
    """The colours, by meaning, of the fixed part of that table that are nearest, above all as bright.

    Words are never less distinct than they were. Rich takes the nearest hue instead, which turns a dark ground with a
    tinge of green into a strong green.
    """

    def nearest(meaning: str, color: str) -> str:
        channels = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
        if is_ground(meaning):
            # The darkest colours of the table are too strong for whole lines, not for words that are marked.
            is_tinted = meaning.endswith("_word") or (meaning.endswith("_background") and not dark)
            return _nearest_of_256(channels, with_greys=not is_tinted)
        is_grey = max(channels) - min(channels) < _GREYISH
        return _nearest_of_256(channels, with_greys=is_grey, side=1 if dark else -1)

    return {meaning: nearest(meaning, color) for meaning, color in colors.items()}


def _nearest_of_256(channels: list[int], *, with_greys: bool, side: int = 0) -> str:
    """`side` is 1 if it shall not be darker than the colour, -1 if not brighter."""
    brightness = _brightness(channels)
    steps = [(max(s for s in _CUBE if s <= channel), min(s for s in _CUBE if s >= channel)) for channel in channels]
    greys = [[8 + 10 * step] * 3 for step in range(24)] if with_greys else []
    hues = [list(mixed) for mixed in product(*steps) if with_greys or len(set(mixed)) > 1]

    def error(candidate: list[int]) -> float:
        off = sum(abs(one - other) for one, other in zip(candidate, channels, strict=True))
        brighter = _brightness(candidate) - brightness
        return off + 2 * abs(brighter) + (1000 if side * brighter < -_HARDLY_SEEN else 0)

    return "#" + "".join(f"{channel:02x}" for channel in min([*hues, *greys], key=error))


def _brightness(channels: list[int]) -> float:
    red, green, blue = channels
    return 0.299 * red + 0.587 * green + 0.114 * blue
