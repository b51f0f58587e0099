from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest_asyncio

from codex_core.protocol import (
    CancelCurrent,
    CommandBlock,
    EditQueued,
    ItemCompleted,
    ItemStarted,
    Op,
    QueueChanged,
    QueuedPrompt,
    RemoveQueued,
    RunUserShell,
    SubmitPrompt,
    TextPart,
    ToolCallItem,
    ToolOutputDelta,
)
from codex_tui.composer import Composer
from tests.support.scripted_session import NOON, ScriptedSession, result
from tests.tui.stage import Player, Stage


@pytest_asyncio.fixture
async def player(stage: Stage) -> AsyncGenerator[Player]:
    async with stage.play() as player:
        yield player


def composer(player: Player) -> Composer:
    return player.main.query_one(Composer)


def typed_call(command: str, call_id: str = "own_1") -> ToolCallItem:
    arguments = f'{{"command": "{command}"}}'
    return ToolCallItem(id=f"tool_{call_id}", at=NOON, call_id=call_id, name="shell", arguments=arguments, by="user")


async def ops(player: Player, count: int) -> list[Op]:
    await player.until(lambda: len(player.session.ops) >= count)
    return player.session.ops


async def runs(player: Player, command: str, output: str = "") -> ToolCallItem:
    call = typed_call(command)
    player.session.play(ItemCompleted(item=call), ItemStarted(item=call))
    if output:
        player.session.play(ToolOutputDelta(call_id=call.call_id, text=output))
    await player.until_shown(f"! {command}")
    return call


async def test_a_line_with_a_bang_shows_what_will_become_of_it_and_is_run(player: Player) -> None:
    await player.type("!make test")
    await player.until_shown("shell · sandbox A · net off")
    await player.until_shown("Enter run it")
    await player.press("enter")
    assert await ops(player, 1) == [RunUserShell(command="make test")]
    assert composer(player).text == ""
    await player.until(lambda: "shell ·" not in player.text)


async def test_a_bang_alone_runs_nothing_and_one_after_a_blank_is_a_prompt(player: Player) -> None:
    await player.type("!")
    await player.press("enter")
    assert player.session.ops == []
    composer(player).put("")
    await player.type(" !important: read this")
    await player.press("enter")
    assert await ops(player, 1) == [SubmitPrompt(parts=(TextPart(text=" !important: read this"),))]


async def test_what_it_prints_is_seen_live_below_its_row(player: Player) -> None:
    call = await runs(player, "make test", "collecting\n12 passed\n")
    await player.until_shown("12 passed")
    await player.until_shown("Ctrl+C end it")
    block = CommandBlock(command="make test", output="collecting\n12 passed\n", exit_code=0)
    player.session.play(ItemCompleted(item=result(call, output="exit code 0", display=(block,), took_s=2.1)))
    await player.until_shown("✓ ! make test  2.1s")
    assert "12 passed" in player.text


async def test_ctrl_c_and_escape_end_it_rather_than_pause_or_quit(player: Player) -> None:
    await runs(player, "sleep 100")
    await player.press("ctrl+c")
    assert await ops(player, 1) == [CancelCurrent()]
    await player.press("escape")
    assert await ops(player, 2) == [CancelCurrent(), CancelCurrent()]
    assert player.app.is_running


async def test_while_the_agent_works_it_waits_visibly_and_can_be_changed_and_removed(player: Player) -> None:
    player.session.start_turn("go")
    await player.until_shown("waiting for the model")
    await player.type("!make test")
    await player.until_shown("Enter run it at the next safe point")
    await player.press("enter")
    assert await ops(player, 1) == [RunUserShell(command="make test")]
    player.session.play(QueueChanged(prompts=(QueuedPrompt(queued_id="q1", text="make test", when="command"),)))
    await player.until_shown("shell   !make test")
    await player.press("up", "enter")
    await player.type(" -k x")
    await player.press("enter")
    assert (await ops(player, 2))[1] == EditQueued(queued_id="q1", text="make test -k x")
    await player.press("up", "enter")
    composer(player).put("just words")
    await player.press("enter")
    assert (await ops(player, 4))[2:] == [
        RemoveQueued(queued_id="q1"),
        SubmitPrompt(parts=(TextPart(text="just words"),), when="steer"),
    ]


async def test_a_resumed_session_shows_it_as_it_did_and_up_brings_it_back(stage: Stage) -> None:
    call = typed_call("make test")
    block = CommandBlock(command="make test", output="12 passed\n", exit_code=0)
    stage.session = ScriptedSession(stored=[call, result(call, output="exit code 0", display=(block,), took_s=2.1)])
    async with stage.play() as player:
        await player.until_shown("✓ ! make test  2.1s")
        assert "12 passed" in player.text
        await player.press("up")
        assert composer(player).text == "!make test"
