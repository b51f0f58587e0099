"""Where the delay is an hour, that a test ends says that it was not waited for."""

from __future__ import annotations

import asyncio
import resource
import socket
import struct
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


async def test_where_no_file_handle_is_left_it_is_read_at_once() -> None:
    async with connected() as (server, transport, received):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
        try:
            await let_more_come(transport, _HOUR_S)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert transport.is_reading()
        server.sendall(b"word")
        await received.has_some.wait()


async def test_a_connection_that_is_reset_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(asyncio.Protocol, *listening.getsockname())
        server, _ = listening.accept()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        server.close()
        await let_more_come(transport, _HOUR_S)
        transport.close()
