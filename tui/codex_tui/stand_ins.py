"""Characters that must not be drawn, held in a text field under others that may be, so that none of them is lost.

A text area draws what it holds, and a cursor must know how wide that is. So it holds a stand-in for each character that
`sanitize` would take out: one private character, one cell wide. `restore` gives the text itself back.
"""

from __future__ import annotations

import re

from codex_tui.sanitize import swap_unprintable

_FIRST, _LAST = 0x100000, 0x10FFFD
"""The last plane of private characters: what stands there has no meaning that could be lost."""
_PRIVATE = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}]")


class StandIns:
    """Remembers who stands for whom; one for each text field, as long as it lives."""

    def __init__(self) -> None:
        self._stand_ins: dict[str, str] = {}
        self._originals: dict[str, str] = {}
        self._restored = ("", "")
        """The text that was last restored, and what became of it: it is asked for many times between two edits."""

    def hide(self, text: str) -> str:
        """`text`, of the same length, with stand-ins."""
        # A text that has such characters of its own gets stand-ins for them too: nothing is taken for another.
        return swap_unprintable(_PRIVATE.sub(lambda found: self._stand_in(found.group()), text), self._stand_in)

    def restore(self, text: str) -> str:
        """What was hidden."""
        if not self._originals:
            return text
        if self._restored[0] != text:
            self._restored = (text, _PRIVATE.sub(lambda found: self._originals.get(found.group(), ""), text))
        return self._restored[1]

    def picture(self, text: str) -> str:
        """`text` with a sign that can be seen for each stand-in."""
        if not self._originals:
            return text
        return _PRIVATE.sub(lambda found: _sign(self._originals.get(found.group(), "")), text)

    def _stand_in(self, original: str) -> str:
        if (stand_in := self._stand_ins.get(original)) is None:
            stand_in = self._stand_ins[original] = chr(_FIRST + len(self._stand_ins))
            self._originals[stand_in] = original
        return stand_in


def _sign(original: str) -> str:
    if original and original < " ":
        return chr(0x2400 + ord(original))  # ␛ and its like
    return "␡" if original == "\x7f" else "·"
