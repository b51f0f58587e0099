"""Globs of rules: `*` and `?` within a part of a path, `**` for any number of parts. Nothing else is special."""

from __future__ import annotations

import functools
import re


def glob_matches(glob: str, name: str) -> bool:
    """Whether the whole of `name`, a relative path divided by `/`, is meant. A glob ending in `/` means all below."""
    return _compiled(glob).fullmatch(name) is not None


@functools.lru_cache(maxsize=512)
def _compiled(glob: str) -> re.Pattern[str]:
    parts = (glob + "**" if glob.endswith("/") else glob).removeprefix("./").split("/")
    patterns: list[str] = []
    for at, part in enumerate(parts):
        is_last = at == len(parts) - 1
        if part == "**":
            if not patterns or patterns[-1] not in ("(?:[^/]+/)*", "(?:[^/]+/)*[^/]+"):
                patterns.append("(?:[^/]+/)*[^/]+" if is_last else "(?:[^/]+/)*")
            elif is_last:
                patterns[-1] = "(?:[^/]+/)*[^/]+"
        else:
            text = re.sub(r"\*+", "*", part)
            piece = "".join("[^/]*" if c == "*" else "[^/]" if c == "?" else re.escape(c) for c in text)
            patterns.append(piece if is_last else f"{piece}/")
    return re.compile("".join(patterns), re.DOTALL)
