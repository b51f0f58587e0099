"""Times and paths as lists show them."""

from __future__ import annotations

import os


def ago(seconds: float) -> str:
    """`2 h ago`, as lists show it."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit} ago"
    return "just now"


def home_as_tilde(path: str) -> str:
    home = os.path.expanduser("~")  # noqa: PTH111
    return "~" + path.removeprefix(home) if path == home or path.startswith(home + "/") else path
