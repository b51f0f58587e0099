from __future__ import annotations

from pathlib import Path

import pytest

from codex_themes import (
    COLORS,
    DEFAULT_DARK,
    DEFAULT_LIGHT,
    DIFF,
    SYNTAX,
    ThemeError,
    list_themes,
    load_theme,
)


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
    (tmp_path / "mine.toml").write_text('extends = "day"\n[colors]\naccent = "#FF00aa"\n')
    mine, day = load_theme("mine", tmp_path), load_theme("day")
    assert mine.colors["accent"] == "#ff00aa"
    assert mine.colors["text"] == day.colors["text"]
    assert (mine.name, mine.dark) == ("mine", False)


def test_a_users_theme_may_extend_another_one_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('extends = "fern"\n[colors]\naccent = "#ff00aa"\n')
    (tmp_path / "louder.toml").write_text('extends = "mine"\nabout = "louder"\n[colors]\nuser = "#00ff00"\n')
    louder = load_theme("louder", tmp_path)
    assert (louder.colors["accent"], louder.colors["user"], louder.about) == ("#ff00aa", "#00ff00", "louder")
    assert louder.colors["text"] == load_theme("fern").colors["text"]


def test_a_users_theme_hides_a_built_in_one_and_may_extend_it(tmp_path: Path) -> None:
    (tmp_path / "night.toml").write_text('extends = "night"\n[colors]\naccent = "#ff00aa"\n')
    night, before = load_theme("night", tmp_path), load_theme("night")
    assert (night.colors["accent"], night.colors["text"]) == ("#ff00aa", before.colors["text"])
    assert list_themes(tmp_path)["night"] == tmp_path / "night.toml"


def test_a_theme_that_comes_back_to_itself_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('extends = "b"\n')
    (tmp_path / "b.toml").write_text('extends = "a"\n')
    with pytest.raises(ThemeError, match=r"b\.toml, line 1: it extends itself: a extends b extends a"):
        load_theme("a", tmp_path)
    (tmp_path / "own.toml").write_text('extends = "own"\n')
    with pytest.raises(ThemeError, match="extends itself"):
        load_theme("own", tmp_path)


def test_a_theme_on_a_broken_one_names_the_broken_file(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('extends = "under"\n')
    (tmp_path / "under.toml").write_text('extends = "day"\n[colors]\ntext = "grey"\n')
    with pytest.raises(ThemeError, match=r"under\.toml, line 3: colors\.text must be a colour"):
        load_theme("mine", tmp_path)


def test_a_theme_may_name_colours_of_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "clear.toml").write_text(
        'extends = "night"\n[colors]\nbackground = "default"\naccent = "bright_blue"\n'
    )
    clear = load_theme("clear", tmp_path)
    assert (clear.colors["background"], clear.colors["accent"]) == ("default", "bright_blue")
    assert clear.uses_terminal_colors
    assert not load_theme("night").uses_terminal_colors


def test_a_missing_folder_is_no_error(tmp_path: Path) -> None:
    assert list_themes(tmp_path / "nothing") == list_themes()


def test_an_unknown_theme_names_the_nearest_one() -> None:
    with pytest.raises(ThemeError, match="no theme 'nihgt', did you mean 'night'"):
        load_theme("nihgt")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dark = tru", r"not valid TOML: .*line 1"),
        (f"dark = {'9' * 5000}", "not valid TOML"),
        ("dark = " + "[" * 10_000, "not valid TOML"),
        (f'extends = "day"\n[colors]\naccent = 0x{"f" * 5000}\n', r"line 3: colors\.accent must be a colour"),
        ("#" * 100_000, "that is no theme"),
        ('extends = "day"\n[colours]\n', "line 2: unknown key 'colours', did you mean 'colors'"),
        ('extends = "day"\n[colors]\nacent = "#ffffff"\n', r"line 3: unknown key colors\.acent, did you mean 'accent'"),
        (
            'extends = "day"\n[colors]\naccent = "bleu"\n',
            r"line 3: colors\.accent must be a colour like #8fb4ff, or .* like blue, not 'bleu', did you mean 'blue'",
        ),
        ('extends = "day"\n[colors]\naccent = "#fff"\n', r"line 3: colors\.accent must be .*, not '#fff'"),
        ('extends = "day"\nsyntax.keyword = "#fff"\n', r"line 2: syntax\.keyword must be"),
        ('extends = "day"\n[colors]\n# accent = "x"\n"accent" = "x"\n', r"line 4: colors\.accent must be"),
        ('extends = "day"\n[diff]\ntext = "#ffffff"\n', r"line 3: unknown key diff\.text"),
        ('extends = "day"\n[colors]\n"a\\u001b[31m" = "#ffffff"\n', r"unknown key colors\.a�\[31m"),
        ('extends = "day"\nabout = 7\n', "line 2: `about` must be a sentence"),
        ('extends = "day"\n[colors]\naccent = 7\n', r"colors\.accent must be a colour"),
        ('extends = "day"\ncolors = 7\n', r"line 2: \[colors\] must be a table"),
        ('extends = "nihgt"\n', "line 1: `extends` must be a theme, did you mean 'night'"),
        ("extends = 1\n", "`extends` must be a theme"),
        ("", "`dark` must be true or false"),
        ("dark = true\n", r"missing colors\.background"),
        ('extends = "day"\ndark = "yes"\n', "`dark` must be true or false"),
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


def test_the_page_about_themes_names_every_theme_and_every_key() -> None:
    page = (Path(__file__).parents[2] / "docs" / "themes.md").read_text()
    assert [name for name in (*list_themes(), *COLORS, *DIFF, *SYNTAX) if f"`{name}`" not in page] == []
