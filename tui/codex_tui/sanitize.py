"""Makes text of models, programs and repositories harmless to print: plain characters of a known width.

Nothing that comes out can move the cursor, change a colour, reorder what is read, or have no width of its own beside a
few combining marks. Two strengths: prose drops invisible characters; code (`reveal=True`: commands, diffs, paths,
anything that a user approves) drops nothing and shows them, so that what is approved is what is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from unicodedata import category

TAB = 4
LINE_LIMIT = 4_000
"""Characters of one line that are shown; `clip` says how many follow."""
COMBINING_LIMIT = 3
"""Marks that may sit on one character: enough for every living script."""

_CLEAN_ASCII = re.compile(r"[\n\x20-\x7e]*")
_STRING_SEQUENCE = r"(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c|(?=\x1b)|$)"
_CONTROL_SEQUENCE = r"(?:\x1b\[|\x9b)[0-?]*[ -/]*(?:[@-~]|$|(?=[^ -~]))"
_SHORT_SEQUENCE = r"\x1b[ -/]*[0-~]?"
_ESCAPES = re.compile(f"{_STRING_SEQUENCE}|{_CONTROL_SEQUENCE}|{_SHORT_SEQUENCE}", re.MULTILINE)
_OVERSTRIKE = re.compile(r"[^\n\x08]\x08")

_REORDERING = "\u202a-\u202e\u2066-\u2069"
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff\U0001d173-\U0001d17a\U0001bca0-\U0001bca3"
)
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_BROKEN = "\ud800-\udfff\ufffe\uffff"
_SEPARATORS = "\u2028\u2029"
_SUSPECT = re.compile(f"[{_CONTROLS}{_INVISIBLE}{_REORDERING}{_BROKEN}{_SEPARATORS}]")
_EMOJI_JOINTS = re.compile("(?<=[\u2190-\u2bff\U0001f000-\U0001faff])[\ufe0e\ufe0f]")
_NON_ASCII_RUN = re.compile(f"[^\x00-\x7f]{{{COMBINING_LIMIT + 2},}}")


def is_clean(text: str) -> bool:
    """Whether `sanitize` would return `text` as it is; may say no for text that only looks unusual."""
    return _CLEAN_ASCII.fullmatch(text) is not None


def sanitize(text: str, *, reveal: bool = False) -> str:
    """`text` as printable lines separated by `\\n`, tabs expanded; lines keep their length (see `clip`)."""
    if _CLEAN_ASCII.fullmatch(text):
        return text
    text = text.replace("\r\n", "\n")
    if not reveal:
        text = _settle_overstrikes(_settle_returns(_ESCAPES.sub("", text)))
    if "\t" in text:
        text = "\n".join(line.expandtabs(TAB) for line in text.split("\n"))
    if not text.isascii():
        text = _NON_ASCII_RUN.sub(_calm_marks, _EMOJI_JOINTS.sub("", text))
    return _SUSPECT.sub(_revealed if reveal else _printable, text)


def sanitize_line(text: str, *, reveal: bool = False) -> str:
    """`text` as one printable line: line breaks become spaces."""
    return sanitize(text, reveal=reveal).replace("\n", " ")


def swap_unprintable(text: str, swap: Callable[[str], str]) -> str:
    """`text` with what `swap` makes of each character that must not be printed; tabs and line feeds are left."""
    if _CLEAN_ASCII.fullmatch(text):
        return text
    if not text.isascii():
        text = _NON_ASCII_RUN.sub(lambda run: _calm_marks(run, swap), text)
    return _SUSPECT.sub(lambda suspect: swap(suspect.group()), text)


def clip(line: str, limit: int = LINE_LIMIT) -> str:
    """`line`, cut to `limit` characters with a note of how many more there are."""
    if len(line) <= limit:
        return line
    return f"{line[:limit]} … {len(line) - limit:,} more characters"


def _settle_returns(text: str) -> str:
    # A progress bar rewrites its line: what would be left standing is its last state.
    if "\r" not in text:
        return text
    lines: list[str] = []
    for line in text.split("\n"):
        states = [state for state in line.split("\r") if state.strip()]
        lines.append(states[-1] if states else "")
    return "\n".join(lines)


def _settle_overstrikes(text: str) -> str:
    if "\b" not in text:
        return text
    # Old manual pages print bold as `x\bx`. Each pass removes one level; hostile depths end as dropped controls.
    for _ in range(8):
        text, changed = _OVERSTRIKE.subn("", text)
        if not changed:
            break
    return text


def _calm_marks(run: re.Match[str], swap: Callable[[str], str] = lambda _: "") -> str:
    calm: list[str] = []
    marks = 0
    for character in run.group():
        marks = marks + 1 if category(character)[0] == "M" else 0
        calm.append(character if marks <= COMBINING_LIMIT else swap(character))
    return "".join(calm)


def _printable(match: re.Match[str]) -> str:
    character = match.group()
    if character in "\u2028\u2029":
        return " "
    if "\ud800" <= character <= "\udfff" or character in "\ufffe\uffff":
        return "\ufffd"
    if "\u202a" <= character <= "\u202e" or "\u2066" <= character <= "\u2069":
        return f"⟨U+{ord(character):04X}⟩"
    return ""


def _revealed(match: re.Match[str]) -> str:
    character = match.group()
    if character < " ":
        return f"⟨^{chr(ord(character) + 64)}⟩"
    return f"⟨U+{ord(character):04X}⟩"
