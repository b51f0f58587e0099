from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.program import environment

REPOSITORY = Path(__file__).parents[1]
FAILING = """
from textual.app import App
from tests.conftest import pytest_configure

def test_looks(snap_compare):
    assert snap_compare(App(), terminal_size=(20, 4))
"""


def test_the_report_of_a_failed_snapshot_does_not_hold_the_environment(home: Path, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_configure\n")
    (tmp_path / "test_it.py").write_text(FAILING)
    report = tmp_path / "report.html"
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--rootdir", tmp_path, "--snapshot-report", report, tmp_path],
        env=environment(home) | {"PYTHONPATH": str(REPOSITORY), "MY_OWN_CREDENTIAL": "xyzzy-1234"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 failed" in result.stdout
    assert "xyzzy-1234" not in result.stdout + result.stderr
    text = report.read_text()
    assert "test_looks" in text
    assert "xyzzy-1234" not in text
    assert str(home) not in text
