from __future__ import annotations

from dataclasses import replace

import pytest

from codex_core.protocol import ChangeSettings, Effort
from tests.tui import scenes
from tests.tui.stage import NARROW, Player, Stage


def set_to(player: Player, effort: Effort | None) -> None:
    """As the session tells it once it is so."""
    player.session.become("idle", settings=replace(player.session.state.settings, effort=effort))


async def test_it_is_chosen_from_the_values_with_the_present_one_marked(stage: Stage) -> None:
    async with stage.play() as player:
        set_to(player, "low")
        await player.until_shown("openai/gpt-5 low")
        await player.type("/effort")
        await player.press("enter")
        await player.until_shown("as the provider has it")
        await player.press("down", "down", "enter")
        assert await player.session.wait_for_op() == ChangeSettings(effort="high")


@pytest.mark.parametrize("effort", ["low", "high", "none"])
async def test_a_value_that_is_typed_out_is_meant_whatever_was_set_before(stage: Stage, effort: Effort) -> None:
    async with stage.play() as player:
        set_to(player, "xhigh")
        await player.until_shown("openai/gpt-5 xhigh")
        await player.type("/effort")
        await player.press("enter")
        await player.until_shown("as the provider has it")
        await player.type(effort)
        await player.press("enter")
        assert await player.session.wait_for_op() == ChangeSettings(effort=effort)


async def test_without_one_the_picker_begins_at_the_default_and_can_go_back_to_it(stage: Stage) -> None:
    async with stage.play() as player:
        await player.press("ctrl+p")
        await player.type("how hard")
        await player.press("enter")
        await player.until_shown("as the provider has it")
        await player.press("enter")
        assert await player.session.wait_for_op() == ChangeSettings(effort="default")


async def test_a_value_is_said_at_once_and_a_wrong_one_names_them_all(stage: Stage) -> None:
    async with stage.play() as player:
        await player.type("/effort xhigh")
        await player.press("enter")
        assert await player.session.wait_for_op() == ChangeSettings(effort="xhigh")
        await player.type("/effort hihg")
        await player.press("enter")
        await player.until_shown("There is no effort hihg: default, none, minimal,")
        assert len(player.session.ops) == 1


async def test_the_popup_completes_a_value(stage: Stage) -> None:
    async with stage.play() as player:
        await player.type("/effort m")
        await player.until_shown("for most work")
        await player.press("down", "tab", "enter")
        assert await player.session.wait_for_op() == ChangeSettings(effort="medium")


@pytest.mark.parametrize("size", [NARROW, (60, 20)])
async def test_it_stands_after_the_model_only_if_it_is_set(stage: Stage, size: tuple[int, int]) -> None:
    async with stage.play(size=size) as player:
        await scenes.done(player)
        before = player.text.splitlines()[-1]
        assert "openai/gpt-5  " in before
        set_to(player, "medium")
        await player.until_shown("openai/gpt-5 medium  ")
        used = before.partition("openai/gpt-5")[2].split("   ")[0]
        assert used in player.text.splitlines()[-1], "nothing of what is used has gone"
        set_to(player, None)
        await player.until(lambda: player.text.splitlines()[-1] == before)
