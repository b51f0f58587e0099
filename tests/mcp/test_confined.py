from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from codex_core.protocol import SandboxUnavailable
from codex_tools.mcp.client import McpClient
from codex_tools.sandbox.policy_defaults import default_policy
from codex_tools.sandbox.runner import open_sandbox
from tests.mcp.support import Caller, configured, entry, npm_server, surroundings, until
from tests.mcp.test_misbehaviour import running_servers

REFUSED = ("refused: PermissionError", "refused: OSError", "refused: FileNotFoundError")
"""By Landlock, by a read-only mount, or because there is nothing in a hidden folder."""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def confined(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Caller]:
    around = surroundings(tmp_path_factory.mktemp("confined"))
    for name in ("src", ".git"):
        (around.workspace / name).mkdir()
    (around.workspace / "AGENTS.md").write_text("Be good.")
    sandbox = await open_sandbox(state_dir=around.home)
    if sandbox.status.tier == "C":
        await sandbox.close()
        pytest.skip(f"nothing can be confined here: {sandbox.status.reason}")
    policy = default_policy("read-only", workspace=around.workspace, home=around.home)
    around = replace(around, confine=sandbox.wrap, policy=policy)
    client = McpClient(around)
    await client.start(
        configured(
            closed=entry("raw.py", "plain"),
            open=entry("raw.py", "plain", sandbox={"mode": "workspace-write", "network": "on"}),
            extra=entry("raw.py", "plain", sandbox={"writable": ["src"]}),
            stubborn=entry("raw.py", "stubborn"),
            dies=entry("raw.py", "dies"),
            lost={"command": "/bin/sh", "args": ["-c", "exec /no/such/program"]},
        )
    )
    async with asyncio.timeout(60):
        await client.settled()
    yield Caller(client, around)
    await client.close()
    await sandbox.close()


async def write(confined: Caller, server: str, path: Path) -> str:
    return (await confined.run(f"mcp__{server}__write", path=str(path))).output


async def test_by_default_a_server_writes_only_its_own_folder(confined: Caller) -> None:
    around = confined.around
    assert await write(confined, "closed", around.home / "mcp" / "closed" / "x") == "done"
    for path in (
        around.workspace / "x",
        around.workspace / "src" / "x",
        around.home / "mcp" / "open" / "x",
        around.home / "mcp_servers_config.json",
        around.workspace.parent / "x",
    ):
        assert await write(confined, "closed", path) in REFUSED
        assert not path.exists()


async def test_a_server_with_write_access_does_not_reach_what_steers_us(confined: Caller) -> None:
    workspace = confined.around.workspace
    assert await write(confined, "open", workspace / "src" / "x") == "done"
    for name in (".git/config", "AGENTS.md", "mcp_servers_config.json"):
        assert await write(confined, "open", workspace / name) in REFUSED, name


async def test_one_folder_can_be_granted(confined: Caller) -> None:
    workspace = confined.around.workspace
    assert await write(confined, "extra", workspace / "src" / "y") == "done"
    assert await write(confined, "extra", workspace / "y") in REFUSED


async def test_the_network_is_off_unless_it_is_granted(confined: Caller) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert (await confined.run("mcp__open__connect", port=port)).output == "done"
        assert (await confined.run("mcp__closed__connect", port=port)).output.startswith("refused")


async def test_a_confined_server_that_dies_says_its_last_words(confined: Caller) -> None:
    status = confined.status("dies")
    assert status.reason == "it ended with exit code 1: ModuleNotFoundError: No module named 'nothing'"
    assert confined.status("lost").state == "failed"


async def test_killing_the_host_leaves_no_server_behind(confined: Caller) -> None:
    assert len(running_servers(confined.around.home)) >= 4
    assert confined.client.host_pid is not None
    os.kill(confined.client.host_pid, signal.SIGKILL)
    await until(lambda: confined.status("closed").state == "restarting")
    await until(lambda: not running_servers(confined.around.home))
    await until(lambda: confined.status("stubborn").state == "ready")


async def test_a_server_is_not_started_where_it_cannot_be_confined(tmp_path: Path) -> None:
    def refuse(*_: object) -> tuple[str, ...]:
        raise SandboxUnavailable("no kernel for that")

    client = McpClient(surroundings(tmp_path, confine=refuse))
    await client.start(configured(sample=entry("raw.py", "plain")))
    [status] = client.status()
    assert (status.state, status.reason) == ("failed", "no kernel for that")
    assert client.host_pid is None
    await client.close()


async def test_the_protocols_own_test_server_works_confined(tmp_path: Path) -> None:
    command = npm_server("server-everything")
    around = surroundings(tmp_path)
    sandbox = await open_sandbox(state_dir=around.home)
    if sandbox.status.tier == "C":
        await sandbox.close()
        pytest.skip(f"nothing can be confined here: {sandbox.status.reason}")
    policy = default_policy("read-only", workspace=around.workspace, home=around.home)
    around = replace(around, confine=sandbox.wrap, policy=policy, environment={"PATH": os.environ["PATH"]})
    client = McpClient(around)
    await client.start(configured(everything={"command": command[0], "args": list(command[1:])}))
    caller = Caller(client, around)
    async with asyncio.timeout(60):
        await client.settled()
    try:
        assert caller.status("everything").state == "ready", caller.status("everything").reason
        assert caller.status("everything").protocol == "2025-11-25"
        assert (await caller.run("mcp__everything__echo", message="hello")).output == "Echo: hello"
        image = await caller.run("mcp__everything__get-tiny-image")
        assert "[image, image/png, " in image.output
        slow = await caller.run("mcp__everything__trigger-long-running-operation", duration=0.3, steps=3)
        assert "completed" in slow.output
        assert caller.output
        asked = await caller.run("mcp__everything__trigger-elicitation-request")
        assert '"action": "decline"' in asked.output
        roots = await caller.run("mcp__everything__get-roots-list")
        assert json.dumps(around.workspace.as_uri())[1:-1] in roots.output
    finally:
        await client.close()
        await sandbox.close()
