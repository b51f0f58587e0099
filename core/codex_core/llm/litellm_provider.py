"""`LiteLLMProvider`: any model that LiteLLM knows, through the model host. Imports nothing heavy."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import AsyncGenerator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import cast

from codex_core.host.process import HostDied, HostFailure, HostProcess
from codex_core.llm.host_start import host_start, make_folders
from codex_core.llm.lines import deltas_from_json, ended_from_json, error_from_json, info_from_json, request_to_json
from codex_core.llm.provider import ModelEvent, ModelInfo, ModelRequest
from codex_core.llm.watchdog import Limits
from codex_core.protocol import JsonObject, ProviderError


class LiteLLMProvider:
    """Starts the host at `warm_up` or the first need, and again after it died. Use from one event loop."""

    def __init__(
        self,
        *,
        state_folder: Path,
        environ: Mapping[str, str],
        limits: Limits | None = None,
        spawned: subprocess.Popen[bytes] | None = None,
    ) -> None:
        """`spawned` is a host that was started as `host_start(state_folder, environ)` says."""
        self._start = host_start(state_folder, environ)
        self.limits = limits or Limits()
        """Of the calls to come."""
        self._host = HostProcess(self._start, spawned=spawned)

    @property
    def name(self) -> str:
        return "litellm"

    @property
    def host_pid(self) -> int | None:
        return self._host.pid

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        params: JsonObject = {"request": request_to_json(request), "limits": asdict(self.limits)}
        try:
            self._make_folders()
            async with contextlib.aclosing(self._host.stream("stream", params)) as messages:
                async for message in messages:
                    if "result" in message:
                        yield ended_from_json(cast(JsonObject, message["result"]))
                        return
                    for event in deltas_from_json(cast(JsonObject, message["event"])):
                        yield event
        except HostFailure as failure:
            raise error_from_json(failure.error) from None
        except (HostDied, OSError) as error:
            raise self._crashed(error) from error

    async def info(self, model: str) -> ModelInfo:
        try:
            self._make_folders()
            return info_from_json(cast(JsonObject, await self._host.call("info", {"model": model})))
        except (HostDied, HostFailure, OSError):
            return ModelInfo(model=model, context_window=None)

    async def models(self) -> tuple[str, ...]:
        """Return the chat models known of the providers that there is a key for; none if the host does not start."""
        try:
            self._make_folders()
            return tuple(cast(list[str], await self._host.call("models", {})))
        except (HostDied, HostFailure, OSError):
            return ()

    async def warm_up(self) -> None:
        with contextlib.suppress(HostDied, OSError):  # the first call will say it
            self._make_folders()
            await self._host.start()

    async def close(self) -> None:
        await self._host.close()

    def _make_folders(self) -> None:
        if self._host.pid is None:
            make_folders(self._start)

    def _crashed(self, error: BaseException) -> ProviderError:
        return ProviderError(
            f"The model host ended unexpectedly ({error}). Its log is {self._start.log_path}.",
            kind="crashed",
            retryable=True,
        )
