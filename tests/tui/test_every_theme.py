from __future__ import annotations

from pathlib import Path

import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion

from codex_themes import list_themes
from tests.tui.scenes import SCENES
from tests.tui.stage import NARROW, Player, Stage

TELLING = ("streaming", "approval_of_edit", "danger", "done", "palette", "theme_picker")


async def dressed(player: Player, theme: str) -> str:
    """The screen as SVG in another theme, once it has stopped changing."""
    assert player.app.wear(theme) == ""
    await player.settle()
    before = ""
    while (now := player.app.export_screenshot(title="codex-py")) != before:
        before = now
        await player.pilot.pause(0.02)
    return now


@pytest.mark.parametrize("name", TELLING)
async def test_every_theme_in_one_run(stage: Stage, snapshot: SnapshotAssertion, tmp_path: Path, name: str) -> None:
    pictures = snapshot.use_extension(SVGImageExtension)
    different: list[str] = []
    async with stage.play(size=NARROW) as player:
        await SCENES[name](player)
        await player.picture()
        for theme in list_themes():
            svg = await dressed(player, theme)
            if not svg == pictures(name=theme):  # noqa: SIM201  # the comparison is the snapshot's
                (tmp_path / f"{theme}.svg").write_text(svg)
                different.append(theme)
    assert different == [], f"{name} looks different in these themes: see {tmp_path}, or --snapshot-update"
