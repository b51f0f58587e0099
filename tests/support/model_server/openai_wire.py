"""A reply in the format of OpenAI's chat completions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.support.model_server.pieces import argument_pieces, cut, in_turns, tokens_of
from tests.support.model_server.request import SeenRequest
from tests.support.model_server.script import Reply


def chunks(reply: Reply, request: SeenRequest, call_ids: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the data of a streamed reply, without the final `[DONE]`."""
    yield _chunk(request, {"role": "assistant", "content": ""})
    for piece in cut(reply.reasoning, reply.chunk_chars):
        yield _chunk(request, {"reasoning_content": piece})
    for piece in cut(reply.text, reply.chunk_chars):
        yield _chunk(request, {"content": piece})
    for at, (call, call_id) in enumerate(zip(reply.calls, call_ids, strict=True)):
        function = {"name": call.name, "arguments": ""}
        yield _chunk(request, {"tool_calls": [{"index": at, "id": call_id, "type": "function", "function": function}]})
    for at, piece in in_turns([argument_pieces(reply, at) for at in range(len(reply.calls))]):
        yield _chunk(request, {"tool_calls": [{"index": at, "function": {"arguments": piece}}]})
    yield _chunk(request, {}, finish=_finish(reply))
    if (request.body.get("stream_options") or {}).get("include_usage"):
        yield {**_envelope(request, "chat.completion.chunk"), "choices": [], "usage": _usage(reply, request)}


def whole(reply: Reply, request: SeenRequest, call_ids: list[str]) -> dict[str, Any]:
    """Return the body of a reply that is not streamed."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.reasoning:
        message["reasoning_content"] = reply.reasoning
    if reply.calls:
        message["tool_calls"] = [
            {"id": call_id, "type": "function", "function": {"name": call.name, "arguments": call.arguments_json()}}
            for call, call_id in zip(reply.calls, call_ids, strict=True)
        ]
    choice = {"index": 0, "message": message, "finish_reason": _finish(reply)}
    return {**_envelope(request, "chat.completion"), "choices": [choice], "usage": _usage(reply, request)}


def error(status: int, message: str) -> dict[str, Any]:
    kind = {400: "invalid_request_error", 401: "invalid_request_error", 429: "rate_limit_error"}
    return {"error": {"message": message, "type": kind.get(status, "server_error"), "param": None, "code": None}}


def _chunk(request: SeenRequest, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {**_envelope(request, "chat.completion.chunk"), "choices": [choice]}


def _envelope(request: SeenRequest, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{request.number}", "object": kind, "created": 1_800_000_000, "model": request.model}


def _finish(reply: Reply) -> str:
    return reply.finish or ("tool_calls" if reply.calls else "stop")


def _usage(reply: Reply, request: SeenRequest) -> dict[str, Any]:
    tokens = tokens_of(reply, request)
    return {
        "prompt_tokens": tokens.input,
        "completion_tokens": tokens.output,
        "total_tokens": tokens.input + tokens.output,
        "prompt_tokens_details": {"cached_tokens": tokens.cached},
        "completion_tokens_details": {"reasoning_tokens": tokens.reasoning},
    }
