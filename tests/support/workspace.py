"""Temporary projects to work on: plain folders, git repositories, and small programs with a failing test.

`calc` has a bug that its unittest finds; `flaky` compares wall-clock times. Both need nothing but Python.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_GIT_SETTINGS = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.invalid",
    "GIT_AUTHOR_DATE": "2024-01-02T03:04:05Z",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.invalid",
    "GIT_COMMITTER_DATE": "2024-01-02T03:04:05Z",
}

CALC = {
    "calc.py": '''\
"""A small calculator."""


def add(a: int, b: int) -> int:
    return a + b


def mean(numbers: list[int]) -> float:
    return sum(numbers) / (len(numbers) + 1)
''',
    "test_calc.py": """\
import unittest

from calc import add, mean


class CalcTest(unittest.TestCase):
    def test_adds(self):
        self.assertEqual(add(2, 3), 5)

    def test_mean_of_three(self):
        self.assertEqual(mean([1, 2, 3]), 2)


if __name__ == "__main__":
    unittest.main()
""",
    "README.md": "# calc\n\nRun the tests with `python3 -m unittest`.\n",
}

FLAKY = {
    "clock.py": '''\
"""Tells how long something took."""

import time


class Stopwatch:
    def __init__(self):
        self._started_at = time.time()

    def elapsed_s(self):
        return time.time() - self._started_at
''',
    "test_clock.py": """\
import unittest

from clock import Stopwatch


class StopwatchTest(unittest.TestCase):
    def test_no_time_has_passed(self):
        self.assertEqual(Stopwatch().elapsed_s(), 0)


if __name__ == "__main__":
    unittest.main()
""",
}


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files by their path in the folder, which is made if it is not there; return the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def git(folder: Path, *arguments: str) -> str:
    """Run git with neutral settings: no file of this machine, always the same person and date."""
    environment = {"PATH": os.environ["PATH"], "HOME": os.devnull, **_GIT_SETTINGS}
    command = ["git", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


def git_repository(folder: Path, files: Mapping[str, str] = CALC) -> Path:
    """Make a git repository with one commit that holds the files; return its folder."""
    write_files(folder, files)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "start")
    return folder
