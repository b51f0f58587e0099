"""`LiteLLMProvider`: any model that LiteLLM knows, through the model host. Imports nothing heavy."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import cast

from codex_core.host.process import HostDied, HostFailure, HostProcess
from codex_core.llm.endpoints import host_environment
from codex_core.llm.lines import deltas_from_json, ended_from_json, error_from_json, info_from_json, request_to_json
from codex_core.llm.provider import ModelEvent, ModelInfo, ModelRequest
from codex_core.llm.watchdog import Limits
from codex_core.protocol import JsonObject, ProviderError

_LOG_LIMIT_BYTES = 1 << 20


class LiteLLMProvider:
    """Starts the host at `warm_up` or the first need, and again after it died. Use from one event loop."""

    def __init__(
        self, *, state_folder: Path, log_path: Path, environ: Mapping[str, str], limits: Limits | None = None
    ) -> None:
        """The host runs in `state_folder`/model-host, an empty private folder, and gets of `environ` what it needs."""
        self._folder = state_folder / "model-host"
        self._log_path = log_path
        self.limits = limits or Limits()
        """Of the calls to come."""
        self._host = HostProcess(
            "codex_core.llm.host", environment=host_environment(environ), cwd=self._folder, log_path=log_path
        )

    @property
    def name(self) -> str:
        return "litellm"

    @property
    def host_pid(self) -> int | None:
        return self._host.pid

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        params: JsonObject = {"request": request_to_json(request), "limits": asdict(self.limits)}
        try:
            self._make_folder()
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
            self._make_folder()
            return info_from_json(cast(JsonObject, await self._host.call("info", {"model": model})))
        except (HostDied, HostFailure, OSError):
            return ModelInfo(model=model, context_window=None)

    async def models(self) -> tuple[str, ...]:
        """Return the chat models known of the providers that there is a key for; none if the host does not start."""
        try:
            self._make_folder()
            return tuple(cast(list[str], await self._host.call("models", {})))
        except (HostDied, HostFailure, OSError):
            return ()

    async def warm_up(self) -> None:
        with contextlib.suppress(HostDied, OSError):  # the first call will say it
            self._make_folder()
            await self._host.start()

    async def close(self) -> None:
        await self._host.close()

    def _make_folder(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._log_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._host.pid is None and self._log_path.exists() and self._log_path.stat().st_size > _LOG_LIMIT_BYTES:
            self._log_path.unlink()

    def _crashed(self, error: BaseException) -> ProviderError:
        return ProviderError(
            f"The model host ended unexpectedly ({error}). Its log is {self._log_path}.", kind="crashed", retryable=True
        )
