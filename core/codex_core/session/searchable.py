"""What of an item is found by searching, and how a text is compared with words: as they are, letters' case aside."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from codex_core.protocol import (
    AnswerItem,
    AssistantItem,
    CompactionItem,
    Item,
    Json,
    QuestionAnswer,
    TextPart,
    ToolCallItem,
    ToolResultItem,
    UserItem,
)

HEAD, TAIL = 96_000, 32_000
"""Characters of one item that are found: its beginning and its end."""
SHOWN = 200
"""Characters of a line that are told."""

KINDS = ("user", "assistant", "tool_call", "tool_result", "compaction", "answer")
"""The items that hold such text, as the database calls them."""


def text_to_search(item: Item) -> str:
    """Return what is found of an item: what was said, asked of tools and printed; of most kinds nothing."""
    match item:
        case UserItem(parts=parts, origin=origin) if origin != "context":
            text = "\n".join(part.text for part in parts if isinstance(part, TextPart))
        case AssistantItem(text=text) | CompactionItem(summary=text) | ToolResultItem(output=text):
            pass
        case AnswerItem(answer=QuestionAnswer(text=text)):
            pass
        case ToolCallItem(name=name, arguments=arguments):
            text = f"{name} {_arguments(arguments)}"
        case _:
            return ""
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}\n{text[-TAIL:]}"


def folded(text: str) -> str:
    if text.isascii():
        return text.lower().replace("\0", " ")
    text = unicodedata.normalize("NFKC", text).casefold().replace("\0", " ")
    return text.encode(errors="replace").decode()  # half surrogate pairs


def has_all(text: str, words: Sequence[str]) -> bool:
    """Whether all of `words`, folded ones, occur in `text`."""
    text = folded(text)
    return all(word in text for word in words)


def telling_line(text: str, words: Sequence[str]) -> str:
    """Return the line in which most of `words` occur, cut around the first of them."""
    best, most = "", -1
    for line in text.splitlines():
        plain = folded(line)
        if (count := sum(word in plain for word in words)) > most:
            best, most = line, count
        if count == len(words):
            break
    places = [place for word in words if (place := folded(best).find(word)) >= 0]
    start = max(0, min(places, default=0) - SHOWN // 3)
    cut = best[start : start + SHOWN]
    return f"{'…' if start else ''}{cut.strip()}{'…' if len(best) > start + SHOWN else ''}"


def _arguments(arguments: str) -> str:
    """The values that were meant, not their escapes."""
    try:
        value = cast(Json, json.loads(arguments))
    except (ValueError, RecursionError):
        return arguments
    return "\n".join(_texts(value, 0))


def _texts(value: Json, depth: int) -> Iterator[str]:
    if depth > 20:
        return
    match value:
        case str():
            yield value
        case bool() | None:
            pass
        case int() | float():
            yield str(value)
        case Mapping():
            for each in value.values():
                yield from _texts(each, depth + 1)
        case _:
            for each in value:
                yield from _texts(each, depth + 1)
