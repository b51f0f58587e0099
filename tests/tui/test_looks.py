from __future__ import annotations

from pathlib import Path

import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion

from codex_themes import TERMINAL_COLORS, load_theme
from tests.support.scripted_session import approval
from tests.tui import scenes
from tests.tui.drawn import colours, strange_pairs
from tests.tui.scenes import SCENES
from tests.tui.scenes_composer import COMPOSER_SCENES
from tests.tui.scenes_reading import READING
from tests.tui.stage import NARROW, WIDE, Stage

ALL = SCENES | READING | COMPOSER_SCENES
TELLING = (
    "welcome",
    "streaming",
    "approval_of_edit",
    "approval_of_command",
    "danger",
    "editing_a_command",
    "editing_files",
    "scope_of_a_command",
    "picking_hunks",
    "explained",
    "queue_of_approvals",
    "retry",
    "plan",
    "rules",
    "paused",
    "crash",
    "palette",
    "rewind_turns",
    "rewind_what",
    "rewind_preview",
    "context",
)
"""Shown in both themes in both forms; the others wide by night and narrow by day."""


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("size", "theme"), [(WIDE, "night"), (NARROW, "day")], ids=["wide", "narrow"])
async def test_looks(
    stage: Stage, snapshot: SnapshotAssertion, tmp_path: Path, name: str, size: tuple[int, int], theme: str
) -> None:
    pictures = snapshot.use_extension(SVGImageExtension)
    async with stage.play(stage.app(theme=theme), size) as player:
        await ALL[name](player)
        themes = [theme, *({"night", "day"} - {theme} if name in TELLING else ())]
        for worn in themes:
            player.app.wear(worn)
            svg = await player.picture()
            is_same = svg == pictures(name=worn)
            (tmp_path / f"{worn}.svg").write_text(svg)
            assert is_same, f"{name} looks different in {worn}: see {tmp_path}/{worn}.svg, or --snapshot-update"
        assert await strange_pairs(player) == set(), "measured in no theme: see tests/themes/pairs.py"
        assert await colours(player, load_theme("night"), "none") == set(), "NO_COLOR means none"
        assert {*await colours(player, load_theme("terminal-dark"), "full")} <= {*TERMINAL_COLORS}


async def test_a_very_small_terminal_still_shows_the_question_and_the_composer(stage: Stage) -> None:
    async with stage.play(size=(60, 20)) as player:
        await SCENES["approval_of_edit"](player)
        lines = player.text.splitlines()
        assert len(lines) == 20
        await player.until_shown(" y  once")
        assert "›" in lines[-2]


@pytest.mark.parametrize("size", [(40, 10), (20, 5), (300, 80), (110, 8)])
async def test_no_size_breaks_it(stage: Stage, size: tuple[int, int]) -> None:
    async with stage.play(size=size) as player:
        scenes.work(player.session)
        scenes.want_edit(player.session)
        player.session.ask(approval("c4", "Edit src/tempo/clock.py"))
        await player.settle()
        assert player.app.is_running


async def test_changing_the_size_changes_the_form_and_keeps_the_question(stage: Stage) -> None:
    async with stage.play(size=WIDE) as player:
        await SCENES["approval_of_edit"](player)
        await player.pilot.resize_terminal(*NARROW)
        await player.until_shown("F3 timeline")
        await player.until_shown("class Clock:")
        player.wait(1)
        await player.until(lambda: player.focused == "QuestionPanel")
        await player.pilot.resize_terminal(*WIDE)
        await player.until_shown("TIMELINE")
        await player.until(lambda: player.focused == "QuestionPanel")
        player.wait(1)
        await player.press("y")
        await player.until(lambda: len(player.session.ops) == 1)
