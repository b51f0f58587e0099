"""A call as it went over the wire, in JSON: bounded, and without what looks like a secret by its name."""

from __future__ import annotations

import json
import re
from typing import cast

from codex_core.protocol import (
    ApprovalItem,
    ApprovalRequest,
    PauseItem,
    RetryItem,
    StepItem,
    ToolCallItem,
    ToolResultItem,
)
from codex_core.protocol.codec import encode_item, tag_of

TEXT_LIMIT = 4_000
"""Characters of one text that are shown."""
ENTRIES_LIMIT = 200
DEPTH_LIMIT = 12
MASK = "[masked]"

_SECRET = re.compile(r"(?i)(?:^|_|-)(?:api_?key|key|token|secret|password|passwd|authorization|cookie|opaque)s?$")


def raw_json(
    *things: ToolCallItem | ToolResultItem | StepItem | ApprovalItem | PauseItem | RetryItem | ApprovalRequest | None,
) -> str:
    """The JSON of what is there of them, an object with a member for each."""
    shown: dict[str, object] = {}
    for thing in things:
        match thing:
            case ToolCallItem() | ToolResultItem() | StepItem() | ApprovalItem() | PauseItem() | RetryItem():
                shown[tag_of(thing).removeprefix("tool_")] = _call_opened(cast(object, json.loads(encode_item(thing))))
            case ApprovalRequest():
                shown["asked"] = {
                    "request_id": thing.request_id,
                    "kind": thing.kind,
                    "summary": thing.summary,
                    "why": thing.why,
                    "verdict": thing.verdict,
                }
            case None:
                pass
    return json.dumps(_bounded(shown, DEPTH_LIMIT), indent=2, ensure_ascii=False)


def _call_opened(item: object) -> object:
    """The arguments, which are JSON in a text, as what they are."""
    if isinstance(item, dict):
        members = cast(dict[str, object], item)
        if isinstance(text := members.get("arguments"), str) and len(text) <= 50 * TEXT_LIMIT:
            try:
                return {**members, "arguments": cast(object, json.loads(text))}
            except (ValueError, RecursionError):
                return members
    return cast(object, item)


def _bounded(value: object, depth: int) -> object:
    match value:
        case str():
            cut = len(value) - TEXT_LIMIT
            return value if cut <= 0 else f"{value[:TEXT_LIMIT]} … {cut:,} more characters"
        case dict():
            if not depth:
                return "…"
            members = list(cast(dict[str, object], value).items())
            shown = {
                name[:TEXT_LIMIT]: MASK
                if _SECRET.search(name) and isinstance(inner, str) and inner
                else _bounded(inner, depth - 1)
                for name, inner in members[:ENTRIES_LIMIT]
            }
            return shown | ({"…": f"{len(members) - ENTRIES_LIMIT:,} more"} if len(members) > ENTRIES_LIMIT else {})
        case list():
            if not depth:
                return "…"
            entries = cast(list[object], value)
            more = [f"… {len(entries) - ENTRIES_LIMIT:,} more"] if len(entries) > ENTRIES_LIMIT else []
            return [*(_bounded(entry, depth - 1) for entry in entries[:ENTRIES_LIMIT]), *more]
        case _:
            return value
