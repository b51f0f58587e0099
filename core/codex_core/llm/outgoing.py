"""Prepares a request for the provider that gets it: thinking blocks, ids, names, cache marks.

Takes the messages of `codex_core.agent.messages` as they are and makes what LiteLLM should be given. Pure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from codex_core.llm.endpoints import prefix_of
from codex_core.protocol import Json, JsonObject, ToolSpec

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_CACHE_MARK: JsonObject = {"type": "ephemeral"}

_IDS: Mapping[str, tuple[str, int]] = {
    # What ids of calls must look like, and how long ours are. Elsewhere: `_ANY_ID`.
    "mistral": (r"[a-zA-Z0-9]{9}", 9),
    "codestral": (r"[a-zA-Z0-9]{9}", 9),
    # LiteLLM hides Gemini's thought signatures in the ids: they must come back whole.
    "gemini": (r".+", 24),
    "vertex_ai": (r".+", 24),
}
_ANY_ID = (r"[a-zA-Z0-9_-]{1,40}", 24)  # OpenAI: at most 40 characters; Anthropic: this alphabet

_WANTS_REASONING_BACK = ("deepseek", "moonshot")
"""Providers whose reasoning is plain text, and who refuse a tool result if the reasoning before it is missing."""


def tools_for(specs: Iterable[ToolSpec]) -> list[JsonObject]:
    return [
        {
            "type": "function",
            "function": {"name": spec.name, "description": spec.description, "parameters": spec.parameters},
        }
        for spec in specs
    ]


def messages_for(model: str, messages: Sequence[JsonObject]) -> list[JsonObject]:
    """Return the messages as this model's provider takes them."""
    prefix = prefix_of(model)
    prepared = [_prepared(message, prefix) for message in messages if not _is_empty_reply(message)]
    return _with_cache_marks(prepared) if _caches_on_demand(model) else prepared


def reasoning_to_keep(model: str, reasoning: str, blocks: Sequence[JsonObject]) -> Json:
    """Return what must be sent back with a reply, in the form that `messages_for` takes as `reasoning_opaque`."""
    if blocks:
        return {"thinking_blocks": list(blocks)}
    if reasoning and prefix_of(model) in _WANTS_REASONING_BACK:
        return {"reasoning_content": reasoning}
    return None


def _is_empty_reply(message: JsonObject) -> bool:
    if message.get("role") != "assistant" or message.get("tool_calls"):
        return False
    content = message.get("content")
    return not content.strip() if isinstance(content, str) else not content


def _prepared(message: JsonObject, prefix: str) -> JsonObject:
    prepared = dict(message)
    opaque = prepared.pop("reasoning_opaque", None)
    if isinstance(opaque, Mapping):
        kept = cast(JsonObject, opaque)
        prepared.update({key: kept[key] for key in ("thinking_blocks", "reasoning_content") if key in kept})
    if calls := prepared.get("tool_calls"):
        prepared["tool_calls"] = [_call(call, prefix) for call in cast(Sequence[JsonObject], calls)]
    if "tool_call_id" in prepared:
        prepared["tool_call_id"] = _id(str(prepared["tool_call_id"]), prefix)
    return prepared


def _call(call: JsonObject, prefix: str) -> JsonObject:
    function = cast(JsonObject, call["function"])
    return {**call, "id": _id(str(call["id"]), prefix), "function": {**function, "name": _name(str(function["name"]))}}


def _id(call_id: str, prefix: str) -> str:
    """The id, or one made of it: another model may have made it, and providers are particular."""
    pattern, length = _IDS.get(prefix, _ANY_ID)
    return call_id if re.fullmatch(pattern, call_id) else hashlib.sha256(call_id.encode()).hexdigest()[:length]


def _name(name: str) -> str:
    """A name that providers take: the model may have called a tool that cannot exist."""
    return name if _NAME.fullmatch(name) else re.sub(r"[^a-zA-Z0-9_-]", "_", name)[:64] or "unnamed"


def _caches_on_demand(model: str) -> bool:
    return "claude" in model and prefix_of(model) in ("anthropic", "bedrock", "vertex_ai", "openrouter")


def _with_cache_marks(messages: list[JsonObject]) -> list[JsonObject]:
    """Mark what the next request will begin with: the instructions (and the tools before them), the whole history."""
    marked = list(messages)
    system = [at for at, message in enumerate(marked) if message.get("role") == "system"]
    for at in {*system[-1:], len(marked) - 1} if marked else ():
        marked[at] = _marked(marked[at])
    return marked


def _marked(message: JsonObject) -> JsonObject:
    content = message.get("content")
    if message.get("role") == "tool":
        # LiteLLM takes the mark of a tool result from the message itself.
        return {**message, "cache_control": _CACHE_MARK}
    if isinstance(content, str):
        return {**message, "content": [{"type": "text", "text": content, "cache_control": _CACHE_MARK}]}
    if isinstance(content, Sequence) and content and isinstance(last := content[-1], Mapping):
        return {**message, "content": [*content[:-1], {**cast(JsonObject, last), "cache_control": _CACHE_MARK}]}
    return message
