"""The `@` word around the cursor, and how a path is written as one. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

_OPEN = re.compile(r"""(?:^|(?<=[\s(\[{,;:]))@(?:"((?:[^"\\\n]|\\.)*)|([^\s"@]*))$""")
"""Quoted or not, up to the cursor. An `@` inside a word, as in an address, is none."""
_LONGEST = 400
_PLAIN = re.compile(r"[^\s\"'\\@,;()\[\]{}]+")


class Word(NamedTuple):
    start: int
    """Column of the `@` in its line."""
    query: str


def word_before(line: str, column: int) -> Word | None:
    """The mention that ends at `column`, which may be only its `@`."""
    begin = max(0, column - _LONGEST)
    found = _OPEN.search(line[begin:column])
    if found is None:
        return None
    quoted, plain = found.groups()
    query = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
    return Word(begin + found.start(), query)


def written(path: str) -> str:
    """The path as a mention. One of a folder is left open, so that what is in it can be looked for."""
    is_folder = path.endswith("/")
    if _PLAIN.fullmatch(path):
        return f"@{path}" if is_folder else f"@{path} "
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'@"{escaped}' if is_folder else f'@"{escaped}" '
