"""Where the delay is an hour, that a test ends says that it was not waited for."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from codex_core.llm.reading_pace import let_more_come

_HOUR_S = 3600.0


class _Received(asyncio.Protocol):
    def __init__(self) -> None:
        self.data = b""
        self.has_some = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.data += data
        self.has_some.set()


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[socket.socket, asyncio.Transport, _Received]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        transport, received = await asyncio.get_running_loop().create_connection(_Received, sock=ours)
        yield theirs, transport, received
        transport.close()


@pytest.mark.parametrize(
    "end",
    [
        b"data: [DONE]\n\n",
        b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\n',
        b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}\n\n',
        b"event: message_stop\n\n",
        b"some words, and then [DONE]",
    ],
)
async def test_the_end_of_a_stream_is_not_waited_for(end: bytes) -> None:
    async with connected() as (server, transport, received):
        waiting = asyncio.create_task(let_more_come(transport, _HOUR_S))
        await asyncio.sleep(0)
        server.sendall(end)

        await waiting
        assert received.data == b""
        await received.has_some.wait()
        assert received.data == end


async def test_a_server_that_goes_is_not_waited_for() -> None:
    async with connected() as (server, transport, _):
        server.close()
        await let_more_come(transport, _HOUR_S)


async def test_a_connection_that_is_closed_is_not_waited_for() -> None:
    async with connected() as (_, transport, _):
        transport.close()
        await let_more_come(transport, _HOUR_S)
        await asyncio.sleep(0)
        await let_more_come(transport, _HOUR_S)


async def test_words_are_not_read_before_it_is_time() -> None:
    async with connected() as (server, transport, received):
        waiting = asyncio.create_task(let_more_come(transport, 0.1))
        await asyncio.sleep(0)
        server.sendall(b"word")
        await waiting
        assert received.data == b""
        await received.has_some.wait()
        assert received.data == b"word"


async def test_nothing_is_read_while_nothing_comes_and_all_after_it() -> None:
    async with connected() as (server, transport, received):
        await let_more_come(transport, 0.05)
        assert transport.is_reading()
        server.sendall(b"word")
        await received.has_some.wait()


async def test_reading_goes_on_after_an_interruption() -> None:
    async with connected() as (_, transport, _):
        waiting = asyncio.create_task(let_more_come(transport, _HOUR_S))
        await asyncio.sleep(0)
        assert not transport.is_reading()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert transport.is_reading()
