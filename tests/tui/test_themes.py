from __future__ import annotations

from pathlib import Path

import pytest
from textual.color import Color
from textual.widgets import OptionList

from codex_themes import load_theme
from codex_tui.screens.main import MainScreen
from tests.tui import scenes
from tests.tui.stage import Player, Stage

THREE_LINES = 'extends = "night"\n[colors]\naccent = "{accent}"\n'


@pytest.fixture
def mine(stage: Stage) -> Path:
    """A theme of the user's."""
    folder = stage.folder / "codex-py" / "themes"
    folder.mkdir(parents=True)
    path = folder / "mine.toml"
    path.write_text(THREE_LINES.format(accent="#ff8800"))
    return path


def header_colour(player: Player) -> str:
    """The ground of the program's name, as it is painted."""
    strip = player.app.screen_stack[0]._compositor.render_strips()[0]
    return next(style.bgcolor.name for text, style, _ in strip if "codex-py" in text and style and style.bgcolor)


async def test_the_cursor_puts_a_theme_on_everything_at_once_and_escape_takes_it_off(stage: Stage) -> None:
    async with stage.play() as player:
        await scenes.theme_picker(player)
        await player.press("down")
        parchment = load_theme("parchment")
        await player.until(lambda: player.app.theme == "parchment")
        await player.until(lambda: header_colour(player) == parchment.colors["accent"])
        assert player.app.screen_stack[0].styles.background == Color.parse(parchment.colors["background"])
        await player.until_shown("Old paper")
        await player.press("escape")
        await player.until(lambda: player.app.theme == "night")
        await player.until(lambda: header_colour(player) == load_theme("night").colors["accent"])


async def test_a_search_narrows_the_list_and_enter_keeps_the_theme(stage: Stage) -> None:
    kept: list[str] = []
    app = stage.app()
    app.options = app.options._replace(keep_theme=kept.append)
    async with stage.play(app) as player:
        await scenes.theme_picker(player)
        await player.type("paper sepia")
        await player.until(lambda: player.app.theme == "parchment")
        assert player.app.screen.query_one(OptionList).option_count == 1
        await player.press("enter")
        await player.until(lambda: kept == ["parchment"])
        assert isinstance(player.app.screen, MainScreen)


async def test_what_cannot_be_kept_is_told_and_worn_all_the_same(stage: Stage) -> None:
    def refuse(name: str) -> None:
        raise ValueError("/x/config.toml: not valid TOML")

    app = stage.app()
    app.options = app.options._replace(keep_theme=refuse)
    async with stage.play(app) as player:
        await player.type("/theme fern")
        await player.press("enter")
        await player.until(lambda: player.app.theme == "fern")
        await player.until_shown("could not be kept")
        await player.until_shown("/x/config.toml")


async def test_a_broken_file_is_in_the_list_with_what_is_wrong_and_is_not_worn(stage: Stage, mine: Path) -> None:
    mine.write_text('extends = "night"\n[colors]\nacent = "#ff8800"\n')
    async with stage.play() as player:
        await scenes.theme_picker(player)
        await player.type("mine")
        await player.until_shown("broken")
        await player.until_shown("! mine.toml, line 3: unknown key colors.acent")
        assert player.app.theme == "night"
        await player.press("enter")
        await player.settle()
        assert player.app.theme == "night"


async def test_a_users_theme_is_put_on_again_when_it_is_saved(stage: Stage, mine: Path) -> None:
    async with stage.play(stage.app(theme="mine")) as player:
        await player.until(lambda: header_colour(player) == "#ff8800")
        mine.write_text(THREE_LINES.format(accent="#00cc88"))
        await player.until(lambda: header_colour(player) == "#00cc88")


async def test_while_it_is_broken_the_last_good_one_stays_and_the_line_is_told(stage: Stage, mine: Path) -> None:
    async with stage.play(stage.app(theme="mine")) as player:
        mine.write_text('extends = "night"\n[colors]\naccent = "orange"\n')
        await player.until_shown("line 3")
        assert header_colour(player) == "#ff8800"
        mine.write_text(THREE_LINES.format(accent="#00cc88"))
        await player.until(lambda: header_colour(player) == "#00cc88")
        await player.until(lambda: "line 3" not in player.text)


async def test_a_theme_on_which_the_worn_one_is_built_counts_too(stage: Stage, mine: Path) -> None:
    (mine.parent / "over.toml").write_text('extends = "mine"\n')
    async with stage.play(stage.app(theme="over")) as player:
        mine.write_text(THREE_LINES.format(accent="#00cc88"))
        await player.until(lambda: header_colour(player) == "#00cc88")


async def test_a_theme_written_while_the_app_runs_is_followed_once_it_is_worn(stage: Stage) -> None:
    async with stage.play() as player:
        folder = stage.folder / "codex-py" / "themes"
        folder.mkdir(parents=True)
        (folder / "new.toml").write_text(THREE_LINES.format(accent="#ff8800"))
        await player.type("/theme new")
        await player.press("enter")
        await player.until(lambda: header_colour(player) == "#ff8800")
        (folder / "new.toml").write_text(THREE_LINES.format(accent="#00cc88"))
        await player.until(lambda: header_colour(player) == "#00cc88")
