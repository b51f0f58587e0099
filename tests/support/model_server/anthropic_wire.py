"""A reply in the format of Anthropic's messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.support.model_server.history import signature_of
from tests.support.model_server.pieces import argument_pieces, cut, tokens_of
from tests.support.model_server.request import SeenRequest
from tests.support.model_server.script import Call, Reply


def events(reply: Reply, request: SeenRequest, call_ids: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the data of a streamed reply; each event's name is its `type`."""
    usage = _usage(reply, request)
    message = {**_message(request), "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield {"type": "message_start", "message": message}
    yield {"type": "ping"}
    for index, (start, deltas) in enumerate(_blocks(reply, call_ids)):
        yield {"type": "content_block_start", "index": index, "content_block": start}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": _finish(reply), "stop_sequence": None},
        "usage": {"output_tokens": usage["output_tokens"]},
    }
    yield {"type": "message_stop"}


def whole(reply: Reply, request: SeenRequest, call_ids: list[str]) -> dict[str, Any]:
    """Return the body of a reply that is not streamed."""
    content: list[dict[str, Any]] = []
    if reply.reasoning:
        content.append({"type": "thinking", "thinking": reply.reasoning, "signature": signature_of(reply.reasoning)})
    if reply.redacted:
        content.append({"type": "redacted_thinking", "data": reply.redacted})
    if reply.text:
        content.append({"type": "text", "text": reply.text})
    for call, call_id in zip(reply.calls, call_ids, strict=True):
        content.append({"type": "tool_use", "id": call_id, "name": call.name, "input": call.arguments})
    return {
        **_message(request),
        "content": content,
        "stop_reason": _finish(reply),
        "usage": _usage(reply, request),
    }


def error(status: int, message: str) -> dict[str, Any]:
    kind = {400: "invalid_request_error", 401: "authentication_error", 429: "rate_limit_error", 529: "overloaded_error"}
    return {"type": "error", "error": {"type": kind.get(status, "api_error"), "message": message}}


def _blocks(reply: Reply, call_ids: list[str]) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Yield each content block: how it starts and what comes after."""
    if reply.reasoning:
        deltas = [{"type": "thinking_delta", "thinking": piece} for piece in cut(reply.reasoning, reply.chunk_chars)]
        deltas.append({"type": "signature_delta", "signature": signature_of(reply.reasoning)})
        yield {"type": "thinking", "thinking": "", "signature": ""}, deltas
    if reply.redacted:
        yield {"type": "redacted_thinking", "data": reply.redacted}, []
    if reply.text:
        deltas = [{"type": "text_delta", "text": piece} for piece in cut(reply.text, reply.chunk_chars)]
        yield {"type": "text", "text": ""}, deltas
    for at, call in enumerate(reply.calls):
        pieces = [{"type": "input_json_delta", "partial_json": piece} for piece in argument_pieces(reply, at)]
        yield _tool_use(call, call_ids[at]), pieces


def _tool_use(call: Call, call_id: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": call_id, "name": call.name, "input": {}}


def _message(request: SeenRequest) -> dict[str, Any]:
    return {
        "id": f"msg_{request.number}",
        "type": "message",
        "role": "assistant",
        "model": request.model,
        "stop_sequence": None,
    }


def _finish(reply: Reply) -> str:
    return reply.finish or ("tool_use" if reply.calls else "end_turn")


def _usage(reply: Reply, request: SeenRequest) -> dict[str, Any]:
    tokens = tokens_of(reply, request)
    return {
        "input_tokens": tokens.input - tokens.cached,
        "cache_read_input_tokens": tokens.cached,
        "cache_creation_input_tokens": 0,
        "output_tokens": tokens.output,
    }
