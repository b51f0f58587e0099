from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from textual.strip import Strip

from codex_tui.depth import depth_of
from tests.support.program import environment
from tests.support.terminal import Terminal
from tests.tui.scenes import SCENES
from tests.tui.stage import Player, Stage

ROOT = Path(__file__).parents[2]
SGR = re.compile(rb"\x1b\[([0-9;:]*)m")


def codes_on(home: Path, **more: str) -> set[str]:
    """The SGR parameters that the app writes until its session is there, and on /theme; colours as one each."""
    env = {**environment(home), "PYTHONPATH": str(ROOT), **more}
    argv = [sys.executable, "-m", "tests.tui.program", str(home / "codex-py")]
    with Terminal(argv, env=env, cwd=home) as terminal:
        terminal.wait_for("sandbox A")
        terminal.type("/theme\r")
        terminal.wait_for("ink blue")  # the list is filled
        terminal.press("down")
        terminal.wait_for("Old paper")
        written = bytes(terminal.raw)
    codes: set[str] = set()
    for found in SGR.finditer(written):
        parameters = found.group(1).decode()
        codes |= set(re.findall(r"[34]8;(?:2;\d+;\d+;\d+|5;\d+)", parameters))
        codes |= set(re.sub(r"[34]8;(?:2;\d+;\d+;\d+|5;\d+)", "", parameters).strip(";").split(";"))
    return codes - {""}


def test_no_color_leaves_bold_dim_underline_and_reverse(home: Path) -> None:
    codes = codes_on(home, NO_COLOR="1", COLORTERM="truecolor")
    assert codes <= {"0", "1", "2", "4", "7"}
    assert {"1", "2", "7"} <= codes


def test_an_empty_no_color_means_nothing(home: Path) -> None:
    assert any(code.startswith("38;2;") for code in codes_on(home, NO_COLOR="", COLORTERM="truecolor"))


@pytest.mark.parametrize("term", ["xterm", "linux"])
def test_a_terminal_of_sixteen_colours_gets_no_others(home: Path, term: str) -> None:
    codes = codes_on(home, TERM=term)
    assert not any(code.startswith(("38;", "48;")) for code in codes)
    assert "40" in codes  # night is black there, whatever the terminal's own ground is


def test_a_terminal_of_256_colours_gets_those_of_its_table(home: Path) -> None:
    codes = codes_on(home, TERM="xterm-256color")
    assert any(code.startswith("48;5;") for code in codes)
    assert not any(code.startswith(("38;2;", "48;2;")) for code in codes)


@pytest.mark.parametrize("theme", ["night", "day"])
async def test_behind_a_sheet_256_colours_are_dimmed_like_all_others(stage: Stage, theme: str) -> None:
    async with stage.play(stage.app(theme=theme, depth="256")) as player:
        await SCENES["approval_of_edit"](player)
        grounds = {which: numbers_of(player, sign) for which, sign in (("added", "+"), ("removed", "−"))}
        assert len(grounds["added"] | grounds["removed"]) == 2
        plain = strongest(player.drawn)
        await player.press("ctrl+p")
        await player.until(lambda: len(player.app.screen_stack) > 1)
        behind = [strip.crop(86, 120) for strip in player.drawn[:6]]
        assert strongest(behind) < plain / 2


def numbers_of(player: Player, sign: str) -> set[int | None]:
    """The grounds of the signs in the diff, as numbers of the table."""
    return {
        style.bgcolor.number
        for strip in player.drawn
        for text, style, _ in strip
        if text == f"{sign} " and style is not None and style.bgcolor is not None
    }


def strongest(strips: list[Strip]) -> int:
    """How far the channels of a ground are from each other, at most."""
    grounds = [style.bgcolor.get_truecolor() for strip in strips for _, style, _ in strip if style and style.bgcolor]
    return max([max(color) - min(color) for color in grounds])


@pytest.mark.parametrize(
    ("environ", "depth"),
    [
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "full"),
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "xterm-kitty"}, "256"),
        ({"TERM": "linux"}, "16"),
        ({"TERM": "screen"}, "16"),
        ({}, "16"),
        ({"TERM": "xterm-256color", "NO_COLOR": "0"}, "none"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "256"),
        ({"TERM": "xterm", "TEXTUAL_COLOR_SYSTEM": "truecolor"}, "full"),
        ({"TERM": "xterm", "TEXTUAL_COLOR_SYSTEM": "256"}, "256"),
    ],
)
def test_how_many_colours_there_are_is_known_from_the_environment(environ: dict[str, str], depth: str) -> None:
    assert depth_of(environ) == depth
