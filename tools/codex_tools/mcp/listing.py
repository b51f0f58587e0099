"""A server's list of tools, made fit for models: what a server says of its tools is hostile text.

One bad tool would fail every model call of the session, so what providers refuse is mended or left out here.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from codex_core.protocol import Json, JsonObject
from codex_tools.mcp.names import model_names
from codex_tools.mcp.text import clean, one_line

MAX_TOOLS = 100
"""Of one server. OpenAI takes 128 in a whole request and refuses it if there is one more, and ours are among them."""
MAX_DESCRIPTION = 4_000
MAX_SCHEMA_BYTES = 20_000
MAX_DEPTH = 24

_PROPERTY = re.compile(r"[a-zA-Z0-9_.-]{1,64}\Z")
"""What Anthropic takes as a property's name."""
_NOT_AT_THE_TOP = ("$schema", "$id", "anyOf", "oneOf", "allOf", "not", "enum", "const")
"""Providers want a plain object at the top and refuse these. The server checks the arguments itself anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTool:
    name: str
    """The server's own name."""
    model_name: str
    description: str
    schema: JsonObject

    def to_json(self) -> JsonObject:
        return {
            "name": self.name,
            "model_name": self.model_name,
            "description": self.description,
            "schema": self.schema,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    tools: tuple[ListedTool, ...]
    left_out: tuple[str, ...]
    """A sentence for each tool, or each kind of tools, that is not offered."""


class _Refused(Exception):
    pass


def read_listing(
    server: str, raw: Sequence[JsonObject], *, enabled: Sequence[str] = (), disabled: Sequence[str] = ()
) -> Listing:
    """Turn `tools/list` entries (`name`, `description`, `inputSchema`) into tools.

    `enabled` (all if empty) and `disabled` are the user's choice, by the server's names.
    """
    chosen: dict[str, JsonObject] = {}
    left_out: list[str] = []
    for entry in raw:
        name = entry.get("name")
        if not isinstance(name, str) or not name or len(name) > 1024:
            left_out.append("a tool without a usable name")
        elif (not enabled or name in enabled) and name not in disabled:
            chosen.setdefault(name, entry)
    tools: list[ListedTool] = []
    names = model_names(server, tuple(chosen))
    for name, entry in chosen.items():
        if len(tools) == MAX_TOOLS:
            left_out.append(f"{len(chosen) - MAX_TOOLS} of {len(chosen)} tools: choose with enabled_tools")
            break
        try:
            schema = fit_schema(entry.get("inputSchema"))
        except _Refused as refusal:
            left_out.append(f"{one_line(name, limit=80)}: {refusal}")
            continue
        description = entry.get("description")
        tools.append(
            ListedTool(
                name=name,
                model_name=names[name],
                description=clean(description, limit=MAX_DESCRIPTION) if isinstance(description, str) else "",
                schema=schema,
            )
        )
    return Listing(tools=tuple(tools), left_out=tuple(dict.fromkeys(left_out))[:20])


def fit_schema(raw: Json) -> JsonObject:
    """Return an object schema that providers take.

    Raises:
        _Refused: it is no object schema, or names a property that no provider takes.
    """
    if not isinstance(raw, Mapping):
        raise _Refused("its schema is no object")
    if raw.get("type", "object") != "object":
        raise _Refused("its schema is not of type object")
    try:
        # Measured before it is walked: a schema may be wide, deep, or both.
        is_small = len(json.dumps(raw)) <= MAX_SCHEMA_BYTES
        schema = cast(dict[str, Json], _fit(raw, depth=0)) if is_small else None
    except (RecursionError, ValueError, _TooDeep):  # ValueError: an integer of thousands of digits
        schema = None
    if schema is None:
        return {"type": "object", "properties": {}}
    for key in _NOT_AT_THE_TOP:
        schema.pop(key, None)
    properties = schema.get("properties")
    known: dict[str, Json] = properties if isinstance(properties, dict) else {}
    for name in known:
        if not _PROPERTY.match(name):
            raise _Refused(f'providers refuse the property name "{one_line(name, limit=80)}"')
    required = schema.get("required")
    names = required if isinstance(required, list) else []
    fitting: list[Json] = [name for name in names if isinstance(name, str) and name in known]
    return {"type": "object"} | schema | {"properties": known, "required": fitting}


class _TooDeep(Exception):
    pass


def _fit(value: Json, *, depth: int) -> Json:
    """A copy without hidden characters and without numbers that JSON cannot say."""
    if depth > MAX_DEPTH:
        raise _TooDeep
    match value:
        case str():
            return clean(value, limit=MAX_DESCRIPTION)
        case float() if not math.isfinite(value):
            return None
        case Mapping():
            return {clean(key, limit=256): _fit(entry, depth=depth + 1) for key, entry in value.items()}
        case Sequence():
            return [_fit(entry, depth=depth + 1) for entry in value]
        case _:
            return value
