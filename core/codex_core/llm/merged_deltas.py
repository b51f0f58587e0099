"""Makes one event of neighbours in a stream of server-sent events that go on with the same text.

A model speaks in words, and to take an event apart costs LiteLLM half a millisecond however little is in it. What is
not known to be a piece of one text and nothing else is passed on byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_END: Final = b"\n\n"
"""Of an event. What a server that ends its lines in another way sends is passed on as it is."""

_BEFORE_TEXT: Final = re.compile(
    rb"""
    "delta":\s*\{\s*
    (?: # Chat Completions: an answer, or what was thought
        (?:"role":\s*"assistant",\s*)?(?:"\w+":\s*null,\s*)*+"(?:content|reasoning|reasoning_content)"
        # its calls, once they have a name
      | (?P<call>"tool_calls":\s*\[\s*\{\s*"index":\s*\d+,\s*"function":\s*\{\s*"arguments")
        # Anthropic
      | "type":\s*"(?:text|thinking|input_json)_delta",\s*"(?:text|thinking|partial_json)"
    )
    :\s*"
    """,
    re.VERBOSE,
)
"""It is not in a text: there its quotes would be escaped."""
_TEXT: Final = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_AFTER_TEXT: Final = re.compile(rb'"\s*(?:,\s*"\w+":\s*(?:null|"assistant")\s*)*+\}')
_AFTER_ARGUMENTS: Final = re.compile(rb'"\s*\}\s*\}\s*\]\s*\}')
_PADDING: Final = re.compile(rb',\s*"obfuscation":\s*"\w*+"')
"""OpenAI hides the length of a word behind letters that mean nothing, others in each event."""


class DeltaMerger:
    """For one stream. It holds nothing back: what is merged are whole events that came by one read."""

    def __init__(self) -> None:
        self._is_inside = False
        """The last read ended in the middle of an event."""

    def merge(self, data: bytes) -> bytes:
        """Return what stands for `data`, the next bytes of the stream."""
        end = data.rfind(_END) + len(_END)
        if end < len(_END):
            self._is_inside = self._is_inside or bool(data)
            return data
        start = data.find(_END) + len(_END) if self._is_inside else 0
        self._is_inside = end < len(data)
        events = data[start : end - len(_END)].split(_END) if start < end else []
        if len(events) < 2:
            return data
        return b"".join((data[:start], *(event + _END for event in _merged(events)), data[end:]))


def _merged(events: list[bytes]) -> Iterator[bytes]:
    run: list[bytes] = []
    around: tuple[bytes, bytes] | None = None
    for event in events:
        before, text, after = _parts(event)
        if around is not None and around == (before, after):
            run.append(text)
            continue
        if around is not None:
            yield b"".join((around[0], *run, around[1]))
        if after:
            around, run = (before, after), [text]
        else:
            around = None
            yield event
    if around is not None:
        yield b"".join((around[0], *run, around[1]))


def _parts(event: bytes) -> tuple[bytes, bytes, bytes]:
    """What is before the text of an event, the text as it is written, and what is after it; that if there is one."""
    found = _BEFORE_TEXT.search(event)
    if found is None or event.count(b'"delta"') > 1:
        return event, b"", b""
    text = _TEXT.match(event, found.end())
    after = _AFTER_TEXT if found["call"] is None else _AFTER_ARGUMENTS
    if text is None or after.match(event, text.end()) is None:
        return event, b"", b""
    return event[: text.start()], text[0], _PADDING.sub(b"", event[text.end() :])
