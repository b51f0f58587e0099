from __future__ import annotations

from pathlib import Path

import pytest

from codex_tui import first_frame

FRAME = first_frame.Frame(80, ["a frame"] * 24, first_frame.Line(20, 4, 70, "", ""))


@pytest.fixture
def home(tmp_path: Path) -> str:
    (tmp_path / "themes").mkdir()
    return str(tmp_path)


def keep(home: str, theme: str, *, is_for_now: bool = False) -> set[str]:
    """Keep a frame; returns the names of those that are new."""
    cache = Path(home, "cache")
    before = {path.name for path in cache.glob("frame-*x*")}
    first_frame.keep(home, "1.0", theme, FRAME, is_for_now=is_for_now)
    return {path.name for path in cache.glob("frame-*x*")} - before


def test_a_start_wears_what_the_last_one_wore_as_long_as_the_settings_stay(
    home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(home, "fern")
    assert first_frame.last_theme(home) == "fern"
    Path(home, "config.toml").write_text("theme = 'day'\n")
    assert first_frame.last_theme(home) == ""
    first_frame.remember_theme(home, "day")
    assert first_frame.last_theme(home) == "day"
    monkeypatch.setenv("CODEX_PY_THEME", "dusk")
    assert first_frame.last_theme(home) == ""


def test_a_theme_for_one_run_leaves_the_next_start_alone(home: str) -> None:
    keep(home, "fern")
    assert keep(home, "day", is_for_now=True)
    assert first_frame.last_theme(home) == "fern"


def test_a_frame_in_the_old_colours_of_a_users_theme_is_not_shown_again(home: str) -> None:
    theme = Path(home, "themes", "mine.toml")
    theme.write_text('extends = "night"\n')
    assert keep(home, "mine")
    assert not keep(home, "mine")
    theme.write_text('extends = "day"\nabout = "another"\n')
    assert keep(home, "mine")
