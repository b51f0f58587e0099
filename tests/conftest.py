"""What every test can rely on: an environment that is nobody's, a private home, and an end."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Generator
from pathlib import Path
from types import FrameType

import pytest
import pytest_textual_snapshot
from hypothesis import HealthCheck, settings

# A loaded machine is no reason to fail: `time_limit` below ends what hangs.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

TIME_LIMIT_S = 120
"""No test may take longer; one that hangs fails with a traceback of where it hung."""

_OF_THE_PERSON = re.compile(
    r"KEY|TOKEN|SECRET|PASSWORD|^(OPENAI|ANTHROPIC|OLLAMA|LITELLM|CODEX_PY|TEXTUAL(?!_SNAPSHOT)|GIT|XDG|PYTHON)_"
    r"|^(NO_COLOR|FORCE_COLOR|COLORTERM|COLORFGBG|PYTHONPATH|PYTHONSTARTUP|MAKEFLAGS|MAKELEVEL|MFLAGS|VISUAL|EDITOR)$"
)


def pytest_configure() -> None:
    """Forget keys and whatever changes the picture; keep the environment out of the report of failed snapshots."""
    for name in [name for name in os.environ if _OF_THE_PERSON.search(name)]:
        del os.environ[name]
    pytest_textual_snapshot.retrieve_svg_diffs = _diffs_without_environment


def _diffs_without_environment(
    tempdir: pytest_textual_snapshot.TemporaryDirectory,
) -> tuple[list[pytest_textual_snapshot.SvgSnapshotDiff], int]:
    """The plugin writes the whole environment into its report, which is uploaded and passed on."""
    diffs, passed = _retrieve_diffs(tempdir)
    for diff in diffs:
        diff.environment = {}
    return diffs, passed


_retrieve_diffs = pytest_textual_snapshot.retrieve_svg_diffs


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder for this test alone; `$HOME` and `$CODEX_PY_HOME` (not made yet) point to it."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("CODEX_PY_HOME", str(folder / "codex-py"))
    return folder


@pytest.fixture(autouse=True)
def time_limit(request: pytest.FixtureRequest) -> Generator[None]:
    """Fail a test that hangs. `@pytest.mark.time_limit(300)` gives one more time."""
    marker = request.node.get_closest_marker("time_limit")
    limit_s = int(marker.args[0]) if marker else TIME_LIMIT_S

    def give_up(number: int, frame: FrameType | None) -> None:
        pytest.fail(f"the test took more than {limit_s} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(limit_s)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
