"""Bounds on what a provider's server may answer: without them one huge line, or a page of zeros packed into a few
kilobytes, keeps the host busy for minutes and takes all memory. Imports httpx, so only what loads LiteLLM imports it.

A stream is also read at a pace, and what comes together is merged: to wake up for each token, and to take it apart,
costs more than to read it.
"""

from __future__ import annotations

import asyncio
import math
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeAlias

import httpx

from codex_core.llm.merged_deltas import DeltaMerger
from codex_core.llm.reading_pace import is_end, let_more_come

LINE_LIMIT_BYTES = 8 << 20
"""Of one line of a stream, which is one event."""
REPLY_LIMIT_BYTES = 256 << 20
ERROR_LIMIT_BYTES = 64 << 10
"""What follows in the body of an error is dropped."""
_PIECE_BYTES = 1 << 20
_PACED_AFTER_S = 0.5
"""A short reply is read as it comes."""
_BETWEEN_READS_S = 0.04
_LITTLE_BYTES = 4 << 10
"""A read that brings more is followed by the next at once."""

_Decoder: TypeAlias = Callable[[bytes], Iterator[bytes]]


class ReplyOutOfBounds(httpx.DecodingError):
    """Says in words for the user what the server did. Trying again will not help."""


def bound_replies(transport: Any) -> None:
    """Make all transports of this class (one of httpx) ask for plain text, stay at their server and keep the bounds."""
    send: Any = transport.handle_async_request

    async def handle_async_request(self: Any, request: httpx.Request) -> httpx.Response:
        request.headers["Accept-Encoding"] = "identity"
        response: httpx.Response = await send(self, request)
        _refuse_other_servers(request, response)
        response.stream = _BoundedStream(response)
        return response

    transport.handle_async_request = handle_async_request


def _refuse_other_servers(request: httpx.Request, response: httpx.Response) -> None:
    if not response.has_redirect_location:
        return
    target = request.url.join(response.headers["Location"])
    if (target.scheme, target.netloc) != (request.url.scheme, request.url.netloc):
        raise ReplyOutOfBounds(
            f"it redirects to {target.scheme}://{target.host}, and the conversation is not sent there"
        )


class _BoundedStream(httpx.AsyncByteStream):
    """The body, decoded. Takes the encoding out of the response's headers."""

    def __init__(self, response: httpx.Response) -> None:
        assert isinstance(response.stream, httpx.AsyncByteStream)
        self._body = response.stream
        self._connection = _connection_of(response.stream)
        self._decoded = _decoder(response.headers.pop("Content-Encoding", "identity").strip().lower())
        self._is_error = response.status_code >= 400
        kind = response.headers.get("Content-Type", "").lower()
        # AWS streams binary frames, in which line ends mean nothing.
        self._is_stream = kind.startswith("text/event-stream")
        self._has_lines = kind.startswith("text/") or "json" in kind

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = line = 0
        loop = asyncio.get_running_loop()
        paced_from = loop.time() + _PACED_AFTER_S
        merger = DeltaMerger()
        async for data in self._body:
            read_at = loop.time()
            for piece in self._decoded(data):
                size += len(piece)
                if self._is_error and size > ERROR_LIMIT_BYTES:
                    yield piece[: ERROR_LIMIT_BYTES - size]
                    return
                last_end = piece.rfind(b"\n")
                line = line + len(piece) if last_end < 0 else len(piece) - last_end - 1
                if self._has_lines and line > LINE_LIMIT_BYTES:
                    raise ReplyOutOfBounds(f"it sent a line of more than {LINE_LIMIT_BYTES >> 20} MB")
                if size > REPLY_LIMIT_BYTES:
                    raise ReplyOutOfBounds(f"it sent more than {REPLY_LIMIT_BYTES >> 20} MB")
                yield merger.merge(piece) if self._is_stream else piece
            if self._is_stream and self._connection and read_at > paced_from and len(data) < _LITTLE_BYTES:
                if is_end(data):
                    paced_from = math.inf
                    continue
                await let_more_come(self._connection, read_at + _BETWEEN_READS_S - loop.time())

    async def aclose(self) -> None:
        await self._body.aclose()


def _connection_of(body: Any) -> asyncio.ReadTransport | None:
    """What LiteLLM's transport reads a reply from, if it says so; None also once all of it has been read."""
    connection: Any = getattr(getattr(body, "_aiohttp_response", None), "connection", None)
    transport: object = getattr(connection, "transport", None)
    return transport if isinstance(transport, asyncio.ReadTransport) else None


def _decoder(encoding: str) -> _Decoder:
    if encoding == "identity":
        return lambda data: iter((data,))
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise ReplyOutOfBounds(f"it sent its reply as {encoding:.40}, which was not asked for")
    inflater = zlib.decompressobj(wbits=47)  # finds out by itself whether it is gzip or zlib

    def inflated(data: bytes) -> Iterator[bytes]:
        is_full = True
        while data or is_full:
            try:
                piece = inflater.decompress(data, _PIECE_BYTES)
            except zlib.error as error:
                raise ReplyOutOfBounds("it sent compressed data that cannot be read") from error
            data, is_full = inflater.unconsumed_tail, len(piece) == _PIECE_BYTES
            yield piece

    return inflated
