"""What the composer can look like, for pictures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual.events import Paste

from codex_core.protocol import CommandBlock, ItemCompleted, ItemStarted, ToolCallItem, ToolOutputDelta
from codex_tui.options import FileListing, PastPrompt
from tests.support.scripted_session import result
from tests.tui.scenes import done
from tests.tui.stage import Player

PATHS = (
    "README.md",
    "docs/",
    "docs/clock notes.md",
    "src/tempo/",
    "src/tempo/clock.py",
    "src/tempo/clock_face.py",
    "src/tempo/parser/tokens_and_locations.py",
    "tests/test_clock.py",
)
PAST = (
    PastPrompt("fix the flaky clock test", "2 h", is_here=True),
    PastPrompt("!make test", "3 h", is_here=True),
    PastPrompt("explain how the clock is used in the parser\nand what depends on it", "1 d", is_here=True),
    PastPrompt("why is the clock of the build machine wrong", "2 d", is_here=False),
)


async def mention(player: Player) -> None:
    await done(player)
    player.stage.files = FileListing(paths=PATHS, recent=("tests/test_clock.py",))
    await player.type("compare it with @clo")
    await player.until_shown("src/tempo/clock_face.py")


async def shell_line(player: Player) -> None:
    await done(player)
    await player.type("!make test")
    await player.until_shown("the model sees the output")


async def shell_running(player: Player) -> None:
    await done(player)
    call = ToolCallItem(
        id="tool_own",
        at=player.session.at,
        call_id="own",
        name="shell",
        arguments='{"command": "make test"}',
        by="user",
    )
    output = "".join(f"tests/test_clock.py::test_{number} PASSED\n" for number in range(12))
    player.session.play(ItemCompleted(item=call), ItemStarted(item=call))
    player.session.play(ToolOutputDelta(call_id="own", text=output))
    await player.until_shown("test_11 PASSED")


async def shell_done(player: Player) -> None:
    await shell_running(player)
    call = ToolCallItem(
        id="tool_own",
        at=player.session.at,
        call_id="own",
        name="shell",
        arguments='{"command": "make test"}',
        by="user",
    )
    output = (
        "".join(f"tests/test_clock.py::test_{number} PASSED\n" for number in range(12)) + "make: *** [test] Error 1\n"
    )
    block = CommandBlock(command="make test", output=output, exit_code=2, duration_s=2.1)
    player.session.play(
        ItemCompleted(item=result(call, output="exit code 2", display=(block,), took_s=2.1, status="error"))
    )
    await player.until_shown("exit 2")


async def chips(player: Player) -> None:
    await done(player)
    await player.type("why does this fail: ")
    player.app.post_message(Paste("line\n" * 152))
    await player.type(" and what is ")
    player.app.post_message(Paste("x" * 2_000))
    await player.until_shown("#2]")


async def history(player: Player) -> None:
    await done(player)
    player.stage.past = PAST
    await player.press("ctrl+r")
    await player.type("clock")
    await player.until_shown("build machine")
    await player.press("ctrl+r")


COMPOSER_SCENES: dict[str, Callable[[Player], Awaitable[None]]] = {
    scene.__name__: scene for scene in (mention, shell_line, shell_running, shell_done, chips, history)
}
