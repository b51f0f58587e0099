"""The projection of items that a model is sent: messages in the chat-completions shape.

Whatever is in the list, the messages are valid: every call is followed by exactly one result, no message is empty,
all arguments are JSON objects. A provider refuses the whole request otherwise, and the session with it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from codex_core.agent.window import in_window
from codex_core.protocol import (
    AssistantItem,
    CompactionItem,
    ImagePart,
    Item,
    Json,
    JsonObject,
    Part,
    ReasoningItem,
    TextPart,
    ToolCallItem,
    ToolResultItem,
    UserItem,
)

UNKNOWN_EFFECT = "Whether it had an effect is not known."
NO_RESULT = f"This call was interrupted before it had a result. {UNKNOWN_EFFECT}"


def to_messages(instructions: str, items: Sequence[Item], *, provider: str, model: str) -> tuple[JsonObject, ...]:
    """Return the messages of a request: the instructions, then the conversation since its last compaction.

    What a provider wants back (`reasoning_opaque`) goes only to the provider and model that made it.
    """
    window = in_window(items)
    results = {item.call_id: item for item in window if isinstance(item, ToolResultItem)}
    own = {item.call_id for item in window if isinstance(item, ToolCallItem) and item.by == "user"}
    messages: list[JsonObject] = [{"role": "system", "content": _clean(instructions)}]
    reply = _Reply(provider=provider, model=model)
    for item in window:
        match item:
            case ToolCallItem(by="user"):
                messages += reply.flush(results)
                messages.append(_command_message(item, results.get(item.call_id)))
            case ReasoningItem() | AssistantItem() | ToolCallItem():
                # Results come after all calls of a reply: what follows them is the next reply.
                if reply.has_results:
                    messages += reply.flush(results)
                reply.add(item)
            case ToolResultItem():
                reply.has_results = reply.has_results or item.call_id not in own
            case UserItem() | CompactionItem():
                messages += reply.flush(results)
                messages.append(_user_message(item))
            case _:
                pass
    messages += reply.flush(results)
    return tuple(messages)


@dataclass(slots=True, kw_only=True)
class _Reply:
    """The items of one model reply, gathered until something else follows."""

    provider: str
    model: str
    text: str = ""
    opaque: Json = None
    calls: list[ToolCallItem] = field(default_factory=list[ToolCallItem])
    has_results: bool = False

    def add(self, item: ReasoningItem | AssistantItem | ToolCallItem) -> None:
        match item:
            case ReasoningItem():
                if (item.provider, item.model) == (self.provider, self.model):
                    self.opaque = item.opaque
            case AssistantItem():
                self.text += item.text
            case ToolCallItem():
                self.calls.append(item)

    def flush(self, results: dict[str, ToolResultItem]) -> list[JsonObject]:
        text, opaque, calls = self.text, self.opaque, self.calls
        self.text, self.opaque, self.calls, self.has_results = "", None, [], False
        if not text.strip() and not calls:
            return []
        message: dict[str, Json] = {"role": "assistant", "content": _clean(text) if text.strip() else None}
        if calls:
            message["tool_calls"] = [_call(call) for call in calls]
        if opaque is not None:
            message["reasoning_opaque"] = opaque
        return [message, *(_result(call, results.get(call.call_id)) for call in calls)]


def _call(call: ToolCallItem) -> JsonObject:
    return {
        "id": call.call_id,
        "type": "function",
        "function": {"name": call.name, "arguments": _valid_arguments(call.arguments)},
    }


def _valid_arguments(arguments: str) -> str:
    """What the model wrote, or `{}` if it is no JSON object: providers parse it and refuse what does not parse.

    The model learns from the call's result what it wrote wrong.
    """
    try:
        parsed = decoded(arguments)
    except (ValueError, RecursionError):
        return "{}"
    return _clean(arguments) if isinstance(parsed, dict) else "{}"


def decoded(arguments: str) -> object:
    """Return what the JSON text says.

    Raises:
        ValueError: it is none; `NaN` and `Infinity`, which Python would take, no provider takes.
        RecursionError: it is nested too deep.
    """
    return cast(object, json.loads(arguments, parse_constant=_no_constant))


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _result(call: ToolCallItem, result: ToolResultItem | None) -> JsonObject:
    output = NO_RESULT if result is None else result.output
    # Strict providers take blanks for nothing.
    said = _clean(output) if output.strip() else "(no output)"
    return {"role": "tool", "tool_call_id": call.call_id, "content": said}


def _user_message(item: UserItem | CompactionItem) -> JsonObject:
    if isinstance(item, CompactionItem):
        return {"role": "user", "content": f"Summary of the conversation so far:\n\n{_clean(item.summary)}"}
    parts = [part for part in item.parts if isinstance(part, TextPart | ImagePart)]
    if all(isinstance(part, TextPart) for part in parts):
        text = "\n\n".join(part.text for part in parts if isinstance(part, TextPart))
        return {"role": "user", "content": _clean(text) if text.strip() else "(empty message)"}
    return {"role": "user", "content": [_content(part) for part in parts]}


def _command_message(call: ToolCallItem, result: ToolResultItem | None) -> JsonObject:
    """What the user ran by hand is something that the user says: the model has not called anything."""
    output = NO_RESULT if result is None else result.output
    told = f"I ran this command in the workspace myself:\n\n{user_command(call)}\n\nIt ended so:\n\n{output}"
    return {"role": "user", "content": _clean(told)}


def user_command(call: ToolCallItem) -> str:
    """The command line of a call of the user's own."""
    try:
        arguments = decoded(call.arguments)
    except (ValueError, RecursionError):
        return call.arguments
    command = cast("dict[str, object]", arguments).get("command") if isinstance(arguments, dict) else None
    return command if isinstance(command, str) else call.arguments


def _content(part: Part) -> JsonObject:
    if isinstance(part, ImagePart):
        data = base64.b64encode(part.data).decode()
        return {"type": "image_url", "image_url": {"url": f"data:{part.mime};base64,{data}"}}
    return {"type": "text", "text": _clean(part.text) if isinstance(part, TextPart) else ""}


def _clean(text: str) -> str:
    """Lone surrogates (a model can emit them as `\\ud800`) cannot be encoded for the wire."""
    return text.encode("utf-8", "replace").decode("utf-8")
