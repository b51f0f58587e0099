"""What a tool call of a server came to, made into text for the model: bounded, images and files noted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from codex_core.protocol import Json, JsonObject
from codex_tools.mcp.text import one_line, well_formed

MAX_TEXT = 40_000
"""Characters; about 10,000 tokens."""


def result_text(result: JsonObject) -> str:
    """Return the text of a `tools/call` result (`content`, `structuredContent`), cut in the middle if it is long."""
    content = result.get("content")
    blocks = content if isinstance(content, list) else []
    parts = [_block_text(cast(JsonObject, block)) for block in blocks if isinstance(block, Mapping)]
    structured = result.get("structuredContent")
    if structured is not None and not _says(parts, structured):
        parts.append(json.dumps(structured, ensure_ascii=False))
    return cut_middle(well_formed("\n".join(parts)), limit=MAX_TEXT)


def cut_middle(text: str, *, limit: int) -> str:
    """Keep head and tail of a text that is longer than `limit` characters, and say exactly what is missing."""
    if len(text) <= limit:
        return text
    head = limit * 2 // 3
    tail = limit - head
    note = f"\n[{len(text) - limit:,} of {len(text):,} characters are left out here]\n"
    return text[:head] + note + text[-tail:]


def _block_text(block: JsonObject) -> str:
    match block.get("type"):
        case "text":
            return str(block.get("text", ""))
        case "image" | "audio" as kind:
            return f"[{kind}, {_label(block, 'mimeType')}, {_decoded_size(block.get('data')):,} bytes: not shown]"
        case "resource_link":
            return f"[link to the resource {_label(block, 'uri')} {_label(block, 'name')}]"
        case "resource":
            return _resource_text(block.get("resource"))
        case kind:
            return f"[content of the unknown type {one_line(str(kind), limit=40)}]"


def _resource_text(resource: Json) -> str:
    if not isinstance(resource, Mapping):
        return "[an empty resource]"
    fields = cast(JsonObject, resource)
    if isinstance(text := fields.get("text"), str):
        return f"[resource {_label(fields, 'uri')}]\n{text}"
    size = _decoded_size(fields.get("blob"))
    return f"[resource {_label(fields, 'uri')}, {_label(fields, 'mimeType')}, {size:,} bytes: not shown]"


def _label(block: JsonObject, key: str) -> str:
    return one_line(str(block.get(key) or ""), limit=200)


def _decoded_size(data: Json) -> int:
    """Bytes that a base64 text stands for."""
    return len(data.rstrip("=")) * 3 // 4 if isinstance(data, str) else 0


def _says(parts: list[str], structured: Json) -> bool:
    """Whether the text parts already hold the structured content, as servers should arrange.

    The SDK wraps what is no object as `{"result": …}`, and a list's entries are text blocks of their own.
    """
    if not any(parts):
        return False
    inner = structured.get("result") if isinstance(structured, Mapping) and len(structured) == 1 else None
    if inner is not None and isinstance(inner, str) and "\n".join(parts) == inner:
        return True
    texts = [parts[0]] if len(parts) == 1 else ["[" + ",".join(parts) + "]", parts[0]]
    for text in texts:
        try:
            if (value := cast(Json, json.loads(text))) == structured or (inner is not None and value == inner):
                return True
        except (ValueError, RecursionError):
            continue
    return isinstance(inner, list) and all(isinstance(entry, str) for entry in inner) and parts == inner
