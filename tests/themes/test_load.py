from __future__ import annotations

from pathlib import Path

import pytest

from codex_themes import (
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

LEAST_CONTRAST = 4.5
WORDS = tuple(name for name in COLORS if name not in ("background", "surface", "panel", "faint", "selection"))
MARKS = ("added", "removed")
# The pairs that the screen draws: quiet and coloured words on every plain ground, plain words on the strong ones.
PLAIN_GROUNDS = ("background", "surface", "panel")
LINE_GROUNDS = ("added_background", "removed_background")
STRONG_GROUNDS = ("selection", "added_word", "removed_word")


def luminance(color: str) -> float:
    channels = [int(color[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def drawn_pairs(theme: ThemeData) -> dict[str, tuple[str, str]]:
    colors = {**theme.colors, **theme.diff}
    words = {name: colors[name] for name in (*WORDS, *MARKS)} | {f"syntax.{n}": c for n, c in theme.syntax.items()}
    pairs = {
        f"{name} on {ground}": (color, colors[ground])
        for name, color in words.items()
        for ground in (*PLAIN_GROUNDS, *LINE_GROUNDS)
    }
    return pairs | {f"text on {ground}": (colors["text"], colors[ground]) for ground in STRONG_GROUNDS}


@pytest.mark.parametrize("name", list_themes())
def test_everything_that_is_written_can_be_read(name: str) -> None:
    weak = {
        pair: round(contrast(*colors), 2)
        for pair, colors in drawn_pairs(load_theme(name)).items()
        if contrast(*colors) < LEAST_CONTRAST
    }
    assert weak == {}


@pytest.mark.parametrize("name", list_themes())
def test_grounds_and_lines_can_be_told_apart(name: str) -> None:
    colors = load_theme(name).colors
    assert len({colors[ground] for ground in (*PLAIN_GROUNDS, "selection", "faint")}) == 5


def test_defaults_exist_and_are_dark_and_light() -> None:
    assert load_theme(DEFAULT_DARK).dark
    assert not load_theme(DEFAULT_LIGHT).dark


def test_themes_are_listed_with_their_files() -> None:
    themes = list_themes()
    assert {"day", "night"} <= set(themes)
    assert list(themes) == sorted(themes)
    assert all(path.is_file() for path in themes.values())


def test_a_theme_names_every_colour() -> None:
    theme = load_theme("night")
    assert (tuple(theme.colors), tuple(theme.diff), tuple(theme.syntax)) == (COLORS, DIFF, SYNTAX)


def test_a_users_theme_needs_to_name_only_what_differs(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('base = "day"\n[colors]\naccent = "#FF00aa"\n')
    mine, day = load_theme("mine", tmp_path), load_theme("day")
    assert mine.colors["accent"] == "#ff00aa"
    assert mine.colors["text"] == day.colors["text"]
    assert (mine.name, mine.dark) == ("mine", False)


def test_a_users_theme_hides_a_built_in_one(tmp_path: Path) -> None:
    (tmp_path / "night.toml").write_text('base = "day"\n')
    assert not load_theme("night", tmp_path).dark
    assert list_themes(tmp_path)["night"] == tmp_path / "night.toml"


def test_a_missing_folder_is_no_error(tmp_path: Path) -> None:
    assert list_themes(tmp_path / "nothing") == list_themes()


def test_an_unknown_theme_names_the_nearest_one() -> None:
    with pytest.raises(ThemeError, match="no theme 'nihgt', did you mean 'night'"):
        load_theme("nihgt")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dark = tru", "not valid TOML"),
        (f"dark = {'9' * 5000}", "not valid TOML"),
        ("dark = " + "[" * 10_000, "not valid TOML"),
        (f'base = "day"\n[colors]\naccent = 0x{"f" * 5000}\n', r"colors\.accent must be a colour"),
        ("#" * 100_000, "that is no theme"),
        ('base = "day"\n[colours]\n', "unknown key 'colours', did you mean 'colors'"),
        ('base = "day"\n[colors]\nacent = "#ffffff"\n', r"unknown key colors\.acent, did you mean 'accent'"),
        ('base = "day"\n[colors]\naccent = "red"\n', r"colors\.accent must be a colour like #8fb4ff, not 'red'"),
        ('base = "day"\n[colors]\naccent = 7\n', r"colors\.accent must be a colour"),
        ('base = "day"\ncolors = 7\n', r"\[colors\] must be a table"),
        ('base = "dusk"\n', "`base` must be a built-in theme: day, night"),
        ("base = 1\n", "`base` must be a built-in theme"),
        ("", "`dark` must be true or false"),
        ("dark = true\n", r"missing colors\.background"),
        ('base = "day"\ndark = "yes"\n', "`dark` must be true or false"),
    ],
)
def test_a_broken_file_is_named_with_the_key_and_the_remedy(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(text)
    with pytest.raises(ThemeError, match=message) as error:
        load_theme("broken", tmp_path)
    assert str(path) in str(error.value)


def test_a_file_that_is_no_text_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "noise.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ThemeError, match=r"noise\.toml: cannot be read"):
        load_theme("noise", tmp_path)
