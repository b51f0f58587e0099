from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.tui.pictures import Album
from tests.tui.scenes_sessions import SCENES, picker_app
from tests.tui.stage import WIDE, Player, Stage


@pytest.mark.parametrize("name", SCENES)
async def test_looks(stage: Stage, snapshot: SnapshotAssertion, tmp_path: Path, name: str) -> None:
    album = Album(snapshot, tmp_path)
    app, _ = picker_app(stage, *([()] if name == "empty" else []))
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        player = Player(stage, app, pilot)
        await SCENES[name](player)
        for form in ("wide", "narrow"):
            await album.compare(player, form)
    album.close()


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
