"""A theme on a terminal of 256 colours: which colour of that table stands for which of the theme's.

The table has a few dark colours, all of them strong, and greys. What is nearest by the numbers loses its meaning
there: the ground of added lines and that of removed ones become one grey. So tinted grounds are chosen by their hue,
what lies on them by whether it can be read, and only what mixing has made, under a sheet, by nearness alone.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from rich.color import Color as RichColor
from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from codex_tui.depth import is_ground

_STEPS = (0, 95, 135, 175, 215, 255)
_FIRST = 16
"""The sixteen before it are the terminal's own: nobody knows them."""
_NAMES = (
    *(f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in product(_STEPS, repeat=3)),
    *(f"#{grey:02x}{grey:02x}{grey:02x}" for grey in range(8, 239, 10)),
)
_NUMBERS = {name: _FIRST + index for index, name in enumerate(_NAMES)}
_WIDE = ("background", "surface", "panel")
"""Grounds of whole panes, from the bottom up."""
_PLAIN_GROUNDS = (*_WIDE, "selection", "faint")
_TINTED = {"added": ("added_background", "added_word"), "removed": ("removed_background", "removed_word")}
READABLE, HIGH_CONTRAST = 4.5, 6.0
"""Least contrast of words and their ground, by WCAG 2; the second in themes that keep 7 in true colours."""
_GREYISH = 40
"""Between the strongest and the weakest channel of a colour that may become a grey."""
_APART = 0.04
"""In Oklab: from here on two grounds are told apart at a glance."""


class Seen(NamedTuple):
    """A colour as eyes see it: in Oklab (Ottosson 2020), where black and white are 1 apart, and by its luminance."""

    name: str
    is_grey: bool
    luminance: float
    lightness: float
    a: float
    b: float
    chroma: float
    hue: float
    """In radians."""

    def off(self, other: Seen) -> float:
        return math.sqrt((self.lightness - other.lightness) ** 2 + (self.a - other.a) ** 2 + (self.b - other.b) ** 2)

    def contrast(self, other: Seen) -> float:
        """From 1 to 21, as WCAG 2 defines it."""
        ratio = (self.luminance + 0.05) / (other.luminance + 0.05)
        return ratio if ratio > 1 else 1 / ratio


def in_table(colors: Mapping[str, str], *, dark: bool) -> dict[str, str]:
    """The colours, by meaning, as the table has them: grounds stay apart, and words can be read on the plain ones."""
    least = least_contrast(colors)
    shown: dict[str, Seen] = {}
    for meaning in _PLAIN_GROUNDS:
        is_tinged = _is_tinged(colors[meaning]) and not (dark and meaning in _WIDE)
        choice = _table() if is_tinged else _greys()
        shown[meaning] = _plain_ground(seen(colors[meaning]), (each for each in choice if each not in shown.values()))
    panes = [shown[meaning] for meaning in _WIDE]
    for sign, (line, word) in _TINTED.items():
        shown[line] = _tinted_ground(colors[line], colors[sign], panes[:2], least)
        shown[word] = _tinted_ground(colors[word], colors[sign], panes[:2], least, shown[line])
    usable = [each for each in _table() if all(each.contrast(pane) >= least for pane in panes)]
    for meaning, color in colors.items():
        if not is_ground(meaning):
            shown[meaning] = _word(color, usable)
    return {meaning: color.name for meaning, color in shown.items()}


def least_contrast(colors: Mapping[str, str]) -> float:
    """How well words shall be seen in the table, by how well they are in true colours."""
    ground = seen(colors["background"])
    weakest = min([seen(color).contrast(ground) for meaning, color in colors.items() if not is_ground(meaning)])
    return HIGH_CONTRAST if weakest >= 7 else READABLE


@functools.lru_cache(maxsize=1024)
def readable(word: str, ground: str, least: float) -> str:
    """The word's colour, or the nearest one of the table that has this contrast to the ground."""
    wanted, below = seen(word), seen(ground)
    if wanted.contrast(below) >= least:
        return word
    return min((each for each in _table() if each.contrast(below) >= least), key=wanted.off).name


