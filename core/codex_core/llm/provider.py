"""What the loop needs of a model: one call, streamed.

Messages are in the chat-completions shape (`role`, `content`, `tool_calls`, `tool_call_id`, …), the common tongue of
LiteLLM; `codex_core.agent.messages` makes them from items.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from codex_core.protocol import Effort, Json, JsonObject, StepPurpose, ToolSpec, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    model: str
    """LiteLLM's name: `openai/gpt-5`, `anthropic/claude-sonnet-4-5`, `ollama_chat/qwen3`."""
    messages: tuple[JsonObject, ...]
    tools: tuple[ToolSpec, ...]
    session_id: str
    """For prompt caches that want a stable key."""
    purpose: StepPurpose = "reply"
    effort: Effort | None = None
    """How hard the model shall think; None: as its provider has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextChunk:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningChunk:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted:
    """The model began to write a tool call. Only for show: the call counts when the reply has ended."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCall:
    call_id: str
    name: str
    arguments: str
    """Raw JSON text, possibly invalid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyEnded:
    """The last event of a complete reply. It alone carries tool calls: a broken stream has none."""

    finish: Literal["stop", "length", "filter"]
    """`length`: the reply was cut at the token limit, its calls must not run. `filter`: the provider withheld it."""
    calls: tuple[ModelCall, ...] = ()
    usage: Usage | None = None
    reasoning_opaque: Json = None
    """Thinking blocks with signatures, to be sent back with this reply."""


ModelEvent: TypeAlias = TextChunk | ReasoningChunk | CallStarted | ReplyEnded


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    model: str
    context_window: int | None
    """Tokens; None if not known."""
    vision: bool = False


class Provider(Protocol):
    """A way to models. Ours: `LiteLLMProvider` (any model, in the model host) and `DemoProvider`."""

    @property
    def name(self) -> str:
        """Stored with what the model says: opaque parts go back only to the provider that made them."""
        ...

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Make one model call, without retries; close the generator (`aclosing`) to cancel it.

        Raises:
            ProviderError: with its kind; what came before it is no complete reply.
        """
        ...

    async def info(self, model: str) -> ModelInfo:
        """What is known of a model, without asking the network."""
        ...

    async def warm_up(self) -> None:
        """Get ready in the background for the first call. Never fails."""
        ...

    async def close(self) -> None: ...
