from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from codex_themes import TERMINAL_COLORS, load_theme
from tests.support.scripted_session import approval
from tests.tui import scenes
from tests.tui.drawn import colours, strange_pairs
from tests.tui.pictures import Album
from tests.tui.scenes import SCENES
from tests.tui.scenes_composer import COMPOSER_SCENES
from tests.tui.scenes_effort import EFFORT
from tests.tui.scenes_endings import ENDINGS
from tests.tui.scenes_reading import READING
from tests.tui.stage import NARROW, WIDE, Stage

ALL = SCENES | READING | COMPOSER_SCENES | ENDINGS | EFFORT
SMALL_AND_LARGE = ("welcome", "streaming", "approval_of_edit", "approval_of_command", "done", "palette", "help_screen")
"""Shown in a terminal that is hardly one, and in one that fills a large display, too."""


@pytest.mark.parametrize("name", ALL)
async def test_looks(stage: Stage, snapshot: SnapshotAssertion, tmp_path: Path, name: str) -> None:
    album = Album(snapshot, tmp_path)
    async with stage.play(size=WIDE) as player:
        await ALL[name](player)
        for form in ("wide", "narrow"):
            await album.compare(player, form)
            assert await strange_pairs(player) == set(), "measured in no theme: see tests/themes/pairs.py"
        for form in ("tiny", "huge") if name in SMALL_AND_LARGE else ():
            await album.compare(player, form, ("night",))
        assert await colours(player, load_theme("night"), "none") == set(), "NO_COLOR means none"
        assert {*await colours(player, load_theme("terminal-dark"), "full")} <= {*TERMINAL_COLORS}
    album.close()


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
