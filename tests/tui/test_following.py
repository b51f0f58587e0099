"""The conversation goes on at its end, whatever comes and goes in it."""

from __future__ import annotations

import pytest

from codex_core.protocol import (
    ItemCompleted,
    ItemStarted,
    ItemSuperseded,
    Paused,
    PauseRequested,
    ReasoningDelta,
    ReasoningItem,
    Resumed,
    TextDelta,
)
from codex_tui.transcript import Transcript
from tests.support.scripted_session import answer
from tests.tui import scenes
from tests.tui.stage import NARROW, Player, Stage


def think(player: Player, item_id: str, words: str) -> ReasoningItem:
    thought = ReasoningItem(id=item_id, at=player.session.at, text="", provider="litellm", model="openai/gpt-5")
    player.session.play(ItemStarted(item=thought), ReasoningDelta(item_id=item_id, text=words))
    return thought


@pytest.mark.parametrize("lines", [15, 16, 17, 30])
async def test_a_thought_that_a_pause_withdrew_does_not_hide_the_answer_after_it(stage: Stage, lines: int) -> None:
    async with stage.play(size=NARROW) as player:
        player.session.start_turn("go on")
        player.session.say("Long.\n\n" * lines, "text_1")
        player.session.play(ItemCompleted(item=answer("Long.\n\n" * lines, "text_1")))
        think(player, "think_1", "let me see " * 30)
        await player.until_shown("thinking")
        player.session.play(PauseRequested(waiting_for=""), ItemSuperseded(item_id="think_1"))
        player.session.become("paused")
        player.session.play(Paused())
        await scenes.has_keyboard(player)
        player.session.become("running")
        player.session.play(Resumed(how="continue"))
        think(player, "think_2", "let me see again " * 30)
        await player.until_shown("thinking")
        player.session.play(ItemStarted(item=answer("", "text_2")), TextDelta(item_id="text_2", text="the answer"))
        await player.until_shown("the answer")
        assert player.main.query_one(Transcript).following
