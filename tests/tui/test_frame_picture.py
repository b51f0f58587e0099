from __future__ import annotations

from pathlib import Path
from unittest.mock import PropertyMock, patch

import pytest
from textual.geometry import Size

from codex_tui.app import CodexApp
from codex_tui.composer import Composer
from codex_tui.screens.frame_picture import picture_of
from codex_tui.screens.main import MainScreen
from tests.tui.stage import NARROW, Stage


async def test_the_picture_is_of_the_whole_screen_and_says_where_the_composer_is(tmp_path: Path) -> None:
    async with Stage(tmp_path).play(size=NARROW) as player:
        screen = player.app.screen
        assert isinstance(screen, MainScreen)
        frame = picture_of(screen, screen.query_one(Composer))
        assert frame is not None
        assert (frame.columns, len(frame.rows)) == NARROW
        assert "codex-py" in frame.rows[0]
        assert 0 < frame.line.row < 24


@pytest.mark.parametrize("size", [(80, 6), (20, 24), (81, 24), (200, 50)])
async def test_there_is_none_between_two_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    async with Stage(tmp_path).play(size=NARROW) as player:
        screen = player.app.screen
        assert isinstance(screen, MainScreen)
        with patch.object(CodexApp, "size", PropertyMock(return_value=Size(*size))):
            assert picture_of(screen, screen.query_one(Composer)) is None
