"""A server's tool as one of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Protocol

from codex_core.protocol import (
    Action,
    Arguments,
    Json,
    JsonObject,
    ResultStatus,
    TextBlock,
    ToolContext,
    ToolError,
    ToolResult,
    ToolSpec,
)
from codex_tools.mcp.results import cut_middle
from codex_tools.mcp.text import clean, one_line

MAX_SHOWN = 20_000
"""Characters of the arguments that the user is shown when asked."""


class Servers(Protocol):
    """What a tool needs of the client."""

    def why_not_now(self, server: str) -> str: ...

    async def call(
        self, server: str, tool: str, arguments: JsonObject, timeout_s: float, on_progress: Callable[[str], None]
    ) -> JsonObject: ...


class McpTool:
    """Every call is asked like any other: a server's own hints (read-only, harmless) are not trusted."""

    def __init__(self, spec: ToolSpec, *, server: str, tool: str, timeout_s: float, servers: Servers) -> None:
        """`tool` is the server's own name for it."""
        self._spec = spec
        self._server = server
        self._tool = tool
        self._timeout_s = timeout_s
        self._servers = servers

    @property
    def spec(self) -> ToolSpec:
        return self._spec

    async def preview(self, args: Arguments) -> Action:
        if reason := self._servers.why_not_now(self._server):
            raise ToolError(reason)  # before anybody is asked to allow what cannot be done
        name = one_line(self._tool, limit=80)
        brief = ", ".join(f"{key}={_brief(value)}" for key, value in args.items())
        shown = cut_middle(json.dumps(args, indent=2, ensure_ascii=False), limit=MAX_SHOWN)
        return Action(
            kind="other",
            summary=one_line(f"{self._server}: {name} {brief}", limit=160),
            display=(TextBlock(text=shown, language="json"),) if args else (),
        )

    async def run(self, args: Arguments, ctx: ToolContext) -> ToolResult:
        result = await self._servers.call(
            self._server, self._tool, args, self._timeout_s, lambda text: ctx.emit_output(f"{text}\n")
        )
        text = str(result.get("text", "")) or "(no output)"
        return ToolResult(
            output=text,
            status=_status(result.get("status")),
            display=(TextBlock(text=clean(text, limit=len(text) + 1)),),
        )


def _brief(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return one_line(text, limit=40)


def _status(status: Json) -> ResultStatus:
    match status:
        case "ok":
            return "ok"
        case "timeout":
            return "timeout"
        case _:
            return "error"
