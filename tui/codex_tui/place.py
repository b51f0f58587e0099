"""Paths as people write them."""

from __future__ import annotations

from pathlib import Path

from codex_tui.sanitize import clip, sanitize_line


def short_path(path: str) -> str:
    """`path` with the home folder as `~`, printable, of bounded length."""
    home = str(Path.home())
    if path == home or path.startswith(home + "/"):
        path = "~" + path[len(home) :]
    return clip(sanitize_line(path, reveal=True), 200)
