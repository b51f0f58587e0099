from __future__ import annotations

from dataclasses import replace

import pytest

from codex_cli.model_choice import DEMO_NOTICE, NO_MODEL_NOTICE
from codex_core.protocol import Usage, UsageUpdated
from tests.tui.stage import NARROW, Player, Stage


async def status_line(player: Player, notice: str, model: str) -> str:
    used = Usage(input_tokens=123_400, output_tokens=5_000, cost_usd=0.0, is_estimate=True)
    player.session.start_turn("tour")
    settings = replace(player.session.state.settings, model=model)
    player.session.become("running", notice=notice, settings=settings)
    player.session.play(UsageUpdated(step=used, session=used))
    await player.until(lambda: "tok" in player.text.splitlines()[-1] and notice[-4:] in player.text.splitlines()[-1])
    return player.text.splitlines()[-1]


@pytest.mark.parametrize("notice", [DEMO_NOTICE, NO_MODEL_NOTICE])
async def test_what_the_demo_says_of_itself_is_whole_on_a_narrow_screen(stage: Stage, notice: str) -> None:
    async with stage.play(size=NARROW) as player:
        shown = await status_line(player, notice, "demo")
        assert notice in shown
        assert "64%" in shown
        assert shown.endswith("Ctrl+C pause")


async def test_a_remark_is_cut_only_where_the_bar_beside_the_share_has_made_room_for_it(stage: Stage) -> None:
    async with stage.play(size=NARROW) as player:
        assert "▰" not in await status_line(player, "GEMINI_API_KEY is not set", "gpt-5")
        assert "GEMINI_API_KEY is not set" in player.text
        assert "▰" in await status_line(player, "short", "gpt-5")
