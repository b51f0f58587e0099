from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from codex_cli import early_host
from codex_core.config.settings import Config, load_config
from codex_core.llm.host_start import host_start
from codex_core.llm.litellm_provider import LiteLLMProvider

KEYS = {"OPENAI_API_KEY": "sk-test", "PATH": "/usr/bin:/bin"}


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    early_host.drop()


def settings(home: Path, **flags: str | int) -> Config:
    return load_config(home, environ={}, flags=flags)


async def test_the_session_speaks_to_the_host_that_was_started_for_it(tmp_path: Path) -> None:
    early_host.start_early(tmp_path, KEYS, settings(tmp_path, model="openai/gpt-5.5"))
    process = early_host.take(host_start(tmp_path, KEYS))
    assert process is not None
    provider = LiteLLMProvider(state_folder=tmp_path, environ=KEYS, spawned=process)
    await provider.warm_up()
    assert provider.host_pid == process.pid
    assert "openai/gpt-5.5" in await provider.models()
    await provider.close()
    assert process.poll() is not None
    assert early_host.take(host_start(tmp_path, KEYS)) is None


async def test_a_host_that_nobody_spoke_to_ends_with_its_provider(tmp_path: Path) -> None:
    early_host.start_early(tmp_path, KEYS, settings(tmp_path, model="openai/gpt-5.5"))
    process = early_host.take(host_start(tmp_path, KEYS))
    assert process is not None
    await LiteLLMProvider(state_folder=tmp_path, environ=KEYS, spawned=process).close()
    assert process.poll() is not None


def test_a_host_that_was_started_otherwise_is_ended(tmp_path: Path) -> None:
    early_host.start_early(tmp_path, KEYS, settings(tmp_path, model="openai/gpt-5.5"))
    assert early_host.take(host_start(tmp_path, {**KEYS, "OPENAI_BASE_URL": "http://127.0.0.1:1"})) is None
    assert early_host.take(host_start(tmp_path, KEYS)) is None


@pytest.mark.parametrize(("flags", "environ"), [({"model": "demo"}, KEYS), ({}, {"PATH": "/usr/bin:/bin"})])
def test_the_demo_starts_no_host(tmp_path: Path, flags: dict[str, str | int], environ: dict[str, str]) -> None:
    early_host.start_early(tmp_path, environ, settings(tmp_path, **flags))
    assert early_host.take(host_start(tmp_path, environ)) is None
    assert not (tmp_path / "model-host").exists()
