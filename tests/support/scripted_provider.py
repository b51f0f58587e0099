"""A model that says what the test wrote down: for tests of the loop itself, where timing must be exact.

Everything that goes over the wire is tested with the model server and the real provider instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field
from typing import Literal

from codex_core.llm.provider import (
    ModelCall,
    ModelEvent,
    ModelInfo,
    ModelRequest,
    ReasoningChunk,
    ReplyEnded,
    TextChunk,
)
from codex_core.protocol import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    thought: str = ""
    text: str = ""
    later_thought: str = ""
    """Comes after the text."""
    calls: tuple[ModelCall, ...] = ()
    finish: Literal["stop", "length", "filter"] = "stop"
    usage: Usage = field(default_factory=lambda: Usage(input_tokens=10, output_tokens=5))
    hold: asyncio.Event | None = None
    """Wait for this after the text, before the reply ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaks:
    error: Exception
    after: str = ""


@dataclass(slots=True)
class ScriptedProvider:
    script: list[Says | Breaks]
    requests: list[ModelRequest] = field(default_factory=list[ModelRequest])
    closed_streams: int = 0
    name: str = "scripted"
    window_tokens: int = 100_000

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.requests.append(request)
        assert self.script, "the model was called more often than the script says"
        reply = self.script.pop(0)
        try:
            if isinstance(reply, Breaks):
                if reply.after:
                    yield TextChunk(text=reply.after)
                raise reply.error
            for said, chunk in (
                (reply.thought, ReasoningChunk),
                (reply.text, TextChunk),
                (reply.later_thought, ReasoningChunk),
            ):
                for word in _pieces(said):
                    yield chunk(text=word)
                    await asyncio.sleep(0)
            if reply.hold is not None:
                await reply.hold.wait()
            yield ReplyEnded(finish=reply.finish, calls=reply.calls, usage=reply.usage)
        finally:
            self.closed_streams += 1

    async def info(self, model: str) -> ModelInfo:
        return ModelInfo(model=model, context_window=self.window_tokens)

    async def warm_up(self) -> None:
        pass

    async def close(self) -> None:
        pass


def call(name: str, arguments: str = "{}", call_id: str = "") -> ModelCall:
    return ModelCall(call_id=call_id, name=name, arguments=arguments)


def _pieces(text: str) -> Iterable[str]:
    return (text[start : start + 4] for start in range(0, len(text), 4))
