"""The model host, started before anything else: its seconds of import pass while the rest of the session starts.

Who starts it knows the settings and has no event loop yet; the session takes it later. Nobody speaks to it before, and
with us it ends, because its stdin does.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from codex_core.config.settings import Config
from codex_core.host.child import HostStart
from codex_core.llm.default_model import DEMO_MODEL, default_model
from codex_core.llm.host_start import host_start, make_folders

_spawned: tuple[HostStart, subprocess.Popen[bytes]] | None = None


def provider_environment(environ: Mapping[str, str], config: Config) -> dict[str, str]:
    """The environment with the keys and addresses of providers as they count."""
    counts = dict(environ)
    if (key := counts.pop("CODEX_API_KEY", "")) and "OPENAI_API_KEY" not in counts:
        counts["OPENAI_API_KEY"] = key  # so Codex's SDK hands it over
    if config.openai_base_url:
        counts["OPENAI_BASE_URL"] = config.openai_base_url
    return counts


def start_early(home: Path, environ: Mapping[str, str], config: Config) -> None:
    """Start the host if the session will need it. What keeps it from starting is said when it is needed."""
    global _spawned
    counts = provider_environment(environ, config)
    if _spawned is not None or (config.model or default_model(counts) or DEMO_MODEL) == DEMO_MODEL:
        return
    start = host_start(home, counts)
    try:
        make_folders(start)
        _spawned = start, start.spawn()
    except OSError:
        return


def take(start: HostStart) -> subprocess.Popen[bytes] | None:
    """The host that was started so, once; one that was started otherwise is ended."""
    global _spawned
    if _spawned is None or _spawned[0] != start:
        drop()
        return None
    (_, process), _spawned = _spawned, None
    return process


def drop() -> None:
    """End the host if nobody has taken it."""
    global _spawned
    if _spawned is not None:
        _spawned[1].kill()
        _spawned[1].wait()
        _spawned = None
