"""The provider of each model, made when it is first needed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from codex_cli import early_host
from codex_cli.known_models import known_models
from codex_cli.wording import own_command
from codex_core.llm.default_model import DEMO_MODEL
from codex_core.llm.demo_provider import DemoProvider
from codex_core.llm.host_start import host_start
from codex_core.llm.litellm_provider import LiteLLMProvider
from codex_core.llm.provider import Provider
from codex_core.protocol import KnownModel


class ModelProviders:
    """Called with the name of a model; to be closed."""

    def __init__(self, home: Path, environ: Mapping[str, str], *, is_watched: bool) -> None:
        """`is_watched`: somebody sees the demo's words come, one by one."""
        self._is_watched = is_watched
        self._home = home
        self._environ = environ
        self._demo: DemoProvider | None = None
        self._litellm: LiteLLMProvider | None = None

    def __call__(self, model: str) -> Provider:
        if model == DEMO_MODEL:
            if self._demo is None:
                command = own_command()
                self._demo = (
                    DemoProvider(command=command) if self._is_watched else DemoProvider(command=command, chunk_s=0)
                )
            return self._demo
        return self._of_litellm()

    def _of_litellm(self) -> LiteLLMProvider:
        if self._litellm is None:
            self._litellm = LiteLLMProvider(
                state_folder=self._home,
                environ=self._environ,
                spawned=early_host.take(host_start(self._home, self._environ)),
            )
        return self._litellm

    async def list_models(self) -> tuple[KnownModel, ...]:
        """All that can be named here."""
        return await known_models(self._environ, self._of_litellm().models)

    async def close(self) -> None:
        early_host.drop()
        for provider in (self._demo, self._litellm):
            if provider is not None:
                await provider.close()
