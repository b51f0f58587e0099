from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import landlock
import pytest

import codex_core
import codex_tools

PLAIN_USER = 12345
IMPORTED_FROM = tuple(
    dict.fromkeys(
        str(Path(str(module.__file__)).resolve().parents[1]) for module in (codex_core, codex_tools, landlock)
    )
)
Mode = Literal["read-only", "workspace-write", "danger-full-access"]


@dataclass(frozen=True)
class Ran:
    exit_code: int | None
    output: str
    cut_bytes: int
    ended_by: str
    duration_s: float
    denial: str | None
    denied_path: str | None
    notices: tuple[str, ...] = ()


_UNCONFINED: dict[tuple[int, str], tuple[Ran, bool]] = {}


class Station:
    """The test's end of `station.py`."""

    def __init__(self, process: subprocess.Popen[str], base: Path, user: int, tier: str, python: str) -> None:
        self.python = python
        self.process = process
        self.tier = tier
        self.base = base
        self.user = user
        self.workspace = base / "ws"
        self.outside = base / "outside"

    def run(
        self,
        line: str,
        *,
        mode: Mode = "workspace-write",
        network: Literal["on", "off"] = "off",
        environment: dict[str, str] | None = None,
        hidden: Iterable[Path] = (),
        **limits: Any,
    ) -> Ran:
        return Ran(
            **self.ask("run", line, mode=mode, network=network, environment=environment, hidden=hidden, **limits)
        )

    def ask(
        self,
        what: Literal["run", "start", "stop"],
        line: str = "true",
        *,
        mode: Mode = "workspace-write",
        network: Literal["on", "off"] = "off",
        environment: dict[str, str] | None = None,
        hidden: Iterable[Path] = (),
        **limits: Any,
    ) -> dict[str, Any]:
        """`start`: in the background, until `stop`, which ends all that were started."""
        request = {
            "what": what,
            "line": line,
            "mode": mode,
            "network": network,
            "environment": environment or {},
            "hidden": [str(path) for path in hidden],
            "limits": {"wall_s": 30.0, **limits},
        }
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def as_user(self, line: str) -> subprocess.Popen[bytes]:
        """Start a line in the workspace as the station's user, outside of any sandbox."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.base / "home"), "OUTSIDE": str(self.outside)}
        return subprocess.Popen([*run_as(self.user), "bash", "-c", line], cwd=self.workspace, env=environment)

    def wait_for(self, path: str) -> None:
        """Wait until something is at a path in the workspace."""
        until = time.monotonic() + 20
        while not os.path.lexists(self.workspace / path):
            assert time.monotonic() < until, path
            time.sleep(0.01)

    def unconfined(self, line: str) -> Ran:
        """What the line does without confinement, which is the same in every tier and so found out only once.

        Leaves everything as it was before.
        """
        key = (self.user, line.replace(str(self.base), ""))
        if key not in _UNCONFINED:
            self.reset()
            ran = self.run(line, mode="danger-full-access")
            _UNCONFINED[key] = ran, (self.outside / "pwned").exists()
            self.reset()
        return _UNCONFINED[key][0]

    def was_pwned(self, line: str) -> bool:
        """Whether it made the file `pwned` outside, unconfined."""
        self.unconfined(line)
        return _UNCONFINED[self.user, line.replace(str(self.base), "")][1]

    def reset(self) -> None:
        """An empty workspace, and the outside as it was."""
        for folder in (self.workspace, self.outside, self.base / "home"):
            for entry in folder.iterdir():
                shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        (self.outside / "file").write_text("untouched\n")
        os.chown(self.outside / "file", self.user, self.user)


def _python_for(user: int) -> str | None:
    """A Python that this user can execute: ours may lie in root's home."""
    for candidate in (sys.executable, "/usr/bin/python3"):
        test = [*run_as(user), candidate, "-I", "-S", "-c", "import sys; raise SystemExit(sys.version_info < (3, 11))"]
        try:
            if subprocess.run(test, capture_output=True, check=False).returncode == 0:
                return candidate
        except OSError:
            continue
    return None


def run_as(user: int) -> list[str]:
    """A prefix for command lines. The shell in it makes sure that the user, not root, may execute what follows."""
    if user == os.geteuid():
        return []
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "sh", "-c", 'exec "$0" "$@"']


def start_station(python: str, user: int, tier: str, base: Path) -> subprocess.Popen[str]:
    boot = "import runpy, sys; sys.path[:0] = sys.argv[4:]; runpy.run_path(sys.argv[3], run_name='__main__')"
    # An own argument order: run_path leaves sys.argv as it is.
    program = [python, "-I", "-S", "-c", boot, str(base), tier, str(Path(__file__).with_name("station.py"))]
    return subprocess.Popen(
        [*run_as(user), *program, *IMPORTED_FROM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=base,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(base / "home"), "LANG": "C.UTF-8"},
        text=True,
    )


@pytest.fixture(scope="session", params=["own user, A", "own user, B", "plain user, A", "plain user, B"])
def _station(request: pytest.FixtureRequest) -> Generator[Station]:
    user = os.geteuid()
    who, tier = request.param.split(", ")
    if who == "plain user":
        if user != 0:
            pytest.skip("only root can become another user, and this user is plain already")
        if shutil.which("setpriv") is None:
            pytest.skip("setpriv is not installed")
        user = PLAIN_USER
    python = _python_for(user)
    if python is None:
        pytest.skip(f"no Python >= 3.11 that user {user} may execute")
    base = Path(tempfile.mkdtemp(prefix="codex-py-station-")).resolve()
    os.chown(base, user, user)
    process = start_station(python, user, tier, base)
    try:
        assert process.stdout is not None
        status = json.loads(process.stdout.readline())
        if status["tier"] != tier:
            pytest.skip(f"not to be had here: {status['reason']}")
        yield Station(process, base, user, tier, python)
    finally:
        process.communicate(timeout=30)
        shutil.rmtree(base, ignore_errors=True)


@pytest.fixture
def station(_station: Station) -> Station:
    _station.reset()
    return _station
