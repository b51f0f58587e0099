"""The host's end of the JSON lines. The format is in `codex_core.host.process`."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias, cast

from codex_core.protocol import Json, JsonObject

Emit: TypeAlias = Callable[[JsonObject], None]
Handler: TypeAlias = Callable[[JsonObject, Emit], Awaitable[Json]]
"""Gets the params and a function that emits events of this request; returns the result."""


class RequestFailed(Exception):
    """Raised by a handler to answer with an error that has more than a message."""

    def __init__(self, error: JsonObject) -> None:
        super().__init__(str(error.get("message", "")))
        self.error = error


def claim_stdout() -> int:
    """Keep stdout for the protocol alone and return its descriptor; stray prints go to stderr, the log.

    Call before anything heavy is imported: libraries print.
    """
    protocol_fd = os.dup(1)
    os.dup2(2, 1)
    return protocol_fd


class HostServer:
    """Answers requests until stdin ends, each in a task of its own."""

    def __init__(self, handlers: Mapping[str, Handler], protocol_fd: int) -> None:
        self._handlers = handlers
        self._fd = protocol_fd
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def emit(self, event: JsonObject) -> None:
        """Emit an event that belongs to no request."""
        self._send({"id": 0, "event": event})

    async def serve(self) -> None:
        """Return when the parent closed our stdin, or died."""
        reader = asyncio.StreamReader(limit=64 << 20)
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        try:
            while line := await reader.readline():
                self._accept(cast(dict[str, Json], json.loads(line)))
        finally:
            tasks = list(self._tasks.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _accept(self, message: JsonObject) -> None:
        request_id = cast(int, message["id"])
        if message.get("cancel"):
            if (task := self._tasks.get(request_id)) is not None:
                task.cancel()
            return
        task = asyncio.create_task(self._answer(request_id, message))
        self._tasks[request_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(request_id, None))

    async def _answer(self, request_id: int, message: JsonObject) -> None:
        def emit(event: JsonObject) -> None:
            self._send({"id": request_id, "event": event})

        try:
            handler = self._handlers[str(message["method"])]
            result = await handler(cast(JsonObject, message.get("params", {})), emit)
        except RequestFailed as failure:
            self._send({"id": request_id, "error": failure.error})
        except Exception as error:  # the border of a request: one that fails must not end the host
            self._send({"id": request_id, "error": {"message": f"{type(error).__name__}: {error}"}})
        else:
            self._send({"id": request_id, "result": result})

    def _send(self, message: JsonObject) -> None:
        data = json.dumps(message, separators=(",", ":")).encode() + b"\n"
        while data:
            data = data[os.write(self._fd, data) :]
