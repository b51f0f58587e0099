"""One line of a diff."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Sign: TypeAlias = Literal[" ", "+", "-", "\\"]


class DiffLine(NamedTuple):
    sign: Sign
    old: int
    """Its number before; that of the line that follows, if it is not there."""
    new: int
    text: str
    side_index: int
    """Its place among the lines of its side, for the colours."""
    run: int
    """Which run of changed lines it belongs to; -1 if it is unchanged."""

    @property
    def number(self) -> int:
        """On its own side."""
        return self.old if self.sign == "-" else self.new
