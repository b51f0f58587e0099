"""What the front end and the model host say to each other, as JSON. Both ends use this module, nobody else does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Literal, TypeAlias, cast

from codex_core.llm.provider import (
    CallStarted,
    ModelCall,
    ModelEvent,
    ModelInfo,
    ModelRequest,
    ReasoningChunk,
    ReplyEnded,
    TextChunk,
)
from codex_core.protocol import Effort, Json, JsonObject, ProviderError, ProviderErrorKind, ToolSpec, Usage

Delta: TypeAlias = TextChunk | ReasoningChunk | CallStarted
_Kind: TypeAlias = Literal["text", "reasoning", "call"]


def request_to_json(request: ModelRequest) -> JsonObject:
    return {
        "model": request.model,
        "messages": list(request.messages),
        "tools": [
            {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
            for tool in request.tools
        ],
        "session_id": request.session_id,
        "effort": request.effort,
    }


def request_from_json(data: JsonObject) -> ModelRequest:
    tools = cast(Sequence[Mapping[str, str]], data["tools"])
    return ModelRequest(
        model=str(data["model"]),
        messages=tuple(cast(Sequence[JsonObject], data["messages"])),
        tools=tuple(
            ToolSpec(
                name=tool["name"],
                description=tool["description"],
                parameters=cast(JsonObject, tool["parameters"]),
            )
            for tool in tools
        ),
        session_id=str(data["session_id"]),
        effort=cast(Effort | None, data["effort"]),
    )


def deltas_to_json(deltas: Sequence[Delta]) -> JsonObject:
    """Merge neighbours of a kind: text is text however it was cut."""
    merged: list[tuple[_Kind, list[str]]] = []
    for delta in deltas:
        kind, text = _kind_and_text(delta)
        if merged and kind != "call" and merged[-1][0] == kind:
            merged[-1][1].append(text)
        else:
            merged.append((kind, [text]))
    return {"deltas": [[kind, "".join(texts)] for kind, texts in merged]}


def deltas_from_json(data: JsonObject) -> list[ModelEvent]:
    return [_delta(kind, text) for kind, text in cast(Sequence[tuple[_Kind, str]], data["deltas"])]


def _kind_and_text(delta: Delta) -> tuple[_Kind, str]:
    match delta:
        case TextChunk(text=text):
            return "text", text
        case ReasoningChunk(text=text):
            return "reasoning", text
        case CallStarted(name=name):
            return "call", name


def _delta(kind: _Kind, text: str) -> ModelEvent:
    match kind:
        case "text":
            return TextChunk(text=text)
        case "reasoning":
            return ReasoningChunk(text=text)
        case "call":
            return CallStarted(name=text)


def ended_to_json(ended: ReplyEnded) -> JsonObject:
    return {
        "finish": ended.finish,
        "calls": [asdict(call) for call in ended.calls],
        "usage": asdict(ended.usage) if ended.usage is not None else None,
        "reasoning_opaque": ended.reasoning_opaque,
    }


def ended_from_json(data: JsonObject) -> ReplyEnded:
    usage = cast(Mapping[str, int] | None, data["usage"])
    calls = cast(Sequence[Mapping[str, str]], data["calls"])
    return ReplyEnded(
        finish=cast(Literal["stop", "length", "filter"], data["finish"]),
        calls=tuple(ModelCall(**call) for call in calls),
        usage=Usage(**usage) if usage is not None else None,  # pyright: ignore[reportArgumentType] made by asdict
        reasoning_opaque=data["reasoning_opaque"],
    )


def info_to_json(info: ModelInfo) -> JsonObject:
    return {"model": info.model, "context_window": info.context_window, "vision": info.vision}


def info_from_json(data: JsonObject) -> ModelInfo:
    return ModelInfo(
        model=str(data["model"]),
        context_window=cast(int | None, data["context_window"]),
        vision=bool(data["vision"]),
    )


def error_to_json(error: ProviderError) -> JsonObject:
    return {
        "message": str(error),
        "kind": error.kind,
        "status": error.status,
        "retryable": error.retryable,
        "retry_after_s": error.retry_after_s,
    }


def error_from_json(data: Mapping[str, Json]) -> ProviderError:
    """Also takes an error that has only a message: a bug in the host."""
    return ProviderError(
        str(data.get("message", "")),
        kind=cast(ProviderErrorKind, data.get("kind", "unknown")),
        status=cast(int | None, data.get("status")),
        retryable=bool(data.get("retryable")),
        retry_after_s=cast(float | None, data.get("retry_after_s")),
    )