class TableFilter(LineFilter):
    """Says the number of every colour, so that nobody takes another one for near enough on the way out."""

    def __init__(self) -> None:
        super().__init__()
        self._styles: dict[tuple[RichColor | None, RichColor | None], Style] = {}

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            Segment(text, style if style is None else self.translate(style), control)
            for text, style, control in segments
        ]

    def translate(self, style: Style) -> Style:
        key = (style.color, style.bgcolor)
        numbered = self._styles.get(key)
        if numbered is None:
            numbered = self._styles[key] = Style.from_color(*map(_numbered, key))
        return style + numbered


@functools.lru_cache(maxsize=2048)
def _numbered(color: RichColor | None) -> RichColor | None:
    if color is None or color.type is not ColorType.TRUECOLOR or color.triplet is None:
        return color
    name = color.triplet.hex
    number = _NUMBERS.get(name)
    return RichColor.from_ansi(_NUMBERS[min(_table(), key=seen(name).off).name] if number is None else number)


def _word(color: str, usable: Sequence[Seen]) -> Seen:
    """Near, above all in hue; grey only where it was nearly."""
    wanted = seen(color)
    if not _is_tinged(color):
        return min(usable, key=wanted.off)
    return min((each for each in usable if not each.is_grey), key=_off_in_hue(wanted))


def _plain_ground(wanted: Seen, choice: Iterable[Seen]) -> Seen:
    """Near, above all as bright."""
    off = _off_in_hue(wanted) if wanted.lightness > 0.5 else wanted.off
    return min(choice, key=lambda each: off(each) + 2 * abs(each.lightness - wanted.lightness))


def _tinted_ground(color: str, sign: str, panes: Sequence[Seen], least: float, line: Seen | None = None) -> Seen:
    """Of the hue of the colour and of its sign, about as bright, as pale where it can be, and apart from all panes.

    Of a word: apart from its line, too, and still farther from the pane. Black or white can be read on it.
    """
    wanted, below = seen(color), panes[0].lightness
    hue = wanted.hue + math.remainder(seen(sign).hue - wanted.hue, math.tau) / 2
    beyond = abs(line.lightness - below) if line else 0.0
    grounds = (*panes, line) if line else panes

    def error(each: Seen) -> float:
        # All dark colours of the table are strong: those that are not are nearly greys.
        stronger = 3 * abs(each.chroma - wanted.chroma) if below > 0.5 else 0.0
        return 2 * _turned(each.hue, hue) + 6 * abs(each.lightness - wanted.lightness) + stronger

    def is_usable(each: Seen) -> bool:
        return (
            not each.is_grey
            and max(each.contrast(seen("#000000")), each.contrast(seen("#ffffff"))) >= least
            and abs(each.lightness - below) > beyond
            and all(each.off(ground) >= _APART for ground in grounds)
        )

    return min(filter(is_usable, _table()), key=error)


def _off_in_hue(wanted: Seen) -> Callable[[Seen], float]:
    return lambda each: wanted.off(each) + _turned(each.hue, wanted.hue) / 8


def _turned(one: float, other: float) -> float:
    """The angle between two hues."""
    return abs(math.remainder(one - other, math.tau))


def _is_tinged(color: str) -> bool:
    channels = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
    return max(channels) - min(channels) >= _GREYISH


@functools.cache
def _table() -> tuple[Seen, ...]:
    return tuple(map(seen, _NAMES))


@functools.cache
def _greys() -> tuple[Seen, ...]:
    return tuple(each for each in _table() if each.is_grey)


@functools.lru_cache(maxsize=1024)
def seen(color: str) -> Seen:
    """`color` is `#rrggbb`."""
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return Seen(
        name=color,
        is_grey=len(set(channels)) == 1,
        luminance=0.2126 * red + 0.7152 * green + 0.0722 * blue,
        lightness=0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        a=a,
        b=b,
        chroma=math.hypot(a, b),
        hue=math.atan2(b, a),
    )
