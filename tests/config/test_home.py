from __future__ import annotations

import os
import sys
from pathlib import Path

import platformdirs
import pytest

from codex_core.config.home import home_folder, home_path, logs_path
from codex_core.protocol import ConfigError


def test_the_named_folder_is_made_for_the_user_alone(tmp_path: Path) -> None:
    home = home_path({"CODEX_PY_HOME": str(tmp_path / "a/b")})
    assert home == tmp_path / "a/b"
    assert home.stat().st_mode & 0o777 == 0o700
    assert logs_path(home).stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_can_read_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    home_path({"CODEX_PY_HOME": str(tmp_path)})
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=f"{tmp_path}/file/x"):
        home_path({"CODEX_PY_HOME": str(tmp_path / "file/x")})


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs itself is asked")
@pytest.mark.parametrize("data", [None, "/x/data", " ", ""])
def test_the_default_is_the_one_of_platformdirs(monkeypatch: pytest.MonkeyPatch, data: str | None) -> None:
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    if data is not None:
        monkeypatch.setenv("XDG_DATA_HOME", data)
    assert home_folder({**os.environ, "CODEX_PY_HOME": ""}) == platformdirs.user_data_dir("codex-py", appauthor=False)
