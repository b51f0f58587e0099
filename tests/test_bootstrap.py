"""`scripts/bootstrap.sh` where things go wrong: in a checkout of its own, with an installer that only pretends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

UV = """\
#!/usr/bin/env python3
import pathlib, sys, time
if "--version" in sys.argv:
    sys.exit(0)
print("resolving", file=sys.stderr)
pathlib.Path("installing").touch()
{then}
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("scripts/bootstrap.sh", "requirements.lock", "pyproject.toml", "tui/bin/codex-py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def started(checkout: Path, *, then: str = "sys.exit(1)", asked_python: str = "") -> subprocess.Popen[str]:
    uv = checkout / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text(UV.format(then=then))
    uv.chmod(0o755)
    return subprocess.Popen(
        ["sh", "scripts/bootstrap.sh", "dev" if not asked_python else "run"],
        cwd=checkout,
        env={"PATH": f"{uv.parent}:{os.environ['PATH']}", "HOME": str(checkout), "CODEX_PY_PYTHON": asked_python},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # so that a Ctrl+C of ours reaches all of it and nobody else
    )


def test_a_python_that_is_not_there_is_named_and_nothing_else_is_tried(checkout: Path) -> None:
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / "pyvenv.cfg").write_text("version = 3.11.7\n")
    out, err = started(checkout, asked_python="/no/such/python3.99").communicate(timeout=30)
    assert out == ""
    assert err.startswith("codex-py: PYTHON=/no/such/python3.99 is not there, or no working Python")
    assert err.count("\n") == 1
    assert not (checkout / "installing").exists()


def test_ctrl_c_while_it_installs_shows_no_traceback_and_leaves_no_lock(checkout: Path) -> None:
    (checkout / "requirements-dev.lock").touch()
    process = started(checkout, then="time.sleep(60)")
    deadline = time.monotonic() + 30
    while not (checkout / "installing").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode in (130, -signal.SIGINT)
    assert [line for line in err.splitlines() if not line.startswith("codex-py: installing")] == []
    assert not (checkout / ".venv.lock").exists()
