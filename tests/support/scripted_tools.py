"""Small tools whose timing a test controls, and a sandbox that runs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from codex_core.protocol import (
    Action,
    ActionKind,
    Arguments,
    BackgroundCommand,
    CommandResult,
    CommandSpec,
    RevisableTool,
    Revision,
    SandboxStatus,
    ToolContext,
    ToolError,
    ToolResult,
    ToolSpec,
)


@dataclass(slots=True)
class ScriptedTool:
    """Says `kind`, waits for `hold`, answers `output` or raises `error`."""

    name: str
    kind: ActionKind = "read"
    output: str = "done"
    error: Exception | None = None
    hold: asyncio.Event | None = None
    prints: str = ""
    """Shown when it starts."""
    argv: tuple[str, ...] = ()
    """What it says that it would execute."""
    revises: RevisableTool | None = None
    """Whose `revise` it uses."""
    started: asyncio.Event = field(default_factory=asyncio.Event)
    runs: list[Arguments] = field(default_factory=list[Arguments])
    ran: list[Action] = field(default_factory=list[Action])
    was_cancelled: bool = False

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(
            name=self.name, description=self.name, parameters={"type": "object"}, read_only=self.kind == "read"
        )

    async def preview(self, args: Arguments) -> Action:
        if args.get("bad"):
            raise ToolError("`bad` must not be set")
        return Action(kind=self.kind, summary=" ".join((self.name, *self.argv[2:])), argv=self.argv)

    async def revise(self, action: Action, revision: Revision) -> Action:
        if self.revises is None:
            raise ToolError("it cannot be changed")
        return await self.revises.revise(action, revision)

    async def run(self, args: Arguments, ctx: ToolContext) -> ToolResult:
        self.runs.append(args)
        self.ran.append(ctx.action)
        if self.prints:
            ctx.emit_output(self.prints)
        self.started.set()
        try:
            if self.hold is not None:
                await self.hold.wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        if self.error is not None:
            raise self.error
        return ToolResult(output=self.output)


class NoSandbox:
    """For tests of tools that start nothing."""

    status = SandboxStatus(tier="B", landlock_abi=7)

    async def run(self, command: CommandSpec, on_output: Callable[[str], None]) -> CommandResult:
        raise AssertionError("nothing may be started here")

    async def start(self, command: CommandSpec) -> BackgroundCommand:
        raise AssertionError("nothing may be started here")
