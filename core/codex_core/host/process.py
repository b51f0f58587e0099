"""The parent's end of a host: a child of ours that speaks JSON lines over pipes.

One line is one JSON object. To the host: `{"id": N, "method": NAME, "params": {...}}` and `{"id": N, "cancel": true}`.
From it: any number of `{"id": N, "event": {...}}`, then one `{"id": N, "result": ...}` or
`{"id": N, "error": {"message": ..., ...}}`. `{"id": 0, "event": {...}}` belongs to no request.

What hosts do is not known here: see `codex_core.llm.host_methods` and `codex_tools.mcp.host`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
from collections.abc import AsyncGenerator, Callable
from typing import cast

from codex_core.host.child import HostChild, HostStart
from codex_core.protocol import Json, JsonObject

MAX_LINE_BYTES = 64 << 20
"""A request can hold images and a result 5 MB of text; a line longer than this is a host gone mad."""


class HostDied(Exception):
    """The host ended, or was closed, before it had answered."""


class HostFailure(Exception):
    """The host answered with an error."""

    def __init__(self, error: JsonObject) -> None:
        super().__init__(str(error.get("message", "the host gave no reason")))
        self.error = error


class HostProcess:
    """A host that is started at the first need, and again after it died.

    Any number of requests may be under way at once. Use from one event loop only.
    """

    def __init__(
        self,
        start: HostStart,
        *,
        on_event: Callable[[JsonObject], None] | None = None,
        spawned: subprocess.Popen[bytes] | None = None,
    ) -> None:
        """`on_event` gets the events that belong to no request. `spawned` was started so, and nobody spoke to it."""
        self._start = start
        self._on_event = on_event
        self._spawned = spawned
        self._child: HostChild | None = None
        self._reader: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._inboxes: dict[int, asyncio.Queue[JsonObject | None]] = {}
        self._last_id = 0
        self._closed = False

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None else None

    async def start(self) -> None:
        """Start the host if it does not run.

        Raises:
            HostDied: it was closed, or cannot be started.
        """
        async with self._starting:
            if self._closed:
                raise HostDied("closed")
            if self._child is not None and self._child.is_running:
                return
            # The last host's reader tells everybody who waits that it ended; a new request must not be told.
            await self._end_reader()
            try:
                spawned, self._spawned = self._spawned or self._start.spawn(), None
            except OSError as error:
                raise HostDied(f"{self._start.module} does not start: {error}") from error
            self._child = await HostChild.connect(spawned, limit_bytes=MAX_LINE_BYTES)
            self._reader = asyncio.create_task(self._read(self._child), name=f"host {self._start.module}")

    async def call(self, method: str, params: JsonObject) -> Json:
        """Make a request and return its result; its events are dropped.

        Raises:
            HostFailure: the host said no.
            HostDied: it ended first. The next request starts a new one.
        """
        async with contextlib.aclosing(self.stream(method, params)) as messages:
            async for message in messages:
                if "result" in message:
                    return message["result"]
        raise HostDied(f"{self._start.module} ended")

    async def stream(self, method: str, params: JsonObject) -> AsyncGenerator[JsonObject, None]:
        """Make a request; yield `{"event": ...}` messages and at last the `{"result": ...}` message.

        Closing the generator early cancels the request in the host.

        Raises:
            HostFailure: the host said no.
            HostDied: it ended first. The next request starts a new one.
        """
        await self.start()
        self._last_id += 1
        request_id = self._last_id
        inbox: asyncio.Queue[JsonObject | None] = asyncio.Queue()
        self._inboxes[request_id] = inbox
        is_done = False
        try:
            await self._send({"id": request_id, "method": method, "params": params})
            while True:
                message = await inbox.get()
                if message is None:
                    is_done = True
                    raise HostDied(f"{self._start.module} ended")
                if "error" in message:
                    is_done = True
                    raise HostFailure(cast(JsonObject, message["error"]))
                is_done = "result" in message
                yield message
                if is_done:
                    return
        finally:
            self._inboxes.pop(request_id, None)
            if not is_done:
                with contextlib.suppress(HostDied):
                    self._write({"id": request_id, "cancel": True})

    async def restart(self) -> None:
        """Kill the host; the next request starts a new one. For a host that hangs."""
        if self._child is not None:
            await self._child.end(grace_s=0.0)

    async def close(self) -> None:
        """End the host: its stdin is closed, after a second it is killed. May be called twice."""
        self._closed = True
        async with self._starting:  # what is starting just now ends, too
            if self._spawned is not None:
                self._child, self._spawned = await HostChild.connect(self._spawned, limit_bytes=MAX_LINE_BYTES), None
            if self._child is not None:
                await self._child.end(grace_s=1.0)
            await self._end_reader()

    async def _end_reader(self) -> None:
        if self._reader is None:
            return
        # A grandchild that holds the host's stdout would keep the reader for ever.
        await asyncio.wait({self._reader}, timeout=1.0)
        self._reader.cancel()
        await asyncio.wait({self._reader})

    async def _send(self, message: JsonObject) -> None:
        self._write(message)
        if self._child is not None:
            try:
                await self._child.writer.drain()
            except ConnectionError as error:
                raise HostDied(f"{self._start.module} ended") from error

    def _write(self, message: JsonObject) -> None:
        child = self._child
        if child is None or child.writer.is_closing():
            raise HostDied(f"{self._start.module} does not run")
        child.writer.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")

    async def _read(self, child: HostChild) -> None:
        """Deliver what the host says until it ends; then tell everybody who still waits."""
        try:
            while line := await child.reader.readline():
                self._deliver(line)
        except ValueError:  # a line longer than the limit
            child.kill()
        finally:
            if self._child is child:
                self._child = None  # before anybody is told: who tries again at once gets a new one
            for inbox in list(self._inboxes.values()):
                inbox.put_nowait(None)
            await child.end(grace_s=1.0)

    def _deliver(self, line: bytes) -> None:
        try:
            message = cast(object, json.loads(line))
        except (ValueError, RecursionError):
            return  # The host's own stdout is a pipe to its log; anything here that is no JSON is noise.
        if not isinstance(message, dict):
            return
        typed = cast(dict[str, Json], message)
        request_id = typed.get("id")
        if request_id == 0 and self._on_event is not None:
            self._on_event(cast(JsonObject, typed.get("event", {})))
        elif isinstance(request_id, int) and (inbox := self._inboxes.get(request_id)) is not None:
            inbox.put_nowait(typed)
