"""How a program may be called to be harmless: the options that are known, and what it does with its operands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a program may be called."""

    flags: str | None = None
    """Short options without a value; None: every option is harmless."""
    values: str = ""
    """Short options with a value."""
    long: frozenset[str] = frozenset()
    """Long options, without their value."""
    long_values: frozenset[str] = frozenset()
    """Those of them that take the next word as their value when there is no `=`."""
    reads: Literal["content", "names", "nothing"] = "content"
    """What it tells of the files that it is given."""
    most_operands: int = 1_000
    pattern_first: bool = False
    """Its first operand is a pattern or a program text, not a file."""


def form_of(
    flags: str = "",
    values: str = "",
    long: str = "",
    long_values: str = "",
    *,
    reads: Literal["content", "names", "nothing"] = "content",
    most_operands: int = 1_000,
    pattern_first: bool = False,
) -> Form:
    return Form(
        flags=flags,
        values=values,
        long=frozenset(("--help", "--version", *long.split(), *long_values.split())),
        long_values=frozenset(long_values.split()),
        reads=reads,
        most_operands=most_operands,
        pattern_first=pattern_first,
    )
