"""`codex-py mcp list|test|add|remove`: the MCP servers that count here, and whether they work.

`--json` prints one object:
- `list`: `{"servers": [{"name", "origin": "user|project|preset", "file", "enabled", "command": [ARGV…], "sandbox":
  {"mode", "network", "writable": […], "env": […]}, "description"}], "problems": [SENTENCE…]}`
- `test`: `{"servers": [{"name", "state": "ready|failed", "reason", "start_s", "protocol", "version", "tools":
  [{"name", "description"}], "left_out": [SENTENCE…]}], "problems": […]}`; exit 1 if one is not ready
- `add`: `{"added": NAME, "file": PATH}`
- `remove`: `{"removed": NAME, "file": PATH}`

A name that is not there, or one that `add` would overwrite, exits 2; so do `list` and `test` where a file is malformed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path

from codex_cli.arguments import UsageError
from codex_cli.configured import Configured, configured_in
from codex_cli.mcp_arguments import parse_mcp
from codex_cli.plain_output import complain, show
from codex_core.config.home import home_path
from codex_core.protocol import Json
from codex_tools.mcp.config import ServerConfig, parse_server, unknown_server
from codex_tools.mcp.files import add_server, load_presets, load_servers, remove_server, user_file


def run_mcp(arguments: Sequence[str]) -> int:
    """Run one `mcp` command; returns the exit code.

    Raises:
        UsageError: it cannot be understood.
        ConfigError: a name or a file is wrong.
    """
    asked = parse_mcp(arguments)
    match asked.what:
        case "list":
            return _list(_configured(asked.cd), with_presets=asked.presets, as_json=asked.json)
        case "test":
            # Deferred: the others need neither the sandbox nor the host.
            from codex_cli.mcp_trial import run_trial

            return asyncio.run(run_trial(_configured(asked.cd), asked.names, as_json=asked.json))
        case "add":
            return _add(asked)
        case _:
            return _remove(asked.name, as_json=asked.json)


def _configured(folder: str) -> Configured:
    workspace = Path(folder).resolve()
    if not workspace.is_dir():
        raise UsageError(f"there is no folder {workspace}")
    return configured_in(workspace)


def _list(configured: Configured, *, with_presets: bool, as_json: bool) -> int:
    loaded = configured.servers()
    servers = list(loaded.servers)
    problems = (*loaded.problems, *configured.passed_over)
    exit_code = 2 if loaded.is_malformed else 0
    if with_presets:
        taken = {server.name for server in servers}
        servers += [preset for preset in load_presets().servers if preset.name not in taken]
    if as_json:
        shown: list[Json] = [_as_json(server) for server in servers]
        show(json.dumps({"servers": shown, "problems": list(problems)}, indent=2))
        return exit_code
    complain(problems)
    width = max((len(server.name) for server in servers), default=0)
    for server in servers:
        state = "preset" if server.origin == "preset" else "off" if server.disabled else "on"
        show(f"{server.name:{width}}  {state:6}  {_about(server)}")
    if not servers and not loaded.is_malformed:
        show("no MCP servers; `codex-py mcp list --presets` shows some, `codex-py mcp add NAME` adds one")
    return exit_code


def _about(server: ServerConfig) -> str:
    block = server.sandbox
    sandbox = f"{block.mode}, network {block.network}"
    what = server.description or " ".join((server.command, *server.args))
    return f"[{sandbox}]  {what}"


def _as_json(server: ServerConfig) -> dict[str, Json]:
    """Without the values of `env`, which may be secrets."""
    block = server.sandbox
    return {
        "name": server.name,
        "origin": server.origin,
        "file": str(server.source),
        "enabled": not server.disabled,
        "command": [server.command, *server.args],
        "sandbox": {
            "mode": block.mode,
            "network": block.network,
            "writable": list(block.writable),
            "env": [*server.env, *block.env],
        },
        "description": server.description,
    }


def _add(asked: argparse.Namespace) -> int:
    home = home_path(os.environ)
    entry = _entry_of(asked)
    # As strict as reading it back: what cannot be read is not written.
    parse_server(asked.name, entry, source=user_file(home), origin="user")
    path = add_server(home, asked.name, entry)
    if asked.json:
        show(json.dumps({"added": asked.name, "file": str(path)}))
    else:
        show(f"{asked.name} is in {path}; try it: codex-py mcp test {asked.name}")
    return 0


def _entry_of(asked: argparse.Namespace) -> dict[str, Json]:
    """The entry to write: the given command, or the preset of that name."""
    if asked.command:
        entry: dict[str, Json] = {"command": asked.command[0], "args": list(asked.command[1:])}
        block: dict[str, Json] = {"mode": "read-only", "network": "off"}
    else:
        presets = {preset.name: preset for preset in load_presets().servers}
        if (preset := presets.get(asked.name)) is None:
            raise UsageError(
                f"mcp add {asked.name}: say what it runs, after --, or name a preset: {', '.join(presets)}"
            )
        entry = {"command": preset.command, "args": list(preset.args), "install": preset.install}
        entry |= {"description": preset.description, "env": dict(preset.env)}
        block = {"mode": preset.sandbox.mode, "network": preset.sandbox.network}
    entry = {key: value for key, value in entry.items() if value}
    env = dict(_pair(text) for text in asked.env)
    old = entry.get("env")
    if env or old:
        entry["env"] = {**(old if isinstance(old, dict) else {}), **env}
    if asked.cwd:
        entry["cwd"] = asked.cwd
    block |= {"mode": asked.mode or block["mode"], "network": asked.network or block["network"]}
    if asked.writable:
        block["writable"] = list(asked.writable)
    if asked.disabled:
        entry["disabled"] = True
    return {**entry, "sandbox": block}


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise UsageError(f"--env takes NAME=VALUE, not {text!r}")
    return name, value


def _remove(name: str, *, as_json: bool) -> int:
    home = home_path(os.environ)
    if not remove_server(home, name):
        servers = load_servers(home, home, trusted=False).servers
        raise unknown_server(name, tuple(server.name for server in servers if server.source == user_file(home)))
    if as_json:
        show(json.dumps({"removed": name, "file": str(user_file(home))}))
    else:
        show(f"{name} is out of {user_file(home)}")
    return 0
