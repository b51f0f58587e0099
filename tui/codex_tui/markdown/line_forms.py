"""What a line of markdown may be, looked at alone: the markers that it begins with, the cells of a table in it."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

Align: TypeAlias = Literal["left", "center", "right"]

HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))??(?:[ \t]+#+)?[ \t]*")
RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})")
FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})[ \t]*([^`]*?)[ \t]*")
QUOTE = re.compile(r" {0,3}>[ ]?(.*)")
ITEM = re.compile(r"( {0,3})([-*+•]|\d{1,9}[.)])(?:( +)(.*)|)")
TASK = re.compile(r"\[([ xX])\] +(.*)")
DELIMITER = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*")
_CELL = re.compile(r"(?:\\.|`[^`|]*`|[^\\|])*")
_UNDECIDED = re.compile(
    r"\s*(?:#{1,6}|[-*+_=]{1,}|[-*_](?:\s+[-*_])+|\d{1,9}[.)]?|`{1,2}|[`~]{3,}[^`]*|~{1,2}|>|\|.*)\s*"
)
_UNDECIDED_TASK = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+\[[ xX]?\]?\s*")


def begins_block(line: str, *, in_list: bool = False) -> bool:
    """Whether the line ends a paragraph that is open above it."""
    if indent_of(line) >= 4:
        return False
    if (match := ITEM.fullmatch(line)) and match.group(4):
        # A number that happens to stand at the beginning of a line starts no list, unless it is a 1.
        return in_list or match.group(2)[:-1] in ("", "1")
    return bool(HEADING.fullmatch(line) or RULE.fullmatch(line) or FENCE.fullmatch(line) or QUOTE.fullmatch(line))


def indent_of(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def is_undecided(partial: str, *, in_quote: bool = False) -> bool:
    """Whether an unfinished line, or what is quoted in one, may still turn into a marker."""
    if _UNDECIDED.fullmatch(partial):
        return True
    return not in_quote and _UNDECIDED_TASK.fullmatch(partial) is not None


def language_of(info: str) -> str:
    return info.split(maxsplit=1)[0].strip("{}.").lower()[:32] if info.strip() else ""


def cells_of(line: str) -> list[str]:
    line = line.strip().removeprefix("|")
    if line.endswith("|") and not line.endswith("\\|"):
        line = line[:-1]
    cells: list[str] = []
    position = 0
    while position <= len(line):
        match = _CELL.match(line, position)
        end = match.end() if match else position
        if end < len(line) and line[end] == "\\":
            end += 1
        cells.append(line[position:end].strip().replace("\\|", "|"))
        position = end + 1
    return cells[:64]


def align_of(mark: str) -> Align:
    if mark.endswith(":"):
        return "center" if mark.startswith(":") else "right"
    return "left"


def may_become_table(lines: list[str]) -> bool:
    return len(lines) == 1 and lines[0].startswith("|")
