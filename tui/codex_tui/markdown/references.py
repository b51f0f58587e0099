"""Reference links: `[text][label]` in a text, and `[label]: address` in a line of its own, which may come later.

Where a label leads is told only when the text is whole: until then what is drawn depends on nothing that may follow,
and a definition at the end of a long answer has what is above it drawn again but once.
"""

from __future__ import annotations

import re

_LABEL = r"\[((?!\^)(?:[^\[\]\\]|\\.){1,999})\]"
# CommonMark takes any word for an address, and shows nothing of the line: `[TODO]: later` would be gone.
_ADDRESS = r"<[^<>\s]*>|[A-Za-z][\w+.-]*:[^\s]+|[./#?][^\s]*|[\w~-]+(?:\.[\w-]+)+(?:[/?#][^\s]*)?|[\w.~-]+/[^\s]*"
_DEFINITION = re.compile(rf" {{0,3}}{_LABEL}:[ \t]*({_ADDRESS})(?:[ \t]+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?[ \t]*")
_BEGUN = re.compile(rf" {{0,3}}{_LABEL}:[ \t]*[^\s]*[ \t]*(?:[\"'(].*)?")


class References:
    """Those of one text. Labels that differ in case or white space only are the same; the first definition counts."""

    __slots__ = ("_addresses", "is_whole")

    def __init__(self) -> None:
        self._addresses: dict[str, str] = {}
        self.is_whole = False
        """Nothing follows: addresses are told from now on."""

    def __len__(self) -> int:
        return len(self._addresses)

    def take(self, line: str) -> bool:
        """Whether the line is a definition; it is shown no further then."""
        if (match := _DEFINITION.fullmatch(line)) is None or not match.group(1).strip():
            return False
        self._addresses.setdefault(_folded(match.group(1)), match.group(2).strip("<>"))
        return True

    def address(self, label: str) -> str | None:
        """Where a label leads, as written; None while that is not known."""
        return self._addresses.get(_folded(label)) if self.is_whole and self._addresses else None


def may_define(partial: str) -> bool:
    """Whether an unfinished line may become a definition."""
    return _BEGUN.fullmatch(partial) is not None


def _folded(label: str) -> str:
    return " ".join(label.split()).casefold()
