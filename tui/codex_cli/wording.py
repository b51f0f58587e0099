"""Times and paths as lists show them; and how we are called."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path


def ago(seconds: float) -> str:
    """`2 h ago`, as lists show it."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit} ago"
    return "just now"


def home_as_tilde(path: str) -> str:
    home = os.path.expanduser("~")  # noqa: PTH111
    return "~" + path.removeprefix(home) if path == home or path.startswith(home + "/") else path


def own_command() -> str:
    """How the user gets here again: the bare name where the shell would find it."""
    return "codex-py" if shutil.which("codex-py") else shlex.quote(str(Path(sys.executable).with_name("codex-py")))
