"""How the model host is started. Imports nothing of the vocabulary, so that it can be done before the first paint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from codex_core.host.child import HostStart
from codex_core.llm.endpoints import host_environment

_LOG_LIMIT_BYTES = 1 << 20


def host_start(state_folder: Path, environ: Mapping[str, str]) -> HostStart:
    """How the host is started: in an empty private folder, with what it needs of `environ`."""
    return HostStart(
        module="codex_core.llm.host",
        environment=host_environment(environ),
        cwd=state_folder / "model-host",
        log_path=state_folder / "logs" / "model-host.log",
    )


def make_folders(start: HostStart) -> None:
    """Make what the host's start needs, and begin a new log if the last one has grown long."""
    start.cwd.mkdir(mode=0o700, parents=True, exist_ok=True)
    start.log_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if start.log_path.exists() and start.log_path.stat().st_size > _LOG_LIMIT_BYTES:
        start.log_path.unlink()
