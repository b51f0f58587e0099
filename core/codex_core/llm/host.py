"""The model host: `python -I -m codex_core.llm.host`. Keeps litellm out of the front end's process.

Methods: `stream` (a request; events are deltas, the result is the end of the reply), `info` (a model).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import warnings
from types import TracebackType
from typing import Self, cast

from codex_core.host.server import Emit, HostServer, RequestFailed, claim_stdout
from codex_core.llm.lines import (
    Delta,
    deltas_to_json,
    ended_to_json,
    error_to_json,
    info_to_json,
    request_from_json,
)
from codex_core.llm.litellm_backend import LiteLLMBackend, load_litellm
from codex_core.llm.provider import ReplyEnded
from codex_core.llm.watchdog import Limits
from codex_core.protocol import Json, JsonObject, ProviderError

_INTERVAL_S = 1 / 30
"""Between messages: a front end cannot show more, and each costs it a wake-up."""


class DeltaBatch:
    """Emits the first deltas at once and gathers what follows within an interval. Leaving it emits the rest."""

    def __init__(self, emit: Emit, interval_s: float = _INTERVAL_S) -> None:
        self._emit = emit
        self._interval_s = interval_s
        self._loop = asyncio.get_running_loop()
        self._next_at = self._since = 0.0
        self._waiting: list[Delta] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, delta: Delta) -> bool:
        """Take a delta; say whether it was sent, with all that waited."""
        now = self._loop.time()
        self._waiting.append(delta)
        if self._timer is None:
            self._since = now
            # Not at once even if it is time: what came by the same read goes with it.
            self._timer = self._loop.call_later(max(self._next_at - now, 0.0), self._flush)
        elif now - self._since >= self._interval_s:
            # A fast stream comes from a buffer and never lets the loop run timers.
            self._flush()
            return True
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._flush()

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            self._emit(deltas_to_json(self._waiting))
            self._waiting = []
            self._next_at = self._loop.time() + self._interval_s


class _Methods:
    def __init__(self, backend: LiteLLMBackend) -> None:
        self._backend = backend

    async def stream(self, params: JsonObject, emit: Emit) -> Json:
        request = request_from_json(cast(JsonObject, params["request"]))
        limits = Limits(**cast(dict[str, float], params["limits"]))
        result: Json = None
        try:
            async with contextlib.aclosing(self._backend.stream(request, limits=limits)) as events:
                with DeltaBatch(emit) as batch:
                    async for event in events:
                        if isinstance(event, ReplyEnded):
                            result = ended_to_json(event)
                        elif batch.add(event):
                            await asyncio.sleep(0)  # a fast stream must not keep us from hearing that it is cancelled
        except ProviderError as error:
            raise RequestFailed(error_to_json(error)) from error
        return result

    async def info(self, params: JsonObject, emit: Emit) -> Json:
        del emit
        return info_to_json(await self._backend.info(str(params["model"])))

    async def models(self, params: JsonObject, emit: Emit) -> Json:
        del params, emit
        return list(self._backend.models())


async def main(protocol_fd: int) -> None:
    backend = LiteLLMBackend()
    methods = _Methods(backend)
    async with asyncio.TaskGroup() as group:
        warming = group.create_task(backend.warm_up())
        await HostServer(
            {"stream": methods.stream, "info": methods.info, "models": methods.models}, protocol_fd
        ).serve()
        warming.cancel()


if __name__ == "__main__":
    descriptor = claim_stdout()
    warnings.simplefilter("ignore")  # pydantic's, about litellm's own objects
    load_litellm()
    asyncio.run(main(descriptor))
    sys.stderr.flush()
    os._exit(0)  # litellm's exit hooks wait for its background work; nothing of it is ours
