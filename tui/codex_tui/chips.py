"""Long pastes as chips: `[pasted 152 lines #1]` stands in the text field, what was pasted is sent. Pure.

In the document a chip begins with MARK, drawn as `[`. Nobody can type or paste that character: a text field holds a
stand-in for it (see `stand_ins`). So nothing that only looks like a chip is taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

LONG_LINES = 10
LONG_CHARACTERS = 1_000
"""A paste with more of either becomes a chip."""
MARK = "\U0010fffd"
KEPT_CHARACTERS = 8_000_000
"""Of all pastes together; the oldest that is not in the document goes first."""

_WORDS = r"pasted [\d,]+ (?:lines|characters) #(\d+)\]"
_CHIP = re.compile(MARK + _WORDS)
_SHOWN = re.compile(r"\[" + _WORDS)


class Chips:
    """What was pasted into one text field, by number."""

    def __init__(self) -> None:
        self._pasted: dict[int, str] = {}
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._pasted)

    def take(self, text: str, document: str = "") -> str:
        """Keep a paste; returns its chip. `document` is what the field holds: what is in it stays."""
        number = next((known for known, pasted in self._pasted.items() if pasted == text), 0)
        if not number:
            self._count = number = self._count + 1
            self._pasted[number] = text
            self._forget_oldest(document, but=number)
        return self._chip(number)

    def expand(self, document: str, restore: Callable[[str], str]) -> str:
        """The text itself; `restore` is for what stands between the chips."""
        if not self._pasted or MARK not in document:
            return restore(document)
        parts: list[str] = []
        at = 0
        for start, end, number in self._found(document):
            parts += (restore(document[at:start]), self._pasted[number])
            at = end
        return "".join([*parts, restore(document[at:])])

    def hold(self, text: str, hide: Callable[[str], str]) -> str:
        """`text` for the document: its chips as they are, what stands between them hidden by `hide`."""
        if MARK not in text:
            return hide(text)
        parts: list[str] = []
        at = 0
        for start, end, _ in self._found(text):
            parts += (hide(text[at:start]), text[start:end])
            at = end
        return "".join([*parts, hide(text[at:])])

    def fold(self, text: str) -> str:
        """`text` with a chip for each paste that is in it: one that comes back looks as it went."""
        for number, pasted in sorted(self._pasted.items(), key=lambda known: -len(known[1])):
            if pasted in text:
                text = text.replace(pasted, self._chip(number))
        return text

    def span(self, line: str, column: int, *, touching: bool = False) -> tuple[int, int] | None:
        """Where the chip around `column` begins and ends; `touching`: also one that ends or begins there."""
        if MARK not in line:
            return None
        for start, end, _ in self._found(line):
            if start < column < end or (touching and start <= column <= end):
                return start, end
        return None

    def spans(self, line: str) -> Iterator[tuple[int, int]]:
        if MARK in line:
            for start, end, _ in self._found(line):
                yield start, end

    def shown(self, document: str) -> str:
        """What can leave the field and come back, by `taken_back`: chips as people read them."""
        return document.replace(MARK, "[")

    def taken_back(self, text: str) -> str:
        """What was `shown`, perhaps changed, with its chips."""
        return _SHOWN.sub(lambda found: self._chip(int(found[1])) if int(found[1]) in self._pasted else found[0], text)

    def kept(self, document: str) -> dict[str, str]:
        """The pastes of the chips in `document`, by number, to be stored with what is `shown`."""
        return {str(number): self._pasted[number] for _, _, number in self._found(document)}

    def restored(self, text: str, kept: Mapping[str, str]) -> str:
        """`text` as it was `shown` before, with its chips, which may have other numbers now."""
        return _SHOWN.sub(lambda found: self.take(kept[found[1]]) if found[1] in kept else found[0], text)

    def _found(self, text: str) -> Iterator[tuple[int, int, int]]:
        for found in _CHIP.finditer(text):
            if (number := int(found[1])) in self._pasted:
                yield found.start(), found.end(), number

    def _chip(self, number: int) -> str:
        text = self._pasted[number]
        lines = text.count("\n") + (not text.endswith("\n"))
        much = f"{lines:,} lines" if lines > LONG_LINES else f"{len(text):,} characters"
        return f"{MARK}pasted {much} #{number}]"

    def _forget_oldest(self, document: str, *, but: int) -> None:
        here = {number for _, _, number in self._found(document)} | {but}
        for number in list(self._pasted):
            if sum(map(len, self._pasted.values())) <= KEPT_CHARACTERS:
                return
            if number not in here:
                del self._pasted[number]


def is_long(text: str) -> bool:
    return len(text) > LONG_CHARACTERS or text.count("\n") >= LONG_LINES
