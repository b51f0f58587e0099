"""`codex-py` as a user starts it: the installed command in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = str(Path(sys.executable).with_name("codex-py"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    exit_code: int
    stdout: str
    stderr: str

    def lines(self) -> list[dict[str, Any]]:
        """The JSON lines of `exec --json`."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    def items(self, kind: str) -> list[dict[str, Any]]:
        """The completed items of a type."""
        completed = [line["item"] for line in self.lines() if line["type"] == "item.completed"]
        return [item for item in completed if item["type"] == kind]


def environment(home: Path, *more: Mapping[str, str]) -> dict[str, str]:
    """A small environment with nothing of this machine's user in it."""
    merged = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "CODEX_PY_HOME": str(home / "codex-py"),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
    }
    for each in more:
        merged |= each
    return merged


def run(*arguments: str, cwd: Path, env: Mapping[str, str], stdin: str = "", timeout_s: float = 60.0) -> Finished:
    done = subprocess.run(
        [COMMAND, *arguments],
        cwd=cwd,
        env=dict(env),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    return Finished(exit_code=done.returncode, stdout=done.stdout, stderr=done.stderr)
