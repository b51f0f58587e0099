"""Takes the terminal's bytes apart into events, as Textual does, but for pastes and bytes that are no UTF-8.

What is pasted is text to its very end. Textual looks for keys in it: an Escape in a paste pressed what came after it,
and an end that the network delivered in two pieces was never seen, which left the keyboard dead.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator

from textual._xterm_parser import XTermParser
from textual.events import Paste
from textual.message import Message

_BEGIN = "\x1b[200~"
_END = "\x1b[201~"
_MOST_CUT = len(_END) - 1
_FLOOD = re.compile(r"[^\x00-\x1f\x7f-\x9f]{81,}")
"""Nobody types as much by one read. As keys, each shown by itself, 10,000 characters took half a minute."""
_KEYS_OF_FLOOD = 40
"""Its first characters may still belong to a sequence, which Textual ends after 32."""
_PIECE = 1_000
"""The longest text that a composer shows as it is."""


class PasteParser(XTermParser):
    """Lets Textual see the beginning and the end of a paste and nothing between them."""

    def __init__(self, *, debug: bool = False) -> None:
        super().__init__(debug)
        self._before = ""
        """The last characters outside of a paste: the beginning of one may come in pieces."""
        self._pasted: list[str] | None = None
        """The paste that has not ended; the last piece holds any part of the end that has come."""

    def feed(self, data: str) -> Iterable[Message]:
        if not data:
            yield from super().feed(data)
        while data:
            if self._pasted is None:
                data = yield from self._type(data)
            else:
                data = yield from self._paste(self._pasted, data)

    def _type(self, data: str) -> Generator[Message, None, str]:
        """What comes after the beginning of a paste is left."""
        seen = self._before + data
        at = seen.find(_BEGIN)
        if at < 0:
            self._before = seen[-_MOST_CUT:]
            yield from self._keys(data)
            return ""
        rest = seen[at + len(_BEGIN) :]
        self._before, self._pasted = "", [""]
        yield from self._keys(data[: len(data) - len(rest)])
        return rest

    def _keys(self, data: str) -> Iterator[Message]:
        """Keys, and pastes that the terminal has not marked as such."""
        at = 0
        for flood in _FLOOD.finditer(data):
            begin = flood.start() + _KEYS_OF_FLOOD
            yield from super().feed(data[at:begin])
            at = flood.end()
            yield from (Paste(data[start : min(start + _PIECE, at)]) for start in range(begin, at, _PIECE))
        if at < len(data):
            yield from super().feed(data[at:])

    def _paste(self, pasted: list[str], data: str) -> Generator[Message, None, str]:
        """What comes after its end is left."""
        last = pasted.pop() + data
        at = last.find(_END)
        if at < 0:
            pasted += [last[:-_MOST_CUT], last[-_MOST_CUT:]]
            return ""
        self._pasted = None
        for event in super().feed(_END):
            if not isinstance(event, Paste):  # an empty one, for what it has not seen
                yield event
        yield Paste("".join([*pasted, last[:at]]).replace("\x00", ""))
        return last[at + len(_END) :]
