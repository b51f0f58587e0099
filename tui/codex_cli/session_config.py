"""The settings of the session that a command line asks for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from codex_cli.options import Options
from codex_core.config.settings import Config, load_config


def session_config(
    options: Options, home: Path, environ: Mapping[str, str], *, project: tuple[Path, bytes] | None = None
) -> Config:
    """Return the settings that count; `project` is the path and content of the folder's own file, if it is trusted.

    Raises:
        ConfigError: something in a file, in the environment or on the command line is wrong.
    """
    return load_config(
        home,
        environ=environ,
        front_end=options.front_end,
        project=project,
        profile=options.profile,
        assignments=options.config_overrides,
        flags=options.overrides(),
        add_dirs=options.add_dirs,
    )
