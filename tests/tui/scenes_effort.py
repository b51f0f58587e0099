"""An effort that was set: after the model's name, and in the list it is chosen from."""

from __future__ import annotations

from dataclasses import replace

from tests.tui.scenes import Scene, done
from tests.tui.stage import Player


async def effort(player: Player) -> None:
    await done(player)
    player.session.become("idle", settings=replace(player.session.state.settings, effort="high"))
    await player.until_shown("openai/gpt-5 high")


async def effort_picker(player: Player) -> None:
    await effort(player)
    await player.type("/effort")
    await player.press("enter")
    await player.until_shown("as the provider has it")


EFFORT: dict[str, Scene] = {scene.__name__: scene for scene in (effort, effort_picker)}
