from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from codex_core.protocol import ChangeSettings, KnownModel, ListModels, ModelsListed
from tests.tui.stage import Player, Stage

MODELS = (
    KnownModel(name="ollama_chat/qwen3:8b", source="Ollama at 127.0.0.1:11434"),
    KnownModel(name="openai/gpt-5", source="key in the environment"),
    KnownModel(name="openai/gpt-5-mini", source="key in the environment"),
    KnownModel(name="demo", source="built in, offline"),
)


@pytest.fixture
async def player(stage: Stage) -> AsyncGenerator[Player]:
    async with stage.play() as player:
        player.session.become("idle")
        await player.until_shown("openai/gpt-5")
        yield player


async def open_picker(player: Player) -> None:
    await player.type("/model")
    await player.press("enter")
    await player.session.wait_for_op(lambda op: isinstance(op, ListModels))


async def test_the_models_are_offered_when_they_have_come_with_the_present_one_chosen(player: Player) -> None:
    await open_picker(player)
    await player.until_shown("looking for more…")
    player.session.play(ModelsListed(models=MODELS))
    await player.until_shown("Ollama at 127.0.0.1:11434")
    await player.press("down", "enter")
    op = await player.session.wait_for_op(lambda op: isinstance(op, ChangeSettings))
    assert op == ChangeSettings(model="openai/gpt-5-mini")


async def test_the_present_one_is_chosen_and_marked_also_where_nobody_knows_it(player: Player) -> None:
    await open_picker(player)
    player.session.play(ModelsListed(models=MODELS[:1]))
    await player.until_shown("Ollama at 127.0.0.1:11434")
    row = next(line for line in player.text.splitlines() if "in use" in line)
    assert "openai/gpt-5" in row
    await player.press("enter")
    assert await player.session.wait_for_op(lambda op: isinstance(op, ChangeSettings)) == ChangeSettings(
        model="openai/gpt-5"
    )


async def test_what_was_told_last_is_there_at_once_and_typing_narrows_it(player: Player) -> None:
    await open_picker(player)
    player.session.play(ModelsListed(models=MODELS))
    await player.until_shown("Ollama at")
    await player.press("escape")
    await open_picker(player)
    await player.until_shown("Ollama at")
    await player.type("qwen")
    await player.press("enter")
    op = await player.session.wait_for_op(lambda op: isinstance(op, ChangeSettings))
    assert op == ChangeSettings(model="ollama_chat/qwen3:8b")


async def test_a_name_that_is_not_listed_can_be_typed_also_while_they_are_looked_for(player: Player) -> None:
    await open_picker(player)
    await player.until_shown("type to search, or any model: provider/name")
    await player.type("mistral/large")
    await player.until_shown("as you typed it")
    player.session.play(ModelsListed(models=MODELS))
    await player.until_shown("as you typed it")
    await player.press("enter")
    op = await player.session.wait_for_op(lambda op: isinstance(op, ChangeSettings))
    assert op == ChangeSettings(model="mistral/large")


async def test_models_that_come_late_disturb_nobody(player: Player) -> None:
    await open_picker(player)
    await player.press("escape")
    await player.press("ctrl+p")
    player.session.play(ModelsListed(models=MODELS))
    await player.until_shown("choose a colour theme")
    assert "Ollama" not in player.text
