"""Titles and paths as lists show them; and how we are called."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

TITLE_CHARACTERS = 200


def one_line_title(said: str) -> str:
    """`said` as the title of a session: one line, printable, of bounded length."""
    clean = "".join(char if char.isprintable() else " " for char in said)
    return " ".join(clean.split())[:TITLE_CHARACTERS]


def home_as_tilde(path: str) -> str:
    home = os.path.expanduser("~")  # noqa: PTH111
    return "~" + path.removeprefix(home) if path == home or path.startswith(home + "/") else path


def own_command() -> str:
    """How the user gets here again: the bare name where the shell would find it."""
    return "codex-py" if shutil.which("codex-py") else shlex.quote(str(Path(sys.executable).with_name("codex-py")))
