from __future__ import annotations

from collections.abc import Sequence

from codex_tui.composer import Composer
from codex_tui.options import PastPrompt
from codex_tui.screens.history import HistoryScreen
from tests.support.scripted_session import ScriptedSession, user
from tests.tui.stage import Player, Stage

PAST = (
    PastPrompt("fix the flaky clock test", "2 h ago", is_here=True),
    PastPrompt("!make test", "3 h ago", is_here=True),
    PastPrompt("explain\x1b[2J the [bold]parser[/]\nand its table", "1 d ago", is_here=True),
    PastPrompt("write the release notes", "2 d ago", is_here=False),
)


async def past() -> Sequence[PastPrompt]:
    return PAST


def composer(player: Player) -> Composer:
    return player.main.query_one(Composer)


async def test_ctrl_r_finds_what_was_said_in_any_session_and_enter_does_not_send_it(stage: Stage) -> None:
    async with stage.play(stage.app(past_prompts=past)) as player:
        await player.press("ctrl+r")
        await player.until_shown("write the release notes")
        await player.type("clock fix")
        await player.until(lambda: "release" not in player.text)
        await player.press("enter")
        assert composer(player).text == "fix the flaky clock test"
        assert player.session.ops == []
        assert player.focused == "composer"


async def test_ctrl_r_again_goes_to_the_older_one(stage: Stage) -> None:
    async with stage.play(stage.app(past_prompts=past)) as player:
        await player.press("ctrl+r")
        await player.until_shown("write the release notes")
        await player.press("ctrl+r", "enter")
        assert composer(player).text == "!make test"


async def test_escape_leaves_what_was_being_typed(stage: Stage) -> None:
    async with stage.play(stage.app(past_prompts=past)) as player:
        await player.type("half")
        await player.press("ctrl+r")
        await player.until_shown("Said before")
        await player.press("escape")
        assert not isinstance(player.app.screen, HistoryScreen)
        assert composer(player).text == "half"


async def test_what_was_said_is_drawn_harmlessly_and_comes_back_as_it_was(stage: Stage) -> None:
    async with stage.play(stage.app(past_prompts=past)) as player:
        await player.press("ctrl+r")
        await player.type("parser")
        await player.until_shown("[bold]parser[/]")
        assert "\x1b" not in player.text
        await player.press("enter")
        assert composer(player).text == PAST[2].text


async def test_up_goes_on_to_what_was_said_here_in_other_sessions(stage: Stage) -> None:
    stage.session = ScriptedSession(stored=[user("in this session")])
    async with stage.play(stage.app(past_prompts=past)) as player:
        await player.until_shown("in this session")
        await player.type("draft")
        await player.press("up")
        assert composer(player).text == "in this session"
        await player.press("up")
        await player.until(lambda: composer(player).text == "fix the flaky clock test")
        await player.press("up")
        assert composer(player).text == "!make test"
        await player.press("down", "down", "down")
        assert composer(player).text == "draft"
