from __future__ import annotations

import itertools
from typing import cast, get_args

import pytest
from rich.color import ColorSystem
from rich.style import Style

from codex_themes import TERMINAL_COLORS, ThemeData, list_themes, load_theme
from codex_tui.palette import Ground, Palette
from tests.themes.pairs import PAIRS
from tests.themes.perception import EYES, contrast, distance, linear

HIGH_CONTRAST = ("contrast-dark", "contrast-light")
FOR_THE_COLOUR_BLIND = ("clear-dark", "clear-light")
TERMINALS_OWN = ("terminal-dark", "terminal-light")
OWN_COLOURS = [name for name in list_themes() if name not in TERMINALS_OWN]

SEMANTIC = ("accent", "user", "success", "warning", "danger", "reasoning")
"""Lines that are added and removed have the colours of success and danger; information has that of quiet words."""

_XTERM = (
    *("#000000", "#cd0000", "#00cd00", "#cdcd00", "#0000ee", "#cd00cd", "#00cdcd", "#e5e5e5"),
    *("#7f7f7f", "#ff0000", "#00ff00", "#ffff00", "#5c5cff", "#ff00ff", "#00ffff", "#ffffff"),
)
XTERM = dict(zip(TERMINAL_COLORS[1:], _XTERM, strict=True))
"""The sixteen colours as xterm has them by default. What a user's terminal makes of them nobody knows."""


def drawn(palette: Palette, word: str, ground: str) -> Style:
    """The style of a word on a ground that may be a word's colour, as a label's is."""
    colors = palette._colors
    style = Style(color=colors[word], bgcolor=colors[ground])
    return style if palette.repaint is None else palette.repaint.translate(style)


