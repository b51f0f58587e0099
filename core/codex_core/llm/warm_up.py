"""A whole call of LiteLLM's that never leaves the process: what its first call imports and builds is there afterwards.

Imports httpx, so only what loads LiteLLM imports it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import httpx

_HOST: Final = "warm-up.invalid"
"""No name server may ever know it: RFC 6761."""
_REPLY: Final = b"""\
data: {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hello"}}]}

data: {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}

data: {"object": "chat.completion.chunk", "choices": [], \
"usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}

data: [DONE]

"""
"""With usage: without it LiteLLM would load a tokenizer to count by itself."""


async def make_first_call(litellm: Any, transport: Any) -> None:
    """Make it in the commonest format. `transport` is the class of httpx transports that LiteLLM uses."""
    send: Any = transport.handle_async_request

    async def answer_or_send(self: Any, request: httpx.Request) -> httpx.Response:
        if request.url.host != _HOST:
            return await send(self, request)
        return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, stream=_Reply(), request=request)

    transport.handle_async_request = answer_or_send
    try:
        stream = await litellm.acompletion(
            model="openai/none",
            messages=[{"role": "user", "content": "Hello"}],
            stream=True,
            stream_options={"include_usage": True},
            api_base=f"http://{_HOST}/v1",
            api_key="none",
            max_retries=0,
        )
        async for _ in stream:
            pass
        await stream.aclose()
    finally:
        transport.handle_async_request = send


class _Reply(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield _REPLY
