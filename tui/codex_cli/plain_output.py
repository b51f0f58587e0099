"""Lines for people on stdout and stderr that hold foreign words: nothing in them can steer the terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from codex_tools.mcp.text import clean


def show(text: str) -> None:
    print(clean(text, limit=len(text) + 1))  # noqa: T201


def complain(problems: Sequence[str]) -> None:
    for problem in problems:
        print(f"codex-py: {clean(problem, limit=2000)}", file=sys.stderr)  # noqa: T201
