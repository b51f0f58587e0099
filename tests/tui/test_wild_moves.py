"""What random moves have found: each a moment that no hand would choose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from textual.events import MouseDown, MouseMove, Paste, Resize
from textual.geometry import Size

from codex_tui.composer import Composer
from codex_tui.line_field import LineField
from codex_tui.popup import Popup
from tests.tui import scenes
from tests.tui.stage import Player, Stage


@pytest_asyncio.fixture
async def player(stage: Stage) -> AsyncGenerator[Player]:
    async with stage.play() as player:
        yield player


@pytest.mark.parametrize("kind", [MouseDown, MouseMove])
async def test_the_mouse_on_what_has_just_gone_is_on_nothing(player: Player, kind: type[MouseDown | MouseMove]) -> None:
    await player.type("/")
    popup = player.main.query_one(Popup)
    await player.until(lambda: bool(popup.region))
    x, y = popup.region.x + 2, popup.region.y + 1
    assert player.app.get_widget_at(x, y)[0] is popup
    popup.remove()
    for _ in range(1000):
        if popup.is_attached:
            await asyncio.sleep(0)
    assert player.app.get_widget_at(x, y)[0] is popup
    await player.app.on_event(kind(None, x, y, 0, 0, 1, False, False, False, x, y))
    await player.settle()
    assert player.app.return_code is None


async def test_a_size_that_is_out_of_date_is_not_taken(player: Player) -> None:
    for size in (Size(60, 20), Size(100, 30), Size(60, 20)):
        player.main.post_message(Resize(size, size))
        await player.settle()
        assert player.main.size == player.app.size


async def test_what_is_closed_twice_takes_nothing_else_with_it(player: Player) -> None:
    player.main.run_command("help")
    player.main.run_command("palette")
    await player.settle()
    help_sheet, palette = player.app.screen_stack[1:]
    palette.dismiss()
    palette.dismiss()
    await player.settle()
    assert player.app.screen is help_sheet


SHEETS = ("help", "palette", "mode", "theme", "search_history", "show_changes", "full_diff", "find", "show_timeline")


@pytest.mark.parametrize("size", [(1, 1), (11, 1), (6, 3), (20, 5)])
async def test_every_sheet_opens_in_a_window_with_no_room_for_it(stage: Stage, size: tuple[int, int]) -> None:
    async with stage.play() as player:
        await scenes.approval_of_edit(player)
        await player.pilot.resize_terminal(*size)
        for action in SHEETS:
            player.main.run_command(action)
            await player.settle()
            await player.press("a", "backspace", "pageup", "pagedown", "down", "escape", "escape")
        await player.pilot.resize_terminal(80, 24)
        await player.settle()
        assert player.app.return_code is None


@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 8])
async def test_a_sheet_that_is_taken_away_while_it_opens_takes_nothing_with_it(stage: Stage, turns: int) -> None:
    async with stage.play() as player:
        await scenes.approval_of_edit(player)
        for action in (*SHEETS, "rules", "model", "full_access"):
            player.main.run_command(action)
            for _ in range(turns):
                await asyncio.sleep(0)
            if len(player.app.screen_stack) > 1:
                player.app.pop_screen()
            await player.settle()
        assert player.app.return_code is None
        assert len(player.app.screen_stack) == 1


@pytest.mark.parametrize("action", ["show_changes", "full_diff", "model", "rules"])
@pytest.mark.parametrize("turns", [0, 1, 2, 3, 5, 8, 13])
async def test_the_app_may_end_while_a_sheet_opens(stage: Stage, action: str, turns: int) -> None:
    async with stage.play() as player:
        await scenes.approval_of_edit(player)
        player.main.run_command(action)
        for _ in range(turns):
            await asyncio.sleep(0)
        player.app.exit()
    assert player.app.return_code == 0


async def test_an_accent_without_a_letter_is_drawn_on_none_of_another(player: Player) -> None:
    composer = player.main.query_one(Composer)
    composer.put("\u0336ab")
    await player.until_shown("› ◌ab")
    assert composer.text == "\u0336ab"
    composer.put("")
    await player.until(lambda: "◌" not in player.text)


async def test_nor_where_something_was_pasted(player: Player) -> None:
    composer = player.main.query_one(Composer)
    composer.post_message(Paste("a long text\n" * 40))
    await player.settle()
    assert composer.chips
    await player.press("ctrl+j")
    await player.type("\u0336ab")
    await player.until_shown("  ◌ab")


async def test_a_search_is_not_begun_with_an_accent_that_has_no_letter(player: Player) -> None:
    await player.press("ctrl+r")
    await player.type("\u0336\u0301ab\u0301")
    await player.until_shown("ab\u0301")
    assert player.app.screen.query_one(LineField).value == "ab\u0301"
