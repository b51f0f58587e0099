"""However low or narrow the screen is: one sees what one types, and the status line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.geometry import Region
from textual.widget import Widget

from codex_core.protocol import DiffBlock, FileDiff, QueueChanged, QueuedPrompt
from codex_tui.composer import Composer
from tests.support import approvals
from tests.tui import scenes
from tests.tui.stage import NARROW, Player, Stage

SIZES = ((80, 24), (80, 18), (80, 13), (80, 9), (40, 12), (20, 5), (20, 24), (120, 22), (120, 5))


def seen(player: Player, widget: Widget) -> Region:
    """The part of a widget that is on the screen."""
    placed = player.main._compositor.visible_widgets.get(widget)  # pyright: ignore[reportPrivateUsage]
    return Region() if placed is None else placed[0].intersection(placed[1])


def is_all_seen(player: Player) -> bool:
    width, height = player.app.size
    composer, mark = player.main.query_one(Composer), player.main.query_one("#composer-mark")
    shown, row = seen(player, composer), composer.cursor_screen_offset.y
    return (
        seen(player, player.main.query_one("#status")) == Region(0, height - 1, width, 1)
        and shown.y <= row < shown.bottom
        and seen(player, mark).height == 1
    )


async def check_all(player: Player) -> None:
    for size in SIZES:
        await player.resize(*size)
        await player.until(lambda: is_all_seen(player))


async def queue_two(player: Player) -> None:
    prompts = (
        QueuedPrompt(queued_id="q1", text="then the changelog", when="queue"),
        QueuedPrompt(queued_id="q2", text="and the docs", when="steer"),
    )
    player.session.play(QueueChanged(prompts=prompts))
    await player.until(lambda: bool(player.main.query_one("#queue").display))


async def nothing(player: Player) -> None:
    await scenes.done(player)


async def a_long_edit(player: Player) -> None:
    lines = "".join(f"+line {number}\n" for number in range(200))
    block = DiffBlock(
        files=(FileDiff(path="new.py", kind="add", added=200, removed=0, unified=f"@@ -0,0 +1,200 @@\n{lines}"),)
    )
    await scenes.ask(player, replace(approvals.EDIT, display=(block,), hunks=()))


async def a_retry_with_two_queued(player: Player) -> None:
    await scenes.retry(player)
    await queue_two(player)


async def a_red_question_with_two_queued(player: Player) -> None:
    await scenes.danger(player)
    await queue_two(player)


SCENES = (
    a_retry_with_two_queued,
    scenes.scope_of_a_command,
    scenes.editing_a_command,
    scenes.denying_with_words,
    scenes.plan,
    scenes.question,
    scenes.paused,
)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
async def test_what_is_typed_and_the_status_line_are_seen_at_every_size(stage: Stage, scene: scenes.Scene) -> None:
    async with stage.play(size=NARROW) as player:
        await scene(player)
        await check_all(player)


@pytest.mark.parametrize("typed", ["/", "one line\n" * 12], ids=["popup", "many_lines"])
@pytest.mark.parametrize(
    "scene", [nothing, a_long_edit, a_red_question_with_two_queued], ids=lambda scene: scene.__name__
)
async def test_so_it_is_while_one_types(stage: Stage, scene: scenes.Scene, typed: str) -> None:
    async with stage.play(size=NARROW) as player:
        await scene(player)
        player.main.set_focus(player.main.query_one(Composer))
        first, *more = typed.split("\n")
        await player.type(first)
        for line in more:
            await player.press("ctrl+j")
            await player.type(line)
        await check_all(player)


async def test_what_has_no_room_says_that_there_is_more(stage: Stage) -> None:
    async with stage.play(size=(80, 18)) as player:
        await a_red_question_with_two_queued(player)
        player.main.set_focus(player.main.query_one(Composer))
        await player.type("/")
        await player.until_shown("more")
        assert "! Run rm -rf ~/src" in player.text
        await player.until_shown("/help")
