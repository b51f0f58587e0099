"""States of the session picker: each scene brings an app that opens with it to one telling state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from codex_tui.app import CodexApp
from codex_tui.options import Picker
from codex_tui.shelf import SessionRow
from tests.support.shelf import ROWS, SAID, FakeShelf
from tests.tui.stage import Player, Stage


def picker_app(
    stage: Stage, rows: Sequence[SessionRow] = ROWS, *, theme: str = "night", forks: bool = False
) -> tuple[CodexApp, FakeShelf]:
    """An app that begins with the picker, and the shelf behind it."""
    shelf = FakeShelf(rows, said=SAID, open_session=stage.session.connect)

    async def open_shelf() -> FakeShelf:
        return shelf

    return stage.app(theme=theme, picker=Picker(open_shelf=open_shelf, comes_first=True, forks=forks)), shelf


async def listed(player: Player) -> None:
    await player.until_shown("LAST MESSAGES" if player.app.size.width >= 110 else "FIRST PROMPT")


async def all_folders(player: Player) -> None:
    await listed(player)
    await player.press("tab", "ctrl+o")
    await player.until_shown("8 sessions")
    await player.press("down", "down", "down", "down")
    await player.until_shown("Archived. Ctrl+A puts it back")


async def searched(player: Player) -> None:
    await listed(player)
    await player.type("wombat")
    await player.until_shown("2 found")
    await player.press("down")
    await player.until_shown("21 turns")


async def nothing_matches(player: Player) -> None:
    await listed(player)
    await player.press("ctrl+t")
    await player.type("platypus")
    await player.until_shown("Nothing matches")


async def deleted(player: Player) -> None:
    await listed(player)
    await player.press("down", "down", "delete")
    await player.until_shown("✗")
    await player.press("up")
    await player.until_shown("Deleted when you leave here")


async def renaming(player: Player) -> None:
    await listed(player)
    await player.press("down", "ctrl+r")
    await player.until_shown("gives it this title")
    await player.type(", please")


async def elsewhere(player: Player) -> None:
    await listed(player)
    await player.press("down")
    await player.until_shown("Process 4711 has it open")


async def empty(player: Player) -> None:
    await player.until_shown("No sessions in this folder.")


SCENES: dict[str, Callable[[Player], Awaitable[None]]] = {
    "listed": listed,
    "all_folders": all_folders,
    "searched": searched,
    "nothing_matches": nothing_matches,
    "deleted": deleted,
    "renaming": renaming,
    "elsewhere": elsewhere,
    "empty": empty,
}
