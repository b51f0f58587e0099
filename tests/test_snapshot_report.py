from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.program import environment

REPOSITORY = Path(__file__).parents[1]
FAILING = """
from textual.app import App
from tests.tui.conftest import stage, utc
from tests.tui.pictures import Album

def test_looks_to_the_plugin(snap_compare):
    assert snap_compare(App(), terminal_size=(20, 4))

async def test_looks_to_an_album(stage, snapshot, tmp_path):
    album = Album(snapshot, tmp_path)
    async with stage.play() as player:
        await album.compare(player, "tiny", ("night",))
    album.close()
"""


def test_what_is_left_of_a_failed_snapshot_does_not_hold_the_environment(home: Path, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_configure\n")
    (tmp_path / "test_it.py").write_text(FAILING)
    report, left = tmp_path / "report.html", tmp_path / "left"
    options = ["--rootdir", tmp_path, "--basetemp", left, "--snapshot-report", report, "--showlocals"]
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--asyncio-mode=auto", *options, tmp_path],
        env=environment(home) | {"PYTHONPATH": str(REPOSITORY), "MY_OWN_CREDENTIAL": "xyzzy-1234"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 failed" in result.stdout
    text = report.read_text()
    assert "test_looks_to_the_plugin" in text
    assert str(home) not in text
    pictures = [path.name for path in left.rglob("*.svg")]
    assert pictures == ["tiny-night.svg"]
    told = [result.stdout, result.stderr, text, *(path.read_text() for path in left.rglob("*") if path.is_file())]
    assert not any("xyzzy-1234" in words for words in told)
