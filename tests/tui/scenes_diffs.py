"""What the screen of changes may show; each scene brings a running app to one telling state."""

from __future__ import annotations

from codex_core.protocol import DescribeChanges, DiffBlock
from codex_tui.diff.file_list import FileList
from tests.support.changed_files import described
from tests.tui import scenes
from tests.tui.scenes import Scene
from tests.tui.stage import Player


async def opened(player: Player, command: str = "/diff") -> None:
    player.session.become("idle")
    await player.type(command)
    await player.press("enter")
    await player.op(DescribeChanges)


async def of_the_session(player: Player) -> None:
    await opened(player)
    player.session.play(described())
    await player.until_shown("Changed in this session")
    await player.until_shown("*.log")
    await player.pilot.pause(0.05)  # the list has made room for itself


async def hunk_gone_to(player: Player) -> None:
    await of_the_session(player)
    await player.press("n", "n")
    await player.until_shown("hunk 3 of 8")
    await player.until(lambda: player.app.screen.query_one(FileList).cursor == 3)


async def other_layout(player: Player) -> None:
    await hunk_gone_to(player)
    await player.press("s")


async def list_of_files(player: Player) -> None:
    await of_the_session(player)
    await player.press("f", "end")
    await player.until_shown("sundial.py")


async def against_git(player: Player) -> None:
    await opened(player, "/diff git")
    player.session.play(described("commit", remarks=("12 more untracked files are not shown.",)))
    await player.until_shown("Changed since commit 1f4e6c0d9b")
    await player.pilot.pause(0.05)  # the list has made room for itself
    await player.press("end")
    await player.until_shown("12 more untracked")
    await player.until(lambda: player.app.screen.query_one(FileList).cursor > 0)


async def nothing_changed(player: Player) -> None:
    await opened(player)
    player.session.play(described(diff=DiffBlock(files=())))
    await player.until_shown("No file was changed yet")


async def no_repository(player: Player) -> None:
    await opened(player, "/diff git")
    player.session.play(
        described("commit", DiffBlock(files=()), problem="This folder is in no git repository.", base="")
    )
    await player.until_shown("in no git repository")


async def beside_a_question(player: Player) -> None:
    await scenes.approval_of_edit(player)
    player.wait(1)
    await player.press("d")
    await player.until_shown("in question")


SCENES: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (
        of_the_session,
        hunk_gone_to,
        other_layout,
        list_of_files,
        against_git,
        nothing_changed,
        no_repository,
        beside_a_question,
    )
}
