from __future__ import annotations

import time
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from textual.events import Paste

from codex_core.protocol import EditQueued, QueueChanged, QueuedPrompt, SubmitPrompt, TextPart
from codex_tui.composer import Composer
from tests.tui.stage import Player, Stage

LINES = "".join(f"line {number}\n" for number in range(1, 153))
OTHER = "x" * 2_000


@pytest_asyncio.fixture
async def player(stage: Stage) -> AsyncGenerator[Player]:
    async with stage.play() as player:
        yield player


def composer(player: Player) -> Composer:
    return player.main.query_one(Composer)


async def paste(player: Player, text: str) -> None:
    player.app.post_message(Paste(text))
    await player.settle()


def sent(player: Player) -> list[str]:
    return [op.parts[0].text for op in player.session.ops if isinstance(op, SubmitPrompt)]  # pyright: ignore


async def test_a_long_paste_is_a_chip_in_the_composer_and_itself_when_it_is_sent(player: Player) -> None:
    await player.type("why? ")
    await paste(player, LINES)
    await player.type(" and")
    await player.until_shown("why? [pasted 152 lines #1] and")
    assert composer(player).text == f"why? {LINES} and"
    await player.press("enter")
    await player.until(lambda: sent(player) == [f"why? {LINES} and"])


async def test_a_short_paste_is_put_in_as_it_is(player: Player) -> None:
    await paste(player, "one\ntwo\nthree")
    assert "pasted" not in player.text
    assert composer(player).document.line_count == 3


async def test_backspace_removes_a_chip_whole_and_undo_brings_it_back(player: Player) -> None:
    await paste(player, LINES)
    await paste(player, OTHER)
    await player.until_shown("[pasted 152 lines #1][pasted 2,000 characters #2]")
    await player.press("backspace")
    assert composer(player).text == LINES
    composer(player).undo()
    await player.settle()
    assert composer(player).text == LINES + OTHER
    await player.press("backspace", "backspace")
    assert composer(player).text == ""


async def test_the_cursor_goes_over_a_chip_as_over_one_character(player: Player) -> None:
    await player.type("a")
    await paste(player, LINES)
    await player.press("left")
    await player.type("b")
    assert composer(player).text == f"ab{LINES}"
    await player.press("right")
    await player.type("c")
    assert composer(player).text == f"ab{LINES}c"
    await player.press("left", "left", "delete")
    assert composer(player).text == "abc"


async def test_a_selection_that_ends_in_a_chip_takes_all_of_it(player: Player) -> None:
    await player.type("ab")
    await paste(player, LINES)
    await player.press("home", "right", "shift+right", "shift+right")
    assert composer(player).selected_text == f"b{LINES}"
    await player.type("z")
    assert composer(player).text == "az"


async def test_ctrl_o_opens_it_in_place(player: Player) -> None:
    await paste(player, LINES)
    await player.press("ctrl+o")
    assert composer(player).document.line_count == 153
    assert composer(player).text == LINES


async def test_what_only_looks_like_a_chip_is_text(player: Player) -> None:
    await paste(player, LINES)
    await player.type(" [pasted 152 lines #1]")
    await paste(player, "\U0010fffdpasted 152 lines #9]")
    assert composer(player).text == f"{LINES} [pasted 152 lines #1]\U0010fffdpasted 152 lines #9]"


async def test_a_chip_is_a_chip_again_when_its_prompt_comes_back(player: Player) -> None:
    await player.type("see ")
    await paste(player, LINES)
    await player.press("enter", "up")
    await player.until_shown("see [pasted 152 lines #1]")
    composer(player).put("")
    player.session.start_turn("go")
    player.session.play(QueueChanged(prompts=(QueuedPrompt(queued_id="q1", text=f"see {LINES}", when="queue"),)))
    await player.until_shown("queued")
    await player.press("up", "enter")
    await player.until_shown("│ › see [pasted 152 lines #1]")
    await player.type("!")
    await player.press("enter")
    await player.until(lambda: player.session.ops[-1] == EditQueued(queued_id="q1", text=f"see {LINES}!"))


async def test_in_the_users_own_editor_it_is_a_chip_that_can_be_moved_and_removed(player: Player) -> None:
    await paste(player, LINES)
    await player.type(" is it")
    area = composer(player)
    assert area.text_outside == "[pasted 152 lines #1] is it"
    area.put_outside("what is [pasted 152 lines #1]?")
    assert area.text == f"what is {LINES}?"
    area.put_outside("nothing")
    assert area.text == "nothing"


async def test_the_transcript_shows_the_beginning_of_a_long_prompt(player: Player) -> None:
    player.session.start_turn(LINES)
    await player.until_shown("more lines")
    assert "line 1" in player.text
    assert "line 152" not in player.text


@pytest.mark.parametrize("bomb", ["x" * 10_000_000, "y\n" * 5_000_000], ids=["one line", "lines"])
async def test_a_paste_bomb_is_taken_quickly_and_only_its_beginning(player: Player, bomb: str) -> None:
    before = time.process_time()
    await paste(player, bomb)
    await player.type("end")
    await player.until_shown("]end")
    assert len(composer(player).text) == 1_000_003
    assert time.process_time() - before < 5  # a bound that only a hang breaks


async def test_a_prompt_of_several_parts_is_one_text(player: Player) -> None:
    await paste(player, OTHER)
    await player.type(" mid ")
    await paste(player, LINES)
    await player.press("enter")
    await player.until(lambda: player.session.ops == [SubmitPrompt(parts=(TextPart(text=f"{OTHER} mid {LINES}"),))])
