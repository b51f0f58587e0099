"""Draws a theme where its colours are not true colours: the terminal's own ones, sixteen of them, or none at all.

Inside, every colour is a true one (Textual mixes and compares them), some of them standing in for a colour that only
the terminal knows. On the way out each style is translated. Colours that mixing has made, under a sheet, become dim.

Two things cannot be said with the terminal's own colours, because nobody knows them: words in a colour on a ground of
another, and grey, which in some terminals equals the background. So coloured grounds are drawn in reverse, and grey
words as dim ones.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from codex_themes import ThemeData
from codex_tui.depth import is_ground

_STAND_INS = {
    "black": "#010203",
    "red": "#cd0102",
    "green": "#02cd01",
    "yellow": "#cdcd03",
    "blue": "#0103ee",
    "magenta": "#cd01cc",
    "cyan": "#02cdcc",
    "white": "#e5e4e6",
    "bright_black": "#7f7e80",
    "bright_red": "#ff0103",
    "bright_green": "#02ff03",
    "bright_yellow": "#fffe02",
    "bright_blue": "#5c5dfe",
    "bright_magenta": "#ff02fe",
    "bright_cyan": "#03fffe",
    "bright_white": "#fefffd",
}
_FAINT = "#7d7e7f"
_DEFAULTS = {True: ("#0a0b0d", "#e4e6e5"), False: ("#fdfcfb", "#0d0b0a")}
"""What stands in for the terminal's own background and foreground, in a dark theme and in a light one."""
_REVERSED = Style(reverse=True, dim=False, underline=False)
_UNDERLINED = Style(underline=True)
_QUIET = ("muted", "faint", "syntax.comment")
_LOUD = ("accent", "warning", "danger", "success", "syntax.keyword")


class Repaint(LineFilter):
    """Translates styles; the result has no true colour unless the theme asks for it."""

    def __init__(self, words: Mapping[str, Style], grounds: Mapping[str, Style], plain: Style) -> None:
        """`words` and `grounds` say, by `#rrggbb`, what is added; a ground in reverse says all. `plain` is added to
        what stands on no ground of its own."""
        super().__init__()
        self._words = words
        self._grounds = grounds
        self._plain = plain
        self._looks: dict[tuple[RichColor | None, RichColor | None], Style] = {}

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            Segment(text, style if style is None else self.translate(style), control)
            for text, style, control in segments
        ]

    def translate(self, style: Style) -> Style:
        key = (style.color, style.bgcolor)
        look = self._looks.get(key)
        if look is None:
            look = self._looks[key] = self._look(*key)
        return style.without_color + look

    def _look(self, word: RichColor | None, ground: RichColor | None) -> Style:
        if not _is_true(word) and not _is_true(ground):
            return Style.from_color(word, ground)  # translated already
        below = self._grounds.get(ground.name, self._plain) if _is_true(ground) and ground else self._plain
        if below.reverse:
            return below
        if word is None:
            return below
        return below + self._words.get(word.name, self._plain + Style(dim=True))


def terminal_repaint(theme: ThemeData, colors: Mapping[str, str]) -> Repaint:
    """For a theme with colours of the terminal's own; `colors` are its colours with the stand-ins, by meaning."""
    named = _named(theme)
    text, background = named["text"], named["background"]
    plain = Style(color=text, bgcolor=background)
    words: dict[str, Style] = {}
    grounds: dict[str, Style] = {}
    for meaning, color in named.items():
        is_grey = color == "bright_black"
        shown = text if is_grey else color
        words[colors[meaning]] = Style(color=shown, dim=True if is_grey else None)
        if color == background or (color == "default" and is_ground(meaning)):
            ground = plain
        elif color.startswith("#") and is_ground(meaning):
            ground = Style(bgcolor=color)
        elif meaning == "faint":
            ground = plain + _UNDERLINED
        else:
            ground = Style(color=shown, bgcolor=background) + _REVERSED
        grounds[colors[meaning]] = ground
    grounds[colors["text"]] = Style(color=text, bgcolor=background) + _REVERSED
    return Repaint(words, grounds, plain)


def colorless_repaint(colors: Mapping[str, str]) -> Repaint:
    """For no colour at all: quiet words are dim, loud ones bold, coloured grounds in reverse, keys underlined."""
    # Emphasis that is neither bold, dim, reverse nor underlined is a matter of taste; what is struck out is not.
    nothing = Style(italic=False, strike=False)
    words = dict.fromkeys(colors.values(), nothing)
    words |= {colors[meaning]: nothing + Style(dim=True) for meaning in _QUIET}
    words |= {colors[meaning]: nothing + Style(bold=True) for meaning in _LOUD}
    words |= {colors["text"]: nothing}
    grounds = dict.fromkeys(colors.values(), nothing + _REVERSED)
    grounds |= dict.fromkeys((colors[m] for m in ("background", "added_background", "removed_background")), nothing)
    grounds |= {colors["surface"]: nothing, colors["faint"]: nothing + _UNDERLINED}
    return Repaint(words, grounds, nothing)


def true_colors(theme: ThemeData) -> dict[str, str]:
    """The colours of the theme by meaning (`syntax.NAME` for code), each `#rrggbb`: stand-ins where it names others."""
    ground, word = _DEFAULTS[theme.dark]

    def true(meaning: str, color: str) -> str:
        if color == "default":
            return ground if is_ground(meaning) else word
        if color == "bright_black" and meaning == "faint":
            return _FAINT  # as a ground it is another than that of the current row
        return _STAND_INS.get(color, color)

    return {meaning: true(meaning, color) for meaning, color in _named(theme).items()}


def _named(theme: ThemeData) -> dict[str, str]:
    return {**{f"syntax.{name}": color for name, color in theme.syntax.items()}, **theme.diff, **theme.colors}


def _is_true(color: RichColor | None) -> bool:
    return color is not None and color.triplet is not None
