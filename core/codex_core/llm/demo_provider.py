"""`DemoProvider`: the embedded model. No network, no process, no litellm; says the same thing to the same history."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator

from codex_core.llm.demo_tour import next_reply
from codex_core.llm.provider import CallStarted, ModelCall, ModelEvent, ModelInfo, ModelRequest, ReplyEnded, TextChunk
from codex_core.protocol import ProviderError, Usage, new_id

_CHUNK_S = 0.015
"""Between words: about as fast as a quick model."""


class DemoProvider:
    def __init__(
        self,
        *,
        command: str = "codex-py",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chunk_s: float = _CHUNK_S,
    ) -> None:
        """`sleep` waits between the words of a reply, `chunk_s` seconds each time; `command` is how to start us."""
        self._command = command
        self._sleep = sleep
        self._chunk_s = chunk_s

    @property
    def name(self) -> str:
        return "demo"

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        if request.purpose == "summary":
            raise ProviderError("The demo model cannot summarise: connect a model first.", kind="bad_request")
        reply = next_reply(request.messages, command=self._command)
        await self._sleep(self._chunk_s * 8)
        for word in _words(reply.text):
            yield TextChunk(text=word)
            await self._sleep(self._chunk_s)
        calls: list[ModelCall] = []
        for call in reply.calls:
            yield CallStarted(name=call.name)
            await self._sleep(self._chunk_s * 4)
            calls.append(ModelCall(call_id=new_id("call"), name=call.name, arguments=call.arguments_json()))
        yield ReplyEnded(finish="stop", calls=tuple(calls), usage=_usage(request, reply.text))

    async def info(self, model: str) -> ModelInfo:
        return ModelInfo(model=model, context_window=32_000)

    async def warm_up(self) -> None:
        """Always warm."""

    async def close(self) -> None:
        """Holds nothing."""


def _words(text: str) -> Iterator[str]:
    return (match.group() for match in re.finditer(r"\s*\S+\s*\Z|\s*\S+", text))


def _usage(request: ModelRequest, text: str) -> Usage:
    said = sum(len(str(message.get("content") or "")) for message in request.messages)
    return Usage(input_tokens=said // 4, output_tokens=len(text) // 4, cost_usd=0.0, is_estimate=True)
