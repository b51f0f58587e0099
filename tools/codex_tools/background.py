"""`background`: confined commands that go on beside the conversation: servers, watchers, long builds."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from codex_core.protocol import (
    Action,
    Arguments,
    BackgroundCommand,
    CommandBlock,
    CommandSpec,
    Revision,
    ToolContext,
    ToolError,
    ToolResult,
)
from codex_tools.arguments import AtLeast, parse_arguments, tool_spec
from codex_tools.command_action import command_action, revised_command
from codex_tools.output_excerpt import excerpt
from codex_tools.shell import SHOWN_BYTES, plain_environment
from codex_tools.workspace import Workspace

MOST_AT_ONCE = 8
LONGEST_WAIT_S = 120
_VERB = "Start in the background:"
_FIRST_WAIT_S = 1
"""Long enough to see most of what fails at its start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    action: Annotated[
        Literal["start", "read", "stop"],
        "`start` a command, `read` what it has printed since the last time, or `stop` it.",
    ]
    command: Annotated[str | None, "For `start`: the command line for `bash -c`."] = None
    id: Annotated[str | None, "For `read` and `stop`: what `start` said, as bg1. `read` without it lists all."] = None
    wait_s: Annotated[
        int | None,
        "Seconds to wait for the command to end or to print something. Default: 1 for start, else 0.",
        AtLeast(0),
    ] = None


@dataclass(slots=True, kw_only=True)
class _Running:
    id: str
    line: str
    command: BackgroundCommand
    stopped: bool = field(default=False)


class BackgroundTool:
    """Holds the commands that it has started; they end with the sandbox, that is with the session."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._commands: dict[str, _Running] = {}
        self._numbers = itertools.count(1)
        self.spec = tool_spec(
            "background",
            "Run a command line with `bash -c` beside the conversation: a server, a watcher, a long build. It is"
            " confined as with shell, has no time limit, and ends with the session; .git is read-only for it, and new"
            " files can be made only inside folders that exist. A server that listens on 127.0.0.1 can be reached by"
            " later shell commands.",
            Background,
        )

    async def preview(self, args: Arguments) -> Action:
        wanted = parse_arguments(Background, "background", args)
        if wanted.action != "start":
            found = self._find(wanted.id) if wanted.id is not None else None
            if found is None and wanted.action == "stop":
                raise ToolError(f"Which one? Give its id. {self._listed()}")
            return Action(kind="read", summary=f"{wanted.action.capitalize()} {found.id if found else 'all'}")
        return command_action(_VERB, wanted.command or "")

    async def revise(self, action: Action, revision: Revision) -> Action:
        return revised_command(_VERB, action, revision)

    async def run(self, args: Arguments, ctx: ToolContext) -> ToolResult:
        wanted = parse_arguments(Background, "background", args)
        match wanted.action:
            case "start":
                return await self._start(wanted, ctx)
            case "read" if wanted.id is None:
                return ToolResult(output=self._listed())
            case "read":
                return await _told(self._find(wanted.id), wanted.wait_s or 0)
            case "stop":
                running = self._find(wanted.id)
                running.stopped = True
                await running.command.stop()
                return await _told(running, 0)

    async def _start(self, wanted: Background, ctx: ToolContext) -> ToolResult:
        if sum(running.command.result is None for running in self._commands.values()) >= MOST_AT_ONCE:
            raise ToolError(f"There are {MOST_AT_ONCE} already; stop one first. {self._listed()}")
        spec = CommandSpec(
            argv=ctx.action.argv,
            cwd=self._workspace.folder,
            environment=_unbuffered(plain_environment(ctx.environment)),
            policy=ctx.policy,
        )
        command = await ctx.sandbox.start(spec)
        running = _Running(id=f"bg{next(self._numbers)}", line=ctx.action.argv[-1], command=command)
        self._commands[running.id] = running
        return await _told(running, _FIRST_WAIT_S if wanted.wait_s is None else wanted.wait_s)

    def _find(self, wanted: str | None) -> _Running:
        if wanted is None or (running := self._commands.get(wanted.strip())) is None:
            raise ToolError(f"There is no background command {wanted!r}. {self._listed()}")
        return running

    def _listed(self) -> str:
        if not self._commands:
            return "No command was started in the background."
        return "\n".join(f"{running.id}: {_state(running)}: {running.line}" for running in self._commands.values())


def _unbuffered(environment: Mapping[str, str]) -> dict[str, str]:
    """What a Python program prints shall be seen when it prints it."""
    return {**environment, "PYTHONUNBUFFERED": "1"}


def _state(running: _Running) -> str:
    result = running.command.result
    if result is None:
        return "running"
    if running.stopped:
        return "stopped"
    if result.ended_by != "exit":
        return f"ended: {result.ended_by}"
    return f"ended with exit code {result.exit_code}"


async def _told(running: _Running, wait_s: int) -> ToolResult:
    await running.command.wait_for_news(min(wait_s, LONGEST_WAIT_S))
    # What an ended program has printed last may be a moment behind its end.
    await asyncio.sleep(0)
    output, cut_bytes = running.command.take_output()
    shown = excerpt(output, cut_bytes=cut_bytes, limit_bytes=SHOWN_BYTES)
    result = running.command.result
    block = CommandBlock(
        command=running.line,
        output=shown.text,
        exit_code=result.exit_code if result is not None else None,
        duration_s=result.duration_s if result is not None else 0.0,
        cut_bytes=shown.cut_bytes,
        sandbox="in the background",
    )
    has_failed = result is not None and not running.stopped and result.exit_code != 0
    return ToolResult(
        output=f"{running.id}: {_state(running)}\n{shown.text or '(no new output)'}",
        status="error" if has_failed else "ok",
        display=(block,),
    )
