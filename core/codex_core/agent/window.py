"""What of a session the model is sent, how much room that takes, and what of it may be summarised. Pure.

Tokens are counted by the provider where it tells them; what it has not seen yet is estimated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from codex_core.protocol import (
    AssistantItem,
    CompactionItem,
    ImagePart,
    Item,
    NoticeItem,
    ReasoningItem,
    StepItem,
    TextPart,
    ToolCallItem,
    ToolResultItem,
    UserItem,
)

_BYTES_PER_TOKEN = 4
"""Of English and code alike, with the tokenizers of today; other scripts have fewer characters, but more bytes."""
_TOKENS_PER_MESSAGE = 8
_TOKENS_PER_IMAGE = 1_500


def in_window(items: Sequence[Item]) -> Sequence[Item]:
    """Return the items that count for the model: the last compaction, what that one kept, and what came after it."""
    at = _last_compaction(items)
    if at is None:
        return items
    compaction = items[at]
    assert isinstance(compaction, CompactionItem)
    return [compaction, *_kept_before(items, at, compaction.kept_from), *items[at + 1 :]]


def _last_compaction(items: Sequence[Item]) -> int | None:
    return next((at for at in range(len(items) - 1, -1, -1) if isinstance(items[at], CompactionItem)), None)


def _kept_before(items: Sequence[Item], at: int, kept_from: str) -> list[Item]:
    if not kept_from:
        return []
    for first in range(at - 1, -1, -1):
        if getattr(items[first], "id", None) == kept_from:
            return [item for item in items[first:at] if not isinstance(item, CompactionItem)]
    return []


def estimated_tokens(text: str) -> int:
    return len(text.encode("utf-8", "replace")) // _BYTES_PER_TOKEN


def tokens_of(item: Item) -> int:
    """Estimate how many tokens an item takes in a request; 0 for what no model is sent."""
    match item:
        case UserItem(parts=parts):
            texts = sum(estimated_tokens(part.text) for part in parts if isinstance(part, TextPart))
            images = sum(_TOKENS_PER_IMAGE for part in parts if isinstance(part, ImagePart))
            return texts + images + _TOKENS_PER_MESSAGE
        case AssistantItem(text=text) | CompactionItem(summary=text):
            return estimated_tokens(text) + _TOKENS_PER_MESSAGE
        case ReasoningItem(opaque=opaque):
            return estimated_tokens(str(opaque)) if opaque is not None else 0
        case ToolCallItem(name=name, arguments=arguments):
            return estimated_tokens(name + arguments) + _TOKENS_PER_MESSAGE
        case ToolResultItem(output=output):
            return estimated_tokens(output) + _TOKENS_PER_MESSAGE
        case _:
            return 0


def used_tokens(items: Sequence[Item], fixed_tokens: int) -> int:
    """Return how many tokens the next request will have: the one measure of all that is told of it.

    `fixed_tokens` is an estimate of instructions and tools, which counts as long as the provider has told nothing.
    """
    told = told_tokens(items)
    return told.tokens if told is not None else fixed_tokens + sum(map(tokens_of, in_window(items)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldTokens:
    tokens: int
    is_measured: bool
    """By the provider; else what a compaction has left."""


def told_tokens(items: Sequence[Item]) -> ToldTokens | None:
    """Return what the newest call or compaction has told, and an estimate of what has come since; None if nothing has.

    What calls before the last compaction told is of a conversation that the model is not sent any more.
    """
    behind = 0
    """What came after that. The reply of a step is among its tokens, what a compaction kept among its own."""
    for item in reversed(items):
        match item:
            case StepItem(purpose="reply", usage=usage) if usage is not None and usage.input_tokens:
                return ToldTokens(tokens=usage.input_tokens + usage.output_tokens + behind, is_measured=True)
            case CompactionItem(tokens_after=left):
                return ToldTokens(tokens=left + behind, is_measured=False) if left else None
            case ToolResultItem() | UserItem() | ToolCallItem(by="user"):
                behind += tokens_of(item)
            case _:
                pass
    return None


def tail_to_keep(window: Sequence[Item], most_tokens: int) -> int:
    """Return from where on the items stay as they are; those before it may be summarised.

    It is where a request of the user or a reply of the model begins, so that no call is parted from its result. What
    the user has just said stays however long it is; else it is the length of `window` if not even the last piece is
    short enough.
    """
    start = len(window)
    while start and isinstance(window[start - 1], UserItem | NoticeItem):
        start -= 1
    tokens = sum(map(tokens_of, window[start:]))
    calls = {item.call_id for item in window if isinstance(item, ToolCallItem)}
    parted: set[str] = set()
    """Calls whose results have come already: the user may say something while a command of theirs runs."""
    for at in range(start - 1, -1, -1):
        item = window[at]
        if isinstance(item, CompactionItem):
            break
        tokens += tokens_of(item)
        if tokens > most_tokens:
            break
        match item:
            case ToolResultItem(call_id=call_id) if call_id in calls:
                parted.add(call_id)
            case ToolCallItem(call_id=call_id):
                parted.discard(call_id)
            case UserItem() | StepItem() if not parted:
                start = at
            case _:
                pass
    return start


def newest_prompt(items: Sequence[Item]) -> str:
    """Return what the user said last, as text; empty if it was nothing."""
    for item in reversed(items):
        if isinstance(item, UserItem) and item.origin != "context":
            return "\n".join(part.text for part in item.parts if isinstance(part, TextPart))
    return ""


def newest_plan(items: Sequence[Item], tool: str) -> str:
    """Return the arguments of the newest call of the planning tool; empty if there is none."""
    calls = (item for item in reversed(items) if isinstance(item, ToolCallItem) and item.name == tool)
    return next((item.arguments for item in islice(calls, 1)), "")


def retold(items: Sequence[Item], most_bytes: int) -> str:
    """Tell the conversation as text, for a model that shall summarise it.

    If it is too long, the middles of long pieces go first, then the oldest pieces but for the very first one.
    """
    for limit in (8_000, 2_000, 500, 150):
        pieces = [_clipped(head, text, limit) for head, text in _pieces(items)]
        if sum(len(piece.encode("utf-8", "replace")) for piece in pieces) <= most_bytes:
            return "\n\n".join(pieces)
    first, kept, left = pieces[:1], list[str](), most_bytes - 200
    for piece in reversed(pieces[1:]):
        left -= len(piece.encode("utf-8", "replace")) + 2
        if left < 0:
            break
        kept.append(piece)
    return "\n\n".join([*first, "[… left out …]", *reversed(kept)])


def _pieces(items: Sequence[Item]) -> Iterator[tuple[str, str]]:
    for item in items:
        match item:
            case UserItem(parts=parts):
                yield "User", "\n".join(part.text if isinstance(part, TextPart) else "(an image)" for part in parts)
            case AssistantItem(text=text):
                yield "Assistant", text
            case ToolCallItem(by="user", name=name, arguments=arguments):
                yield f"User runs {name}", arguments
            case ToolCallItem(name=name, arguments=arguments):
                yield f"Assistant calls {name}", arguments
            case ToolResultItem(name=name, status=status, output=output):
                yield f"{name} answers ({status})", output
            case CompactionItem(summary=summary):
                yield "Summary of what came before", summary
            case _:
                pass


def _clipped(head: str, text: str, limit: int) -> str:
    if len(text) > limit:
        text = f"{text[: limit * 2 // 3]}\n[… {len(text) - limit} characters …]\n{text[-limit // 3 :]}"
    return f"## {head}\n{text}"