def in_xterm(style: Style, *, dark: bool) -> tuple[str, str]:
    """What xterm shows for the word and for its ground; dim words have two thirds of the strength."""
    own = {True: ("#e5e5e5", "#000000"), False: ("#000000", "#ffffff")}[dark]
    colors: list[str] = []
    for color, default in zip((style.color, style.bgcolor), own, strict=True):
        name = "default" if color is None else color.name
        colors.append(default if name == "default" else XTERM.get(name, name))
    word, ground = reversed(colors) if style.reverse else colors
    if style.dim:
        channels = (int(word[at : at + 2], 16) * 2 // 3 for at in (1, 3, 5))
        word = "#" + "".join(f"{channel:02x}" for channel in channels)
    return word, ground


@pytest.mark.parametrize("name", OWN_COLOURS)
def test_every_word_that_is_drawn_can_be_read(name: str) -> None:
    colors = Palette(load_theme(name))._colors
    least = 7.0 if name in HIGH_CONTRAST else 4.5
    weak = {
        f"{word} on {ground}": round(contrast(colors[word], colors[ground]), 2)
        for word, ground in PAIRS
        if contrast(colors[word], colors[ground]) < least
    }
    assert weak == {}


@pytest.mark.parametrize("name", TERMINALS_OWN)
def test_every_word_can_be_read_in_the_colours_of_xterm(name: str) -> None:
    palette = Palette(load_theme(name))
    weak = {
        f"{word} on {ground}": round(seen, 2)
        for word, ground in PAIRS
        if (seen := contrast(*in_xterm(drawn(palette, word, ground), dark=palette.theme.dark))) < 4.5
    }
    assert weak == {}


@pytest.mark.parametrize("name", OWN_COLOURS)
@pytest.mark.parametrize("eyes", EYES)
def test_colours_that_mean_something_stay_apart(name: str, eyes: str) -> None:
    colors = load_theme(name).colors
    least = 0.078 if name in FOR_THE_COLOUR_BLIND else 0.058
    near = {
        f"{one} and {other}": round(distance(colors[one], colors[other], eyes), 3)
        for one, other in itertools.combinations(SEMANTIC, 2)
        if distance(colors[one], colors[other], eyes) < least
    }
    quiet = {
        f"{one} and {other}": round(distance(colors[one], colors[other], eyes), 3)
        for one, other in itertools.product(SEMANTIC, ("text", "muted"))
        if distance(colors[one], colors[other], eyes) < 0.04
    }
    assert (near, quiet) == ({}, {})


@pytest.mark.parametrize("name", OWN_COLOURS)
@pytest.mark.parametrize("eyes", EYES)
def test_added_and_removed_stay_apart(name: str, eyes: str) -> None:
    diff = load_theme(name).diff
    assert distance(diff["added"], diff["removed"], eyes) > 0.058
    if name in FOR_THE_COLOUR_BLIND:
        assert distance(diff["added_background"], diff["removed_background"], eyes) > 0.03


@pytest.mark.parametrize("name", TERMINALS_OWN)
def test_states_differ_in_the_terminals_own_colours(name: str) -> None:
    colors = load_theme(name).colors
    assert len({colors[word] for word in ("accent", "warning", "danger", "muted", "text")}) == 5
    assert colors["success"] not in (colors["danger"], colors["warning"])


@pytest.mark.parametrize("name", OWN_COLOURS)
def test_grounds_and_lines_can_be_told_apart(name: str) -> None:
    theme = load_theme(name)
    grounds = [*(theme.colors[ground] for ground in ("background", "surface", "panel", "selection", "faint"))]
    grounds += [
        theme.diff[ground] for ground in ("added_background", "removed_background", "added_word", "removed_word")
    ]
    assert len(set(grounds)) == len(grounds)
    assert contrast(theme.colors["panel"], theme.colors["surface"]) > 1.05


@pytest.mark.parametrize("name", TERMINALS_OWN)
def test_the_terminals_own_ground_is_left_alone(name: str) -> None:
    palette = Palette(load_theme(name))
    grounds: tuple[Ground, ...] = ("background", "surface", "panel", "selection", "added_background", "added_word")
    styles = [
        palette.style(word, ground) for word in ("text", "muted", "danger", "syntax.string") for ground in grounds
    ]
    assert {style.bgcolor.name for style in styles if style.bgcolor} == {"default"}
    assert all(style.color is not None and style.color.triplet is None for style in styles)


@pytest.mark.parametrize("name", list_themes())
@pytest.mark.parametrize("ground", ["background", "surface", "panel", "added_background", "removed_background"])
def test_without_colours_attributes_are_left_and_words_stay_words(name: str, ground: Ground) -> None:
    palette = Palette(load_theme(name), "none")
    styles = {word: palette.style(word, ground) for word in ("text", "muted", "danger", "accent")}
    assert all(style.color is None and style.bgcolor is None and not style.italic for style in styles.values())
    if ground == "panel":
        assert all(style.reverse and not style.dim for style in styles.values())
    else:
        assert styles["muted"].dim
        assert styles["danger"].bold
        assert not any(style.reverse for style in styles.values())


def test_what_is_marked_is_marked_without_colours() -> None:
    palette = Palette(load_theme("night"), "none")
    for ground in ("panel", "selection", "added_word", "removed_word"):
        assert palette.style("text", ground).reverse
    key, main_key = drawn(palette, "text", "faint"), drawn(palette, "background", "warning")
    assert (key.underline, key.reverse) == (True, None)
    assert main_key.reverse


@pytest.mark.parametrize("name", OWN_COLOURS)
def test_sixteen_colours_are_enough_to_read_every_word(name: str) -> None:
    palette = Palette(load_theme(name), "16")
    theme = palette.theme
    weak = {
        f"{word} on {ground}": round(seen, 2)
        for word, ground in PAIRS
        if (seen := contrast(*in_xterm(drawn(palette, word, ground), dark=theme.dark))) < (4.5 if theme.dark else 3.5)
    }
    assert weak == {}
    assert theme.colors["background"] == ("black" if theme.dark else "white")


IN_DIFFS: tuple[Ground, ...] = ("surface", "added_background", "removed_background", "added_word", "removed_word")


def shown_by_256(style: Style) -> tuple[str, str]:
    """The word's colour and its ground's, as a terminal has the numbers that are sent to it."""
    numbers: list[str] = []
    for color in (style.color, style.bgcolor):
        assert color is not None
        assert color.number is not None
        assert color.number >= 16  # the first ones are the user's own
        numbers.append(color.downgrade(ColorSystem.EIGHT_BIT).get_truecolor().hex)
    return numbers[0], numbers[1]


@pytest.mark.parametrize("name", OWN_COLOURS)
def test_a_terminal_of_256_colours_shows_words_that_can_be_read(name: str) -> None:
    palette = Palette(load_theme(name), "256")
    weak: dict[str, float] = {}
    for word, ground in PAIRS:
        style = (
            palette.style(word, cast(Ground, ground)) if ground in get_args(Ground) else drawn(palette, word, ground)
        )
        if (seen := contrast(*shown_by_256(style))) < (6.0 if name in HIGH_CONTRAST else 4.5):
            weak[f"{word} on {ground}"] = round(seen, 2)
    assert weak == {}


@pytest.mark.parametrize("name", OWN_COLOURS)
def test_a_terminal_of_256_colours_tells_added_removed_and_unchanged_lines_apart(name: str) -> None:
    palette = Palette(load_theme(name), "256")
    shown = {ground: shown_by_256(palette.style("text", ground))[1] for ground in IN_DIFFS}
    near = {
        f"{one} and {other}": round(far, 3)
        for one, other in itertools.combinations(IN_DIFFS, 2)
        if (far := distance(shown[one], shown[other], "all three")) < 0.04
    }
    assert near == {}
    green, red = (shown[f"{what}_background"] for what in ("added", "removed"))
    if name not in FOR_THE_COLOUR_BLIND:
        assert linear(green)[1] > linear(green)[0]
        assert linear(red)[0] > linear(red)[1]
    else:
        assert all(distance(green, red, eyes) > 0.03 for eyes in EYES)


def test_a_theme_with_its_own_colours_on_the_terminals_ground_mixes_both() -> None:
    night = load_theme("night")
    clear = ThemeData(
        name="clear",
        about="",
        dark=True,
        colors={**night.colors, "background": "default"},
        diff=night.diff,
        syntax=night.syntax,
    )
    palette = Palette(clear)
    word, label = palette.style("danger"), drawn(palette, "background", "accent")
    assert (word.color and word.color.name, word.bgcolor and word.bgcolor.name) == (night.colors["danger"], "default")
    assert (label.reverse, label.color and label.color.name) == (True, night.colors["accent"])
    on_panel = palette.style("danger", "panel")
    assert (on_panel.reverse, on_panel.bgcolor and on_panel.bgcolor.name) == (None, night.colors["panel"])
