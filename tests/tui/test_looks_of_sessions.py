from __future__ import annotations

from pathlib import Path

import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion

from tests.tui.scenes_sessions import SCENES, picker_app
from tests.tui.stage import NARROW, WIDE, Player, Stage


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_looks(
    stage: Stage, snapshot: SnapshotAssertion, tmp_path: Path, name: str, size: tuple[int, int]
) -> None:
    pictures = snapshot.use_extension(SVGImageExtension)
    app, _ = picker_app(stage, *([()] if name == "empty" else []))
    async with app.run_test(size=size, notifications=True) as pilot:
        player = Player(stage, app, pilot)
        await SCENES[name](player)
        for worn in ("night", "day"):
            app.wear(worn)
            svg = await player.picture()
            is_same = svg == pictures(name=worn)
            (tmp_path / f"{worn}.svg").write_text(svg)
            assert is_same, f"{name} looks different in {worn}: see {tmp_path}/{worn}.svg, or --snapshot-update"


@pytest.mark.parametrize("size", [(60, 15), (20, 5), (300, 100), (110, 8)])
@pytest.mark.parametrize("name", ["searched", "renaming", "empty"])
async def test_no_size_breaks_it(stage: Stage, size: tuple[int, int], name: str) -> None:
    app, _ = picker_app(stage, *([()] if name == "empty" else []))
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        player = Player(stage, app, pilot)
        await SCENES[name](player)
        await pilot.resize_terminal(*size)
        await player.press("down", "up", "ctrl+p", "ctrl+p", "tab")
        assert len(player.text.splitlines()) == size[1]
        assert "\x1b" not in player.text
