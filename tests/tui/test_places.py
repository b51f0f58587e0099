"""Where the keyboard is: how one gets there and back, and that the status line says what its keys do there."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from codex_core.protocol import Pause
from tests.support import approvals
from tests.tui import scenes
from tests.tui.stage import NARROW, WIDE, Player, Stage


@pytest_asyncio.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
async def player(stage: Stage, request: pytest.FixtureRequest) -> AsyncGenerator[Player]:
    async with stage.play(size=request.param) as player:
        await scenes.done(player)
        yield player


def status(player: Player) -> str:
    return player.text.splitlines()[-1]


async def test_f2_goes_to_the_conversation_and_back(player: Player) -> None:
    await player.press("f2")
    await player.until(lambda: player.focused == "chat")
    await player.until(lambda: "F2 write" in status(player) and "/ find" in status(player))
    await player.press("f2")
    await player.until(lambda: player.focused == "composer")
    await player.until(lambda: "F2 write" not in status(player))


@pytest.mark.parametrize("keys", [["escape"], ["x"]])
async def test_esc_and_typing_go_back_too(player: Player, keys: list[str]) -> None:
    await player.press("f2", *keys)
    await player.until(lambda: player.focused == "composer")
    assert player.session.ops == []


async def test_the_keys_of_the_conversation_work_there(player: Player) -> None:
    await player.press("f2", "slash")
    await player.until(lambda: player.main.query("FindBar").first().has_focus_within)


async def test_the_status_line_says_what_keys_do_in_the_timeline(player: Player) -> None:
    await player.press("f3")
    await player.until(lambda: "F2 chat" in status(player) and "Enter go to it" in status(player))


async def test_f2_shows_the_chat_first_where_the_timeline_hid_it(stage: Stage) -> None:
    async with stage.play(size=NARROW) as player:
        await scenes.done(player)
        await player.press("f3", "f2")
        await player.until(lambda: player.focused == "composer")
        await player.press("f2")
        await player.until(lambda: player.focused == "chat")


async def test_before_anything_was_said_f2_stays_in_the_composer(stage: Stage) -> None:
    async with stage.play() as player:
        await player.press("f2")
        await player.until(lambda: player.focused == "composer")


async def test_esc_goes_back_first_and_pauses_then(stage: Stage) -> None:
    async with stage.play() as player:
        await scenes.streaming(player)
        await player.press("f2", "escape")
        await player.until(lambda: player.focused == "composer")
        assert player.session.ops == []
        await player.press("escape")
        assert await player.op(Pause) == Pause()


# Remarks cover nothing that is offered.


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_remark_covers_none_of_the_keys_that_are_offered(stage: Stage, size: tuple[int, int]) -> None:
    async with stage.play(size=size) as player:
        await scenes.paused(player)
        await player.picture()
        before = player.text.splitlines()
        await player.press("ctrl+c")
        await player.until_shown("Ctrl+C again quits")
        now = player.text.splitlines()
        assert [new for new, old in zip(now, before, strict=True) if new != old] == [
            line for line in now if "Ctrl+C again quits" in line
        ]


async def test_several_remarks_leave_the_head_of_the_timeline_in_sight(stage: Stage) -> None:
    async with stage.play() as player:
        await scenes.done(player)
        await player.until_shown("f all")
        for number in range(3):
            player.app.notify(f"a remark, number {number}", timeout=600)
        await player.until_shown("number 2")
        assert "sandbox A" in player.text
        assert "a remark" not in player.text.splitlines()[0]
        assert "TIMELINE" in player.text
        assert "f all" in player.text


async def test_in_the_timeline_tab_a_remark_leaves_its_head_in_sight(stage: Stage) -> None:
    async with stage.play(size=NARROW) as player:
        await scenes.done(player)
        await player.press("f3")
        await player.until_shown("TIMELINE")
        head = player.text.splitlines()[:4]
        await player.press("ctrl+c")
        await player.until_shown("Ctrl+C again quits")
        assert player.text.splitlines()[:4] == head


# What one writes and what one answers.


async def test_words_after_no_are_kept_when_one_looks_back(stage: Stage) -> None:
    async with stage.play() as player:
        await scenes.denying_with_words(player)
        await player.press("escape")
        await player.until(lambda: player.focused == "QuestionPanel")
        await player.press("n")
        await player.until_shown("use freezegun")


async def test_in_the_diff_of_a_question_y_neither_answers_nor_copies(stage: Stage) -> None:
    async with stage.play() as player:
        await scenes.ask(player, approvals.replace(approvals.EDIT, hunks=()))
        await player.press("d")
        await player.until_shown("in question")
        await player.press("y")
        await player.until_shown("Nothing is answered here: Esc goes back.")
        assert player.session.ops == []
        assert "clipboard" not in player.text
