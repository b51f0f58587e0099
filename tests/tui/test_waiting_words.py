from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from codex_core.protocol import (
    Completed,
    Failed,
    Outcome,
    QueueChanged,
    QueuedPrompt,
    RemoveQueued,
    Resume,
    Stopped,
    SubmitPrompt,
    TextPart,
    TurnEnded,
)
from codex_tui.composer import Composer
from codex_tui.session_link import SessionLink
from tests.support.scripted_session import ScriptedSession
from tests.tui import scenes
from tests.tui.stage import Player, Stage


@pytest_asyncio.fixture
async def player(stage: Stage) -> AsyncGenerator[Player]:
    async with stage.play() as player:
        yield player


def end(player: Player, outcome: Outcome) -> None:
    player.session.become("idle")
    player.session.play(TurnEnded(turn_id="turn_1", outcome=outcome, duration_s=3.0))


def composed(player: Player) -> str:
    return player.main.query_one(Composer).text


async def removed(player: Player, count: int) -> list[str]:
    await player.until(lambda: sum(isinstance(op, RemoveQueued) for op in player.session.ops) == count)
    return [op.queued_id for op in player.session.ops if isinstance(op, RemoveQueued)]


@pytest.mark.parametrize("outcome", [Stopped(), Failed(error="no key")])
async def test_what_waited_for_a_turn_that_was_stopped_or_failed_is_back_in_the_composer(
    player: Player, outcome: Outcome
) -> None:
    await scenes.queue(player)
    end(player, outcome)
    await player.until_shown("back in the composer")
    assert composed(player) == "use the monotonic clock\n\nthen update the changelog\nand bump the version"
    assert await removed(player, 2) == ["q1", "q2"]


async def test_it_comes_before_what_is_being_written(player: Player) -> None:
    await scenes.queue(player)
    await player.type("and this")
    end(player, Stopped())
    await player.until_shown("back in the composer")
    assert composed(player).endswith("and bump the version\n\nand this")
    await player.type("!")
    assert composed(player).endswith("and this!")


async def test_of_one_that_is_being_changed_there_is_one_form_only(player: Player) -> None:
    await scenes.queue(player)
    await player.press("up", "enter")
    await player.type("!")
    end(player, Stopped())
    await removed(player, 2)
    assert composed(player) == "use the monotonic clock\n\nthen update the changelog\nand bump the version!"


@pytest.mark.parametrize(
    ("waiting", "text"),
    [
        ([("command", "make"), ("command", "make test")], "!make\nmake test"),
        ([("command", "make"), ("queue", "look at it")], "look at it\n\n!make"),
        ([("queue", "!important")], " !important"),
    ],
)
async def test_nothing_that_comes_back_becomes_a_shell_line_that_was_none(
    player: Player, waiting: list[tuple[str, str]], text: str
) -> None:
    await scenes.streaming(player)
    prompts = [
        QueuedPrompt(queued_id=f"q{number}", text=words, when=when)  # pyright: ignore[reportArgumentType]
        for number, (when, words) in enumerate(waiting)
    ]
    player.session.play(QueueChanged(prompts=tuple(prompts)))
    end(player, Stopped())
    await player.until(lambda: composed(player) != "")
    assert composed(player) == text


async def test_what_waits_for_the_next_turn_stays_where_it_is_when_a_turn_is_done(player: Player) -> None:
    await scenes.queue(player)
    end(player, Completed())
    await player.until_shown("done ·")
    assert composed(player) == ""
    assert not any(isinstance(op, RemoveQueued) for op in player.session.ops)


async def test_what_was_left_waiting_is_sent_by_enter_and_it_says_so(player: Player) -> None:
    player.session.play(QueueChanged(prompts=(QueuedPrompt(queued_id="q1", text="later", when="queue"),)))
    await player.until_shown("Enter sends what waits above")
    await player.press("enter")
    assert await player.session.wait_for_op() == Resume()
    await player.type("first this")
    await player.press("enter")
    said = SubmitPrompt(parts=(TextPart(text="first this"),), when="now")
    assert await player.session.wait_for_op(lambda op: isinstance(op, SubmitPrompt)) == said


async def test_a_turn_that_was_cut_short_waits_for_one_key(player: Player) -> None:
    await scenes.interrupted(player)
    await player.until_shown("Interrupted")
    player.wait(1)
    await player.press("c")
    assert await player.session.wait_for_op() == Resume()


async def test_what_was_sent_in_the_last_moment_is_carried_before_the_session_is_closed() -> None:
    session = ScriptedSession()
    link = SessionLink(lambda _: None)
    running = asyncio.create_task(link.run(session.connect))
    first, last = (SubmitPrompt(parts=(TextPart(text=text),), when="queue") for text in ("first", "last"))
    link.submit(first)
    await session.wait_for_op()
    running.cancel()
    await asyncio.wait({running})
    link.submit(last)
    await link.leave()
    assert session.ops == [first, last]
    assert session.closed
