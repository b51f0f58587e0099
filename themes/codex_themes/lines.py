"""Finds the line of a key in a TOML text whose tables are known: the parser of the standard library forgets it."""

from __future__ import annotations

import re

_HEADER = re.compile(r"""\s*\[\s*["']?([^\]"']*?)["']?\s*\]""")


def line_of(text: str, key: str, section: str = "") -> int | None:
    """The number of the line, from 1, that sets `key` in `[section]`; None where it is written in an unusual way.

    Without a section, a key before all tables, else the header of the table that is called so.
    """
    inside = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*[=.]""")
    dotted = re.compile(rf"""\s*{re.escape(section)}\s*\.\s*["']?{re.escape(key)}["']?\s*=""")
    current = ""
    header_at: int | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            current = header.group(1)
            if current == (section or key):
                header_at = header_at or number
        elif (current == section and inside.match(line)) or (section and not current and dotted.match(line)):
            return number
    return header_at
