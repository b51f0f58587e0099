"""Texts that a program may turn into characters that steer the terminal."""

from __future__ import annotations

import re

_STEERS = re.compile(
    r"(?i)\\(?:0?33(?!\d)|0?0?7(?![\d;])|x0?(?:1b|9[bd])|e(?=[\[\]()PX^_#c=>78])|u\{?0*(?:1b|9[bd])\b|o0?33|d0?27|c\[)|%x?(?:1b|9[bd])"
)


def steers_terminal(text: str) -> bool:
    """Whether some program may make an escape character of it, the beginning of what steers a terminal."""
    return ("\\" in text or "%" in text) and _STEERS.search(text) is not None


def has_escape(text: str) -> bool:
    return re.search(r"\\(?:[0-7xeEuUc]|a|b|r|v|f)", text) is not None
