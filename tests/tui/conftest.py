from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.tui.stage import Stage


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)
