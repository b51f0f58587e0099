"""A call as the rules of danger look at it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from codex_core.policy.places import Surroundings, absolute, is_inside, is_wide

Found = tuple[str, str]
"""The rule's name, and a sentence for the user."""
_UNKNOWN = re.compile(r"[$`…]|<\(|\{\}")


class Call:
    """A call, with the questions that rules ask of it."""

    def __init__(self, program: str, words: Sequence[str], folder: Path | None, around: Surroundings) -> None:
        self.program = program
        self.words = words
        self.folder = folder
        self.around = around
        end = words.index("--") if "--" in words else len(words)
        self.flags = "".join(word[1:] for word in words[:end] if re.match(r"-[A-Za-z]", word))
        self.operands = [w for w in words[:end] if not w.startswith("-") or w == "-"] + list(words[end + 1 :])

    def has(self, *names: str) -> bool:
        """Whether a long option is given, maybe shortened as GNU programs allow."""
        return any(
            word.startswith("--") and len(word) > 2 and name.startswith(word.partition("=")[0])
            for word in self.words
            for name in names
        )

    def wide(self) -> str:
        return next((path for path in self.operands if is_wide(path, self.folder, self.around)), "")

    def outside(self) -> str:
        """The first operand that lies outside of what may be written, as far as it is known."""
        for path in self.operands:
            whole = absolute(path, self.folder)
            if whole.startswith(("/", "..", "~")) and not is_inside(whole, self.around):
                return path
        return ""

    def unknown(self) -> str:
        return next((path for path in self.operands if _UNKNOWN.search(path)), "")
