"""What a question shows of what it asks, which keys it takes, when it has the keyboard, and how long it has waited."""

from __future__ import annotations

from dataclasses import replace

import pytest

from codex_core.protocol import (
    ApprovalResolved,
    Approve,
    Completed,
    FullAccessAnswer,
    FullAccessQuestion,
    InputResolved,
    ItemCompleted,
    Paused,
    PauseRequested,
    TextBlock,
    TurnEnded,
)
from codex_tui.panels.panel import QuestionPanel
from tests.support import approvals
from tests.support.scripted_session import approval, call
from tests.tui import scenes
from tests.tui.stage import NARROW, WIDE, Player, Stage

LINES = 'echo hi\nrm -rf "$HOME"\necho bye'
SCRIPT = replace(
    approvals.COMMAND,
    summary="Run echo hi …",
    commands=(("rm", "-rf", "$HOME"), ("echo", "hi"), ("echo", "bye")),
    display=(TextBlock(text=LINES, language="bash"),),
)


def text_of_panel(player: Player) -> str:
    region = player.main.query_one(QuestionPanel).region
    return "\n".join(player.text.splitlines()[region.y : region.bottom])


# What it shows of what it asks.


@pytest.mark.parametrize("size", [WIDE, (110, 30), (120, 20), NARROW])
async def test_a_question_shows_its_diff_whatever_was_looked_at_before(stage: Stage, size: tuple[int, int]) -> None:
    async with stage.play(size=size) as player:
        scenes.work(player.session)
        await player.press("f3", "home")
        await player.press("r")
        scenes.want_edit(player.session)
        player.session.ask(approval("c4", "Edit src/tempo/clock.py"))
        await player.until_shown("def now(self) -> float")
        await player.until_shown("every edit is asked in this mode")


async def test_after_the_question_the_detail_is_that_of_the_step_looked_at_before(stage: Stage) -> None:
    async with stage.play() as player:
        scenes.work(player.session)
        await player.until_shown("5 steps")
        await player.press("f3", "home")
        await player.until_shown("812 tokens")
        await player.press("r")
        await player.until_shown('"type"')
        scenes.want_edit(player.session)
        player.session.ask(approval("c4", "Edit src/tempo/clock.py"))
        await player.until_shown("self._source.time()")
        await player.press("alt+a")
        player.wait(1)
        await player.press("y")
        await player.until(lambda: bool(player.session.ops))
        player.session.play(ApprovalResolved(request_id="approval_1", call_id="c4", answer=Approve()))
        await player.until_shown('"type"')
        assert "812" in player.text


async def test_who_turns_the_detail_away_from_what_is_asked_sees_it_in_the_question(stage: Stage) -> None:
    async with stage.play() as player:
        await scenes.ask(player, SCRIPT)
        await player.until_shown('rm -rf "$HOME"')
        await player.until(lambda: 'rm -rf "$HOME"' not in text_of_panel(player))
        player.main.query_one("#detail").focus()
        await player.press("r")
        await player.until_shown('"tool_call"')
        await player.until(lambda: 'rm -rf "$HOME"' in text_of_panel(player))
        await player.press("o")
        await player.until(lambda: 'rm -rf "$HOME"' not in text_of_panel(player))


@pytest.mark.parametrize("size", [WIDE, (120, 24), NARROW])
async def test_every_line_of_a_command_is_shown(stage: Stage, size: tuple[int, int]) -> None:
    async with stage.play(size=size) as player:
        await scenes.ask(player, SCRIPT)
        for line in LINES.splitlines():
            await player.until_shown(line)


# Keys.


@pytest.mark.parametrize(
    ("request_", "key", "why"),
    [
        (replace(approvals.EDIT, hunks=()), "h", "one hunk only: y or n"),
        (approvals.DANGER, "a", "dangerous: cannot be remembered"),
        (approvals.COMMAND, "h", "only an edit has hunks: y or n"),
        (approvals.RETRY, "e", "it has run already"),
    ],
)
async def test_a_key_that_does_not_apply_is_swallowed_and_says_why(
    stage: Stage, request_: approvals.ApprovalRequest, key: str, why: str
) -> None:
    async with stage.play() as player:
        await scenes.ask(player, request_)
        await player.press(key)
        await player.until_shown(why)
        assert player.focused == "QuestionPanel"
        assert player.main.query_one("#composer").text == ""  # pyright: ignore
        assert player.session.ops == []


async def test_a_word_that_begins_with_such_a_key_is_for_the_composer(stage: Stage) -> None:
    async with stage.play() as player:
        await scenes.danger(player)
        await player.type("also")
        await player.until(lambda: player.main.query_one("#composer").text == "also")  # pyright: ignore
        assert player.session.ops == []


# The keyboard.


@pytest.mark.parametrize("place", ["timeline", "chat", "detail"])
async def test_the_pause_that_was_called_for_has_the_keyboard_wherever_it_was(stage: Stage, place: str) -> None:
    async with stage.play() as player:
        scenes.work(player.session)
        await player.until_shown("5 steps")
        player.main.query_one(f"#{place}").focus()
        player.session.play(PauseRequested(waiting_for=""))
        player.session.become("paused")
        player.session.play(Paused())
        await scenes.has_keyboard(player)


async def test_a_question_of_the_agent_takes_the_keyboard_from_nobody(stage: Stage) -> None:
    async with stage.play() as player:
        scenes.work(player.session)
        await player.until_shown("5 steps")
        await player.press("f3")
        scenes.want_edit(player.session)
        player.session.ask(approval("c4", "Edit src/tempo/clock.py"))
        await player.until_shown("Alt+A to answer")
        assert player.focused == "timeline"


async def test_words_that_filter_the_timeline_are_not_taken_for_an_answer(stage: Stage) -> None:
    async with stage.play() as player:
        scenes.work(player.session)
        await player.until_shown("5 steps")
        await player.press("f3", "slash", "g")
        player.session.play(PauseRequested(waiting_for=""))
        player.session.become("paused")
        player.session.play(Paused())
        await player.until_shown("Paused")
        assert player.focused == "timeline"


# How long it has waited.


async def test_a_question_says_how_long_it_waits_not_how_long_the_last_turn_took(stage: Stage) -> None:
    async with stage.play() as player:
        player.session.start_turn("go")
        player.session.play(TurnEnded(turn_id="turn_1", outcome=Completed(), duration_s=754.0))
        player.session.become("idle")
        player.session.play(ItemCompleted(item=call("glob", "{}", "c1")), passing_s=30)
        player.session.inquire(FullAccessQuestion(number="first"))
        await player.until_shown("waits for your answer · 14 s")
        player.session.play(ItemCompleted(item=call("glob", "{}", "c2")), passing_s=46)
        await player.until_shown("waits for your answer · 1 min")
        player.session.play(InputResolved(request_id="input_1", answer=FullAccessAnswer(confirmed=False)))
        await player.until(lambda: "waits for" not in player.text)
