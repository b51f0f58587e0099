"""`codex-py mcp test`: really start servers, confined as in a session, and see what they offer."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace

from codex_cli.configured import Configured
from codex_cli.plain_output import complain, show
from codex_core.llm.endpoints import provider_variables
from codex_core.protocol import Json, Tool
from codex_tools.mcp.client import McpClient, ServerStatus
from codex_tools.mcp.config import unknown_server
from codex_tools.mcp.launch import Surroundings
from codex_tools.sandbox.policy_defaults import default_policy
from codex_tools.sandbox.runner import open_sandbox


async def run_trial(configured: Configured, names: Sequence[str], *, as_json: bool) -> int:
    """Start the servers that are on, or the named ones, print what came of it, and end them.

    Returns the exit code: 2 if a file is malformed, else 1 if one is not ready.

    Raises:
        ConfigError: a name is unknown.
    """
    home, workspace, loaded = configured.home, configured.found.folder, configured.servers()
    by_name = {server.name: server for server in loaded.servers}
    for name in names:
        if name not in by_name:
            raise unknown_server(name, tuple(by_name))
    chosen = [by_name[name] for name in dict.fromkeys(names)] or [s for s in by_name.values() if not s.disabled]
    secrets = set(provider_variables(os.environ))
    sandbox = await open_sandbox(state_dir=home)
    client = McpClient(
        Surroundings(
            home=home,
            workspace=workspace,
            environment={name: value for name, value in os.environ.items() if name not in secrets},
            policy=default_policy("read-only", workspace=workspace, home=home),
            confine=sandbox.wrap,
        )
    )
    try:
        await client.start([replace(server, disabled=False) for server in chosen])
        await client.settled()
        status, tools = client.status(), client.tools()
    finally:
        await client.close()
        await sandbox.close()
    _show(status, tools, (*loaded.problems, *configured.passed_over), as_json=as_json)
    if loaded.is_malformed:
        return 2
    return 0 if all(server.state == "ready" for server in status) else 1


def _show(status: Sequence[ServerStatus], tools: Sequence[Tool], problems: Sequence[str], *, as_json: bool) -> None:
    offered = {server.name: [tool.spec for tool in tools if tool.spec.server == server.name] for server in status}
    if as_json:
        shown: list[Json] = [
            {
                "name": server.name,
                "state": server.state,
                "reason": server.reason,
                "start_s": server.start_s,
                "protocol": server.protocol,
                "version": server.version,
                "tools": [{"name": spec.name, "description": spec.description} for spec in offered[server.name]],
                "left_out": list(server.left_out),
            }
            for server in status
        ]
        show(json.dumps({"servers": shown, "problems": list(problems)}, indent=2))
        return
    complain(problems)
    for server in status:
        if server.state != "ready":
            show(f"✗ {server.name}: {server.reason}")
            continue
        show(f"✓ {server.name}: {server.tool_count} tools in {server.start_s:.2f} s  ({server.version})")
        for spec in offered[server.name]:
            show(f"    {spec.name}  {spec.description.partition(chr(10))[0][:80]}")
        for line in server.left_out:
            show(f"    left out: {line}")
    if not status:
        show("no MCP server is on")
