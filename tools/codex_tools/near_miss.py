"""Why a piece of text was not found: the place that is nearest to it, and what differs there."""

from __future__ import annotations

import re
from collections import Counter

from codex_core.spelling import close_to
from codex_tools.text_codec import visible

_SHOWN_LINES = 12
_FUZZY_LINES = 2_000
"""In longer files only lines that are equal but for spaces and quotes count as near."""
_COMMON_LINE = 200
"""A line that occurs more often says nothing about the place."""
_NUMBERED = re.compile(r"^\s*\d+\t", re.MULTILINE)
TYPOGRAPHIC = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "})


def describe_near_miss(text: str, wanted: str) -> str:
    """Words for the model. Both texts have LF line ends."""
    if len(_NUMBERED.findall(wanted)) == wanted.rstrip("\n").count("\n") + 1:
        return "It begins each line with a line number as read_file shows them: leave those out."
    lines, sought = _lines(visible(text)), _lines(wanted)
    start = _nearest(lines, sought)
    if start is None:
        return "Nothing like it is in the file. Read it again; it may have changed."
    found = lines[start : start + len(sought)]
    shown = "\n".join(f"{number:>5}\t{line}" for number, line in enumerate(found[:_SHOWN_LINES], start=start + 1))
    cut = "\n      …" if len(found) > _SHOWN_LINES else ""
    return f"The nearest place starts at line {start + 1}:\n{shown}{cut}\n{_difference(found, sought, start)}"


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" and len(lines) > 1 else lines


def _nearest(lines: list[str], sought: list[str]) -> int | None:
    """The index of the line where most of the sought lines are where they should be."""
    votes: Counter[int] = Counter()
    places: dict[str, list[int]] = {}
    for index, line in enumerate(lines):
        places.setdefault(_key(line), []).append(index)
    for offset, line in enumerate(sought):
        key = _key(line)
        found = places.get(key, []) if key else []
        if len(found) <= _COMMON_LINE:
            votes.update(index - offset for index in found if index >= offset)
    if votes:
        return max(votes, key=lambda start: (votes[start], -start))
    return _fuzzy(lines, sought)


def _fuzzy(lines: list[str], sought: list[str]) -> int | None:
    """Where the line stands that is most like the longest sought one."""
    if len(lines) > _FUZZY_LINES:
        return None
    offset, longest = max(enumerate(sought), key=lambda pair: len(pair[1].strip()))
    candidates = {line.strip()[:200]: index for index, line in reversed(list(enumerate(lines))) if line.strip()}
    near = close_to(longest.strip()[:200], candidates)
    return max(0, candidates[near[0]] - offset) if near else None


def _key(line: str) -> str:
    """What is left of a line when spaces and kinds of quotes do not count."""
    return "".join(line.translate(TYPOGRAPHIC).replace("'", '"').split())


def _difference(found: list[str], sought: list[str], start: int) -> str:
    for offset, line in enumerate(sought):
        if offset >= len(found):
            return f"The file ends after line {start + len(found)}, but the text looked for goes on."
        if (offset == 0 and found[0].endswith(line)) or (offset == len(sought) - 1 and found[offset].startswith(line)):
            continue
        if found[offset] != line:
            what = f"Line {start + offset + 1} differs {_kind(found[offset], line)}."
            return f"{what}\n  the file has: {found[offset]!r}\n  you wrote:    {line!r}"
    return "Line for line it is the same: look at the first and the last line of what you wrote."


def _kind(in_file: str, sought: str) -> str:
    if in_file.strip() == sought.strip():
        if in_file.lstrip() == sought.lstrip():
            return f"in indentation: the file has {_indent(in_file)}, what you wrote {_indent(sought)}"
        return "in spaces at its end"
    if in_file.split() == sought.split() or "".join(in_file.split()) == "".join(sought.split()):
        return "in spaces"
    if _key(in_file) == _key(sought):
        return "in its quotes, dashes or spaces"
    return "in its text"


def _indent(line: str) -> str:
    blank = line[: len(line) - len(line.lstrip())]
    if not blank:
        return "none"
    tabs, spaces = blank.count("\t"), blank.count(" ")
    words = [f"{count} {name}{'s' * (count != 1)}" for count, name in ((tabs, "tab"), (spaces, "space")) if count]
    return " and ".join(words) or repr(blank)
