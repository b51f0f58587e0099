"""The server in a thread of its own, for tests without an event loop: those that drive a terminal or a process."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Self

from tests.support.model_server.request import SeenRequest
from tests.support.model_server.script import Script
from tests.support.model_server.server import ModelServer


class ThreadedModelServer:
    """`ModelServer` with a plain `with`. A function as script runs in the server's thread."""

    def __init__(self, script: Script, *, key: str | None = None, models: tuple[str, ...] = ("scripted",)) -> None:
        self._arguments = (script, key, models)
        self._thread = threading.Thread(target=self._run, name="model server", daemon=True)
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: ModelServer | None = None

    @property
    def url(self) -> str:
        return self._running.url

    @property
    def requests(self) -> list[SeenRequest]:
        return self._running.requests

    @property
    def violations(self) -> list[str]:
        return self._running.violations

    @property
    def disconnects(self) -> list[int]:
        return self._running.disconnects

    def environment(self, key: str = "sk-scripted-0123456789abcdef") -> dict[str, str]:
        return self._running.environment(key)

    def release(self) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._running.release)

    def wait_for_disconnect(self, count: int = 1, *, timeout_s: float = 10.0) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(self._running.wait_for_disconnect(count), self._loop).result(timeout_s)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        if error is None:
            self._running.check()

    @property
    def _running(self) -> ModelServer:
        assert self._server is not None, "not entered yet"
        return self._server

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        script, key, models = self._arguments
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._server = ModelServer(script, key=key, models=models)
        try:
            async with self._server:
                self._ready.set()
                await self._stop.wait()
        except AssertionError:
            pass  # raised again where the test can see it, by __exit__
