"""Where a measurement happens: a home and a project of its own, gone afterwards; the program started in them."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.program import COMMAND, environment
from tests.support.terminal import Terminal
from tests.support.workspace import CALC, git_repository

CHROME = b"Say what you want"
"""What the first paint has."""

PROJECT = "benchproject"
"""Name of the project's folder: on the screen once the session is open, and in no frame kept from an earlier start."""

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    home: Path
    project: Path
    env: dict[str, str]

    def start(self, *arguments: str, env: Mapping[str, str] | None = None) -> Terminal:
        """Start the app at 120x40; leave it with `close`."""
        return Terminal([COMMAND, *arguments], env=self.env | dict(env or {}), cwd=self.project)


@contextlib.contextmanager
def place(files: Mapping[str, str] = CALC) -> Generator[Place]:
    with tempfile.TemporaryDirectory(prefix="codex-py-bench-") as name:
        home = Path(name) / "home"
        home.mkdir()
        project = git_repository(Path(name) / PROJECT, files)
        yield Place(home=home, project=project, env=environment(home))


@contextlib.contextmanager
def model_server(steps: Sequence[Mapping[str, object]]) -> Generator[dict[str, str]]:
    """Run the scripted model server in a process of its own; give the environment that leads to it."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as script:
        json.dump(list(steps), script)
        script.flush()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.model_server", script.name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            yield {"OPENAI_API_KEY": "sk-bench-0123456789", "OPENAI_BASE_URL": f"{url}/v1"}
        finally:
            process.stdin.close()
            process.wait(10)
