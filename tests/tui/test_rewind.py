from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from codex_core.protocol import (
    AssistantItem,
    HistoryCut,
    HistoryReplayed,
    ItemCompleted,
    ListTurns,
    PreviewRewind,
    Rewind,
    RewindItem,
    RewindRefused,
    Rewound,
    UserItem,
)
from codex_tui.composer import Composer
from tests.support.rewinds import FIRST, PROMPTS, SECOND, previewed, turns_listed
from tests.support.scripted_session import NOON, answer
from tests.tui import scenes
from tests.tui.stage import Player, Stage


@pytest_asyncio.fixture
async def player(stage: Stage) -> AsyncGenerator[Player]:
    async with stage.play() as player:
        player.session.become("idle")
        yield player


def wishes(player: Player, kind: type) -> list[object]:
    return [op for op in player.session.ops if isinstance(op, kind)]


async def test_escape_twice_opens_the_list_when_idle_and_slowly_does_not(player: Player) -> None:
    await player.press("escape")
    player.wait(5)
    await player.press("escape")
    assert not wishes(player, ListTurns)
    await player.press("escape")
    await player.op(ListTurns)


async def test_while_the_agent_works_there_is_no_list(player: Player) -> None:
    player.session.become("running")
    await player.until_shown("pause")
    await player.type("/rewind")
    await player.press("enter")
    assert not wishes(player, ListTurns)


async def test_the_newest_turn_is_first_and_typing_finds_by_words_and_files(player: Player) -> None:
    await scenes.rewind_turns(player)
    text = player.text
    assert text.index("Take the last rewind back") < text.index(PROMPTS[2]) < text.index(PROMPTS[0][:20])
    await player.type("tick")
    await player.until(lambda: PROMPTS[2] not in player.text)
    await player.press("enter")
    await player.until_shown("What shall go back?")
    await player.press("f")
    assert await player.op(PreviewRewind) == PreviewRewind(to=SECOND, what="files")


async def test_the_undo_is_previewed_as_it_was_done(player: Player) -> None:
    await scenes.rewind_turns(player)
    await player.press("enter")
    assert await player.op(PreviewRewind) == PreviewRewind(to="rewind-1", what="both")


async def test_escape_goes_back_step_by_step_and_nothing_is_wished(player: Player) -> None:
    await scenes.rewind_what(player)
    await player.press("escape")
    await player.until_shown("Rewind to before a turn")
    await player.press("escape")
    await player.until(lambda: len(player.app.screen_stack) == 1)
    assert not wishes(player, PreviewRewind)


async def test_without_checkpoints_only_the_conversation_is_offered(player: Player) -> None:
    await player.press("escape", "escape")
    player.session.play(turns_listed(problem="this is your home folder", with_undo=False))
    await player.until_shown("this is your home folder")
    await player.until_shown("no file changed")
    await player.press("enter")
    await player.until_shown("Conversation only")
    assert "Files only" not in player.text
    await player.press("enter")
    assert await player.op(PreviewRewind) == PreviewRewind(to="turn-3", what="conversation")


async def test_enter_rewinds_as_shown_and_leaves_conflicts(player: Player) -> None:
    await scenes.rewind_preview(player)
    assert "1 file was changed by somebody else" in player.text
    await player.press("enter")
    assert await player.op(Rewind) == Rewind(to=FIRST, what="both")


async def test_keys_decide_file_by_file(player: Player) -> None:
    await scenes.rewind_preview(player)
    await player.press("r", "down", "space", "down", "down", "r")  # what is not covered cannot be decided on
    await player.until_shown("restore 2 of 4")
    await player.press("enter")
    assert await player.op(Rewind) == Rewind(
        to=FIRST, what="both", restore=("README.md",), keep=("src/tempo/clock.py",)
    )


async def test_all_and_none_leave_conflicts_to_be_decided_one_by_one(player: Player) -> None:
    await scenes.rewind_preview(player)
    await player.press("A")
    await player.until_shown("restore 2 of 4")
    await player.press("N")
    await player.until_shown("restore 0 of 4")


async def test_escape_in_the_preview_does_nothing(player: Player) -> None:
    await scenes.rewind_preview(player)
    await player.press("escape")
    await player.until(lambda: len(player.app.screen_stack) == 1)
    assert not wishes(player, Rewind)


async def test_after_it_the_screen_shows_what_counts_and_the_prompt_can_be_said_again(player: Player) -> None:
    scenes.work(player.session)
    await player.until_shown("pytest -q")
    player.session.become("idle")
    item = RewindItem(id="rewind-2", at=NOON, what="both", rewound_from="user_1", prompt=PROMPTS[0], restored=3)
    kept: list[UserItem | AssistantItem] = [answer("An answer from before.", "text_0")]
    player.session.play(
        HistoryCut(),
        *(ItemCompleted(item=each) for each in kept),
        ItemCompleted(item=item),
        HistoryReplayed(total=2, replayed=2),
        Rewound(item=item, prompt=PROMPTS[0]),
    )
    await player.until_shown("An answer from before.")
    assert "pytest -q" not in player.text
    assert "rewound conversation and files to before" in player.text
    assert player.main.query_one(Composer).text == PROMPTS[0]


async def test_a_draft_is_not_lost_to_the_prompt(player: Player) -> None:
    await player.type("my draft")
    item = RewindItem(id="rewind-2", at=NOON, what="conversation", rewound_from="user_1", prompt="old")
    player.session.play(HistoryCut(), HistoryReplayed(total=0, replayed=0), Rewound(item=item, prompt="old"))
    await player.until(lambda: player.main.query_one(Composer).text == "old")
    await player.press("up")
    assert player.main.query_one(Composer).text == "my draft"


@pytest.mark.parametrize("what", ["conversation", "files"])
async def test_why_nothing_was_rewound_is_said(player: Player, what: str) -> None:
    player.session.play(RewindRefused(reason=f"no {what} today"))
    await player.until_shown(f"no {what} today")


async def test_a_preview_without_files_says_that_they_stay(player: Player) -> None:
    player.session.play(previewed("conversation"))
    await player.until_shown("The files stay as they are now.")
    await player.press("enter")
    assert await player.op(Rewind) == Rewind(to=FIRST, what="conversation")
