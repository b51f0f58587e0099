"""A request as the server saw it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Format: TypeAlias = Literal["openai", "anthropic", "other"]
"""`other`: formats that are answered only by a whole body (`HttpError`), and not checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRequest:
    number: int
    """Counts from 0."""
    format: Format
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Mapping[str, Any]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return self.body.get("messages", [])

    @property
    def model(self) -> str:
        return self.body.get("model", "")

    @property
    def streams(self) -> bool:
        return bool(self.body.get("stream"))

    @property
    def tool_names(self) -> list[str]:
        tools = self.body.get("tools") or []
        return [tool["function"]["name"] if "function" in tool else tool["name"] for tool in tools]

    @property
    def last_text(self) -> str:
        """The text of the last message, tool results included."""
        return "\n".join(_texts(self.messages[-1].get("content"))) if self.messages else ""

    def tool_results(self) -> dict[str, str]:
        """Every tool result in the history by the id of its call."""
        results: dict[str, str] = {}
        for message in self.messages:
            if message.get("role") == "tool":
                results[message["tool_call_id"]] = "\n".join(_texts(message.get("content")))
            elif isinstance(content := message.get("content"), list):
                for block in content:
                    if block.get("type") == "tool_result":
                        results[block["tool_use_id"]] = "\n".join(_texts(block.get("content")))
        return results


def _texts(content: object) -> list[str]:
    match content:
        case str():
            return [content]
        case list():
            return [text for block in content for text in _texts(block)]
        case {"type": "text", "text": str(text)}:
            return [text]
        case {"type": "tool_result", "content": inner}:
            return _texts(inner)
        case _:
            return []
