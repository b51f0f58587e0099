from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from codex_themes import list_themes
from tests.tui.pictures import Album
from tests.tui.scenes import SCENES
from tests.tui.stage import NARROW, Stage

TELLING = ("streaming", "approval_of_edit", "danger", "done", "palette", "theme_picker")


@pytest.mark.parametrize("name", TELLING)
async def test_every_theme_in_one_run(stage: Stage, snapshot: SnapshotAssertion, tmp_path: Path, name: str) -> None:
    album = Album(snapshot, tmp_path)
    async with stage.play(size=NARROW) as player:
        await SCENES[name](player)
        for form in ("narrow", "wide"):
            await album.compare(player, form, list_themes())
    album.close()
