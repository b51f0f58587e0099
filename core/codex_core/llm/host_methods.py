"""What the model host does: `stream` (a request; events are deltas, the result is the end of the reply), `info` (of a
model) and `models` (that there is a key for).
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import cast

from codex_core.host.server import Emit, HostServer, RequestFailed
from codex_core.llm.delta_batch import DeltaBatch
from codex_core.llm.lines import ended_to_json, error_to_json, info_to_json, request_from_json
from codex_core.llm.litellm_backend import LiteLLMBackend
from codex_core.llm.provider import ReplyEnded
from codex_core.llm.watchdog import Limits
from codex_core.protocol import Json, JsonObject, ProviderError


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
        return list(await self._backend.models())


async def serve(protocol_fd: int) -> None:
    """Answer until the front end goes, and be warm for its first request."""
    backend = LiteLLMBackend()
    methods = _Methods(backend)
    async with asyncio.TaskGroup() as group:
        warming = group.create_task(backend.warm_up())
        await HostServer(
            {"stream": methods.stream, "info": methods.info, "models": methods.models}, protocol_fd
        ).serve()
        warming.cancel()
