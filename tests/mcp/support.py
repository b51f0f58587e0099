"""A client with real servers, and a way to run their tools as the session would."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from codex_core.protocol import (
    Json,
    Question,
    QuestionAnswer,
    SandboxPolicy,
    Tool,
    ToolContext,
    ToolError,
    ToolResult,
)
from codex_tools.mcp.client import McpClient, ServerStatus
from codex_tools.mcp.config import ServerConfig, parse_server
from codex_tools.mcp.launch import ConfineCommand, Surroundings
from tests.support.scripted_tools import NoSandbox

SERVERS = Path(__file__).parent / "servers"


def unconfined(
    argv: tuple[str, ...], policy: SandboxPolicy, environment: Mapping[str, str], cwd: Path
) -> tuple[str, ...]:
    return argv


def entry(script: str, *args: str, **more: Json) -> dict[str, Json]:
    return {"command": sys.executable, "args": ["-I", str(SERVERS / script), *args], **more}


def configured(**entries: Json) -> list[ServerConfig]:
    return [parse_server(name, value, source=Path("/mcp.json"), origin="user") for name, value in entries.items()]


def surroundings(
    folder: Path, *, confine: ConfineCommand = unconfined, environment: Mapping[str, str] | None = None
) -> Surroundings:
    home, workspace = folder / "home", folder / "workspace"
    home.mkdir(exist_ok=True)
    workspace.mkdir(exist_ok=True)
    return Surroundings(
        home=home,
        workspace=workspace,
        environment={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder)} | dict(environment or {}),
        policy=SandboxPolicy(mode="workspace-write", workspace=workspace),
        confine=confine,
    )


@dataclass(slots=True)
class Caller:
    """Runs tools of a client by their model names."""

    client: McpClient
    around: Surroundings
    output: list[str] = field(default_factory=list[str])
    """What the last call showed while it ran."""

    def tool(self, name: str) -> Tool:
        return {tool.spec.name: tool for tool in self.client.tools()}[name]

    def status(self, name: str) -> ServerStatus:
        return {status.name: status for status in self.client.status()}[name]

    async def run(self, name: str, **args: Json) -> ToolResult:
        tool = self.tool(name)
        self.output = []
        context = ToolContext(
            call_id="c1",
            action=await tool.preview(args),
            policy=self.around.policy,
            sandbox=NoSandbox(),
            environment={},
            emit_output=self.output.append,
            ask=nobody_answers,
        )
        return await tool.run(args, context)


def npm_server(package: str) -> tuple[str, ...]:
    """The command of one of npm's `@modelcontextprotocol` servers; skips the test where it is not there."""
    node = shutil.which("node")
    folder = Path(os.environ.get("MCP_NPM_FOLDER", Path(__file__).parents[2] / ".cache" / "npm"))
    program = folder / "node_modules" / "@modelcontextprotocol" / package / "dist" / "index.js"
    if node is None or not program.is_file():
        pytest.skip(f"node and {program} are needed: make test-deps")
    return (node, str(program))


async def until(condition: Callable[[], bool], *, within_s: float = 20.0) -> None:
    """Wait for what another process does to a file or to itself, which nothing tells us of."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def nobody_answers(question: Question) -> QuestionAnswer:
    raise ToolError(f"nobody is there: {question.text}")
