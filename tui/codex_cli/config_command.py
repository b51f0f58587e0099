"""`codex-py config show|path`: which settings count here, and where they come from.

`show --json` is an object of values by key; with `--origin` each value is `{"value": …, "origin": …}`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from codex_cli.arguments import Request
from codex_cli.configured import configured_in
from codex_cli.options import options_of
from codex_core.config.home import home_folder
from codex_core.config.settings import CONFIG_FILE, Config
from codex_core.protocol import Json


def run_config(request: Request) -> int:
    """Run `config show` or `config path`.

    Raises:
        ConfigError: the configuration is wrong, and where.
    """
    if request.command.name == "config path":
        print(Path(home_folder(os.environ)) / CONFIG_FILE)  # noqa: T201
        return 0
    options = options_of(request)
    configured = configured_in(
        options.folder,
        profile=options.profile,
        assignments=options.config_overrides,
        flags=options.overrides(),
    )
    config = configured.config
    for warning in (*configured.passed_over, *config.warnings):
        print(f"codex-py: {warning}", file=sys.stderr)  # noqa: T201
    values = config.values()
    with_origin = request.flag("origin")
    if request.flag("json"):
        shown = {name: _with_origin(config, name, value) for name, value in values.items()} if with_origin else values
        print(json.dumps(shown, indent=1))  # noqa: T201
        return 0
    rows = [(f"{name} = {json.dumps(value, ensure_ascii=False)}", name) for name, value in values.items()]
    width = max(len(row) for row, _ in rows)
    for row, name in rows:
        print(f"{row:{width}}  # {_origin(config, name)}" if with_origin else row)  # noqa: T201
    return 0


def _origin(config: Config, name: str) -> str:
    return config.origins.get(name, "default")


def _with_origin(config: Config, name: str, value: Json) -> Json:
    return {"value": value, "origin": _origin(config, name)}
