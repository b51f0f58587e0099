"""`codex-py config show|path`: which settings count here, and where they come from.

`show` prints what could be a `config.toml`. `show --json` is an object of values by key; with `--origin` each value is
`{"value": …, "origin": …}`.
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
    rows = [(_line(name, value), name) for name, value in values.items()]
    width = max(len(row) for row, _ in rows)
    for row, name in rows:
        print(f"{row:{width}}  # {_origin(config, name)}" if with_origin else row)  # noqa: T201
    return 0


def _line(name: str, value: Json) -> str:
    """As `config.toml` has it, where what is not set cannot be written."""
    return f"# {name} is not set" if value in (None, "") else f"{name} = {_toml(value)}"


def _toml(value: Json) -> str:
    """In one line; what is not set in a table is left out."""
    match value:
        case dict():
            entries = [f"{json.dumps(key)} = {_toml(entry)}" for key, entry in value.items() if entry is not None]
            return "{ " + ", ".join(entries) + " }" if entries else "{}"
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _origin(config: Config, name: str) -> str:
    return config.origins.get(name, "default")


def _with_origin(config: Config, name: str, value: Json) -> Json:
    return {"value": value, "origin": _origin(config, name)}
