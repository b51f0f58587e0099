"""Is this request one that a strict provider would take? At least as strict as the strictest that we know.

Each check yields what is wrong, in words. Order matters to all of them: a call is answered directly after it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.model_server.request import SeenRequest

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_THINKS_IF_TOLD = re.compile(r"claude-[a-z]+-4-")
_ANTHROPIC_ID = re.compile(r"[a-zA-Z0-9_-]+")


def violations(request: SeenRequest) -> list[str]:
    if request.format == "other":
        return []
    if not isinstance(request.body.get("model"), str) or not request.model:
        return ["no model"]
    if not isinstance(request.body.get("messages"), list) or not request.messages:
        return ["no messages"]
    check = _openai if request.format == "openai" else _anthropic
    return list(check(request))


def signature_of(thinking: str) -> str:
    """Return the signature that this server gives a thinking block: one that was altered is found out."""
    return "sig_" + hashlib.sha256(thinking.encode()).hexdigest()[:32]


def _openai(request: SeenRequest) -> Iterator[str]:
    seen_ids: set[str] = set()
    waiting: list[str] = []
    for at, message in enumerate(request.messages):
        role = message.get("role")
        where = f"messages[{at}] ({role})"
        if role == "tool":
            call_id = message.get("tool_call_id")
            if call_id in waiting:
                waiting.remove(call_id)
            else:
                yield f"{where}: no call {call_id!r} is waiting for a result here"
            if not _has_text(message.get("content")):
                yield f"{where}: empty content"
            continue
        if waiting:
            yield f"{where}: comes before the results of {waiting}"
            waiting = []
        match role:
            case "system" | "developer":
                if any(earlier.get("role") not in ("system", "developer") for earlier in request.messages[:at]):
                    yield f"{where}: not at the beginning"
                if not _has_text(message.get("content")):
                    yield f"{where}: empty content"
            case "user":
                if not _has_content(message.get("content")):
                    yield f"{where}: empty content"
            case "assistant":
                calls = message.get("tool_calls")
                if calls is not None and not calls:
                    yield f"{where}: an empty list of tool_calls"
                if not calls and not _has_text(message.get("content")):
                    yield f"{where}: neither text nor calls"
                for call in calls or ():
                    yield from _openai_call(call, where, seen_ids)
                    waiting.append(call.get("id"))
            case _:
                yield f"{where}: unknown role"
    if waiting:
        yield f"the calls {waiting} have no results"
    if request.messages[-1].get("role") not in ("user", "tool"):
        yield "the last message is neither the user's nor a tool's"
    yield from _tools((tool.get("function", {}) for tool in request.body.get("tools") or ()), schema_key="parameters")


def _openai_call(call: Mapping[str, Any], where: str, seen_ids: set[str]) -> Iterator[str]:
    call_id, function = call.get("id"), call.get("function") or {}
    if not isinstance(call_id, str) or not call_id:
        yield f"{where}: a call without an id"
    elif call_id in seen_ids:
        yield f"{where}: the id {call_id!r} was used before"
    else:
        seen_ids.add(call_id)
    if call.get("type") != "function":
        yield f"{where}: call {call_id!r} is of type {call.get('type')!r}"
    if not _NAME.fullmatch(str(function.get("name", ""))):
        yield f"{where}: call {call_id!r} has the name {function.get('name')!r}"
    try:
        # Chat templates of local servers decode the arguments, and fail if they are no object.
        is_object = isinstance(json.loads(function.get("arguments") or ""), dict)
    except (TypeError, ValueError):
        is_object = False
    if not is_object:
        yield f"{where}: the arguments of {call_id!r} are no JSON object: {function.get('arguments')!r}"


def _anthropic(request: SeenRequest) -> Iterator[str]:
    if not isinstance(request.body.get("max_tokens"), int) or request.body["max_tokens"] < 1:
        yield "max_tokens is missing"
    if "system" in request.body and not _has_text(request.body["system"]):
        yield "system: empty"
    seen_ids: set[str] = set()
    waiting: list[str] = []
    for at, message in enumerate(request.messages):
        role = message.get("role")
        where = f"messages[{at}] ({role})"
        if role != ("user", "assistant")[at % 2]:
            yield f"{where}: user and assistant must alternate, the user first"
        if not _has_content(message.get("content")):
            yield f"{where}: empty content"
            continue
        blocks = _blocks(message)
        if any(block.get("type") == "text" and not str(block.get("text", "")).strip() for block in blocks):
            yield f"{where}: an empty text block"
        if role == "user":
            yield from _anthropic_results(blocks, where, waiting)
            waiting = []
        else:
            yield from _anthropic_thinking(blocks, where)
            for block in blocks:
                if block.get("type") == "tool_use":
                    yield from _anthropic_call(block, where, seen_ids)
                    waiting.append(block.get("id"))
    if request.messages[-1].get("role") != "user":
        yield "the last message is not the user's"
    yield from _anthropic_thinking_unwanted(request)
    if json.dumps(request.body).count('"cache_control"') > 4:
        yield "more than 4 blocks with cache_control"
    yield from _tools(request.body.get("tools") or (), schema_key="input_schema")


def _anthropic_results(blocks: list[dict[str, Any]], where: str, waiting: list[str]) -> Iterator[str]:
    answered: list[str] = []
    for at, block in enumerate(blocks):
        if block.get("type") != "tool_result":
            continue
        call_id = block.get("tool_use_id", "")
        if call_id not in waiting or call_id in answered:
            yield f"{where}: no call {call_id!r} is waiting for a result here"
        if at != len(answered):
            yield f"{where}: the result of {call_id!r} comes after other content"
        if not _has_content(block.get("content")):
            yield f"{where}: the result of {call_id!r} is empty"
        answered.append(call_id)
    if missing := [call_id for call_id in waiting if call_id not in answered]:
        yield f"{where}: no results for {missing}"


def _anthropic_thinking(blocks: list[dict[str, Any]], where: str) -> Iterator[str]:
    kinds = [block.get("type") in ("thinking", "redacted_thinking") for block in blocks]
    if any(kinds) and kinds != sorted(kinds, reverse=True):
        yield f"{where}: thinking after other content"
    if all(kinds):
        yield f"{where}: nothing but thinking"
    for block in blocks:
        thinking = str(block.get("thinking", ""))
        if block.get("type") == "thinking" and block.get("signature") != signature_of(thinking):
            yield f"{where}: the signature does not fit the thinking {thinking[:40]!r}"


def _anthropic_thinking_unwanted(request: SeenRequest) -> Iterator[str]:
    """Amid calls of a model that thinks only if it is told to."""
    thinks = request.body.get("thinking", {}).get("type", "disabled") != "disabled"
    if thinks or not _THINKS_IF_TOLD.search(request.model) or len(request.messages) < 2:
        return
    last = request.messages[-2]
    if any("thinking" in str(block.get("type")) for block in _blocks(last)):
        yield (
            f"messages[{len(request.messages) - 2}]: When thinking is disabled, an `assistant` message in the final "
            "position cannot contain `thinking`. To use thinking blocks, enable `thinking` in your request."
        )


def _anthropic_call(block: Mapping[str, Any], where: str, seen_ids: set[str]) -> Iterator[str]:
    call_id = block.get("id")
    if not isinstance(call_id, str) or not _ANTHROPIC_ID.fullmatch(call_id):
        yield f"{where}: a tool_use with the id {call_id!r}"
    elif call_id in seen_ids:
        yield f"{where}: the id {call_id!r} was used before"
    else:
        seen_ids.add(call_id)
    if not _NAME.fullmatch(str(block.get("name", ""))):
        yield f"{where}: call {call_id!r} has the name {block.get('name')!r}"
    if not isinstance(block.get("input"), dict):
        yield f"{where}: the input of {call_id!r} is no object"


def _tools(tools: Any, *, schema_key: str) -> Iterator[str]:
    names: set[str] = set()
    for tool in tools:
        name = str(tool.get("name", ""))
        if not _NAME.fullmatch(name) or name in names:
            yield f"tool {name!r}: its name is bad or taken"
        names.add(name)
        if not isinstance(schema := tool.get(schema_key), dict) or schema.get("type") != "object":
            yield f"tool {name!r}: {schema_key} is no schema of an object"


def _blocks(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _has_text(content: object) -> bool:
    if isinstance(content, list):
        return any(block.get("type") == "text" and str(block.get("text", "")).strip() for block in content)
    return isinstance(content, str) and bool(content.strip())


def _has_content(content: object) -> bool:
    return bool(content) if isinstance(content, list) else _has_text(content)
