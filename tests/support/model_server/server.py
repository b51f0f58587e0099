"""The server: takes requests, checks them, plays the script, remembers what it saw."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
from collections.abc import Coroutine, Iterator
from types import TracebackType
from typing import Any, Self, cast

from tests.support.model_server import anthropic_wire, openai_wire
from tests.support.model_server.history import violations
from tests.support.model_server.http import Connection, EventStream, HttpRequest, read_request, reset, send
from tests.support.model_server.request import Format, SeenRequest
from tests.support.model_server.script import Cut, HttpError, Malformed, Reply, Script, Stall, Step

_KEEP_ALIVE_S = 0.02


class ModelServer:
    """A scripted model behind a real port of loopback.

        async with ModelServer([Reply(text="Hello")]) as server:
            ...  # point a client at server.url
            assert server.requests[0].last_text == "Hi"

    Leaving it raises AssertionError if any request broke a rule or had no step left; each of them was answered
    with status 400.
    """

    def __init__(
        self, script: Script, *, key: str | None = None, models: tuple[str, ...] = ("scripted",), port: int = 0
    ) -> None:
        """With `key`, requests without it are answered 401. Port 0: any free one."""
        self._script = script
        self._key = key
        self._models = models
        self._port = port
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._disconnected = asyncio.Condition()
        self._released = asyncio.Event()
        self._calls_made = 0
        self.requests: list[SeenRequest] = []
        self.violations: list[str] = []
        self.disconnects: list[int] = []
        """Numbers of the requests whose client went before the answer had ended."""

    @property
    def url(self) -> str:
        """Without a path: `http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self._port}"

    def environment(self, key: str = "sk-scripted-0123456789abcdef") -> dict[str, str]:
        """Return the variables that make `openai/…` and `anthropic/…` models come here."""
        return {
            "OPENAI_API_KEY": key,
            "OPENAI_BASE_URL": f"{self.url}/v1",
            "ANTHROPIC_API_KEY": key,
            "ANTHROPIC_BASE_URL": self.url,
        }

    def release(self) -> None:
        """Let every stalled reply go on, those to come too."""
        self._released.set()

    async def wait_for_disconnect(self, count: int = 1) -> None:
        """Return when the clients of `count` requests have gone early."""
        async with self._disconnected:
            await self._disconnected.wait_for(lambda: len(self.disconnects) >= count)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        if error is None:
            self.check()

    def check(self) -> None:
        """Raise AssertionError if any request broke a rule."""
        assert not self.violations, "bad requests to the model:\n" + "\n".join(self.violations)

    def _connection(self) -> Connection:
        return Connection(self._connected)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._converse(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await read_request(reader)) is not None:
                await self._answer(request, writer)
        except ConnectionError:
            pass  # the client went, or the script cut it off
        finally:
            writer.close()

    async def _answer(self, request: HttpRequest, writer: asyncio.StreamWriter) -> None:
        connection = cast(Connection, writer.transport.get_protocol())
        match request.method, _format(request.path):
            case "POST", ("openai" | "anthropic" | "other") as wire:
                seen = SeenRequest(
                    number=len(self.requests),
                    format=wire,
                    path=request.path,
                    headers=request.headers,
                    body=json.loads(request.body),
                )
                self.requests.append(seen)
                await self._unless_gone(self._play(seen, writer), seen, connection.gone)
            case "GET", _ if request.path.endswith("/models"):
                await send(
                    writer, 200, {"object": "list", "data": [{"id": m, "object": "model"} for m in self._models]}
                )
            case "GET", _ if request.path == "/api/tags":
                await send(writer, 200, {"models": [{"name": model} for model in self._models]})
            case _:
                await send(writer, 404, {"error": {"message": f"nothing at {request.method} {request.path}"}})

    async def _next_step(self, request: SeenRequest) -> Step:
        if self._key is not None and self._key not in _offered_keys(request):
            return HttpError(status=401)
        if wrong := violations(request):
            return self._refuse(request, "; ".join(wrong))
        if callable(self._script):
            step = self._script(request)
            return await step if inspect.isawaitable(step) else step
        if request.number >= len(self._script):
            return self._refuse(request, f"the script has only {len(self._script)} steps")
        return self._script[request.number]

    def _refuse(self, request: SeenRequest, why: str) -> HttpError:
        self.violations.append(f"request {request.number}: {why}")
        return HttpError(status=400, body=_wire(request).error(400, why))

    async def _play(self, request: SeenRequest, writer: asyncio.StreamWriter) -> None:
        match step := await self._next_step(request):
            case HttpError(status=status, body=body, headers=headers):
                default = _wire(request).error(status, f"scripted error {status}")
                await send(writer, status, body or default, headers)
            case Reply() if not request.streams:
                await asyncio.sleep(step.delay_s)
                await send(writer, 200, _wire(request).whole(step, request, self._call_ids(step)))
            case Reply():
                await self._stream(step, step, request, writer)
            case Stall(reply=reply) | Cut(reply=reply) | Malformed(reply=reply):
                await self._stream(reply, step, request, writer)

    async def _stream(self, reply: Reply, step: Step, request: SeenRequest, writer: asyncio.StreamWriter) -> None:
        """Stream the reply; do what the step says after so many chunks of it."""
        await asyncio.sleep(reply.delay_s)
        stream = EventStream(writer)
        if isinstance(step, Stall) and step.after_chunks == 0:
            await self._released.wait()
        await stream.open()
        loop = asyncio.get_running_loop()
        started = loop.time()
        for count, (data, event) in enumerate(_events(reply, request, self._call_ids(reply))):
            match step:
                case Stall(after_chunks=after) if count == after:
                    await self._stall(step, stream)
                case Cut(after_chunks=after, how=how) if count == after:
                    await _break_off(how, stream, writer)
                    return
                case Malformed(after_chunks=after, data=bad) if count == after:
                    await stream.data(bad)
            if reply.chunks_per_s is not None:
                await asyncio.sleep(started + count / reply.chunks_per_s - loop.time())
            await stream.data(data, event)
        await stream.end()

    async def _stall(self, step: Stall, stream: EventStream) -> None:
        while not self._released.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_KEEP_ALIVE_S if step.keep_alives else None):
                    await self._released.wait()
            if step.keep_alives:
                await stream.comment()

    async def _unless_gone(self, answer: Coroutine[Any, Any, None], request: SeenRequest, gone: asyncio.Event) -> None:
        """Run the answer to its end, or until the client has gone: then note that and end the conversation."""
        answering = asyncio.create_task(answer)
        going = asyncio.create_task(gone.wait())
        try:
            await asyncio.wait({answering, going}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done() or isinstance(answering.exception(), ConnectionResetError):
                await self._note_disconnect(request)
                answering.cancel()
            await answering
        finally:
            answering.cancel()
            going.cancel()
            await asyncio.gather(answering, going, return_exceptions=True)

    async def _note_disconnect(self, request: SeenRequest) -> None:
        self.disconnects.append(request.number)
        async with self._disconnected:
            self._disconnected.notify_all()

    def _call_ids(self, reply: Reply) -> list[str]:
        ids: list[str] = []
        for call in reply.calls:
            self._calls_made += 1
            ids.append(call.id or f"call_{self._calls_made:04d}")
        return ids


def _format(path: str) -> Format | None:
    if path.endswith("/chat/completions"):
        return "openai"
    if path.endswith("/v1/messages"):
        return "anthropic"
    return "other" if path.endswith(("/responses", "/api/chat")) else None


def _wire(request: SeenRequest) -> Any:
    return anthropic_wire if request.format == "anthropic" else openai_wire


def _offered_keys(request: SeenRequest) -> tuple[str, str]:
    return request.headers.get("authorization", "").removeprefix("Bearer "), request.headers.get("x-api-key", "")


def _events(reply: Reply, request: SeenRequest, call_ids: list[str]) -> Iterator[tuple[str, str | None]]:
    """Yield (data, event name) of every server-sent event of the reply."""
    if request.format == "anthropic":
        for event in anthropic_wire.events(reply, request, call_ids):
            yield json.dumps(event), event["type"]
        return
    for chunk in openai_wire.chunks(reply, request, call_ids):
        yield json.dumps(chunk), None
    yield "[DONE]", None


async def _break_off(how: str, stream: EventStream, writer: asyncio.StreamWriter) -> None:
    match how:
        case "reset":
            reset(writer)
        case "end":
            await stream.end()
        case _:
            pass
    if how != "end":
        raise ConnectionAbortedError
