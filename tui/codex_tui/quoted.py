"""Reasons quote programs and names in backticks, as models read them. People see what is quoted, without the marks."""

from __future__ import annotations

import re

from textual.content import Content

_QUOTED = re.compile(r"`([^`]+)`")


def unquoted(text: str) -> str:
    return _QUOTED.sub(r"\1", text)


def quoted_content(text: str, style: str) -> Content:
    """What is quoted stands out. `text` is clean already."""
    parts = _QUOTED.split(text)
    return Content.assemble(*[(part, f"bold {style}" if at % 2 else style) for at, part in enumerate(parts) if part])
