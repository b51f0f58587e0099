"""How items, lines of the audit log and sums stand in the rows of the database, and what is read of those rows."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, cast

from codex_core.protocol import (
    AssistantItem,
    AuditEntry,
    Item,
    Json,
    SessionCorrupt,
    ToolCallItem,
    ToolResultItem,
    Unknown,
    Usage,
    new_id,
)
from codex_core.protocol.codec import decode_item, decode_value, encode_item, tag_of
from codex_core.session.database import Row, Value, bound, text_of

ItemState: TypeAlias = Literal["complete", "partial"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    at: float
    entry: AuditEntry


CheckpointKind: TypeAlias = Literal["turn", "call", "after", "rewind", "rewound"]
"""`turn`: as a turn began. `call`, `after`: before a call and after it. `rewind`, `rewound`: likewise for a rewind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRow:
    seq: int
    """Of the newest item then."""
    kind: CheckpointKind
    ref: str
    """The id of the prompt, of the call, of the rewind."""
    checkpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmark:
    """A prompt or a rewind, whether it counts or not."""

    seq: int
    item_id: str


def item_row(session_id: str, seq: int, item: Item, state: ItemState) -> tuple[Value, ...]:
    """The columns `session_id, seq, item_id, kind, call_id, at, state, data` of an item."""
    match item:
        case Unknown(extra=extra):
            item_id, at, call_id = extra.get("id"), extra.get("at"), extra.get("call_id")
        case ToolCallItem(call_id=call_id) | ToolResultItem(call_id=call_id):
            item_id, at = item.id, item.at
        case _:
            item_id, at, call_id = item.id, item.at, None
    return (
        session_id,
        seq,
        bound(item_id if isinstance(item_id, str) else new_id("item")),
        bound(tag_of(item)),
        bound(call_id) if isinstance(call_id, str) else None,
        at if isinstance(at, (int, float)) else time.time(),
        state,
        encode_item(item),
    )


def item_of(row: Row, *, strict: bool) -> Item:
    """The item of a row `seq, kind, state, data`; one that cannot be read is `Unknown` and says why.

    Raises:
        SessionCorrupt: `strict`, and it cannot be read.
    """
    seq, kind, state, data = row
    try:
        item = decode_item(text_of(data))
    except SessionCorrupt as error:
        if strict:
            raise SessionCorrupt(f"row {seq}: {error}") from error
        return Unknown(tag=text_of(kind), extra={"row": cast(int, seq), "damage": str(error)})
    if state == "complete" or not isinstance(item, AssistantItem):
        return item
    return replace(item, truncated=True, superseded=state == "superseded")


def entry_of(kind: str, data: str) -> AuditEntry:
    try:
        return decode_value(AuditEntry, cast(Json, json.loads(data)))
    except (SessionCorrupt, ValueError, RecursionError) as error:
        return Unknown(tag=kind, extra={"damage": str(error)})


def usage_of(row: Row) -> Usage:
    """The tokens of a row `input, cached, output, reasoning, cost, is_estimate`."""
    tokens = cast(list[int], row[:4])
    return Usage(
        input_tokens=tokens[0],
        cached_input_tokens=tokens[1],
        output_tokens=tokens[2],
        reasoning_tokens=tokens[3],
        cost_usd=cast("float | None", row[4]),
        is_estimate=bool(row[5]),
    )
