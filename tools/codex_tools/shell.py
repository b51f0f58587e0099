"""`shell`: a command line in bash, confined by the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from codex_core.protocol import (
    Action,
    Arguments,
    CommandBlock,
    CommandResult,
    CommandSpec,
    ResultStatus,
    Revision,
    SandboxPolicy,
    Tier,
    ToolContext,
    ToolResult,
)
from codex_tools.arguments import AtLeast, parse_arguments, tool_spec
from codex_tools.command_action import command_action, revised_command
from codex_tools.output_excerpt import excerpt
from codex_tools.workspace import Workspace

MAX_TIMEOUT_S = 1800
SHOWN_BYTES = 30_000
"""Of the output, for the model: head and tail."""

_SETTINGS = {
    "TERM": "dumb",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "MANPAGER": "cat",
    "SYSTEMD_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "NO_COLOR": "1",
    "CLICOLOR": "0",
}
_COLOURING = {"FORCE_COLOR", "CLICOLOR_FORCE", "COLORTERM", "GREP_COLORS", "LS_COLORS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    command: Annotated[str, "The command line for `bash -c`."]
    timeout_s: Annotated[int | None, "Seconds until it is stopped. Default: 120.", AtLeast(1)] = None


class ShellTool:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.spec = tool_spec(
            "shell",
            "Run a command line with `bash -c` in the workspace folder. Every call starts there anew: `cd`, variables"
            " and background jobs do not persist. There is no terminal and no input; pagers and colours are off."
            " It is confined: it may write in the workspace and in $TMPDIR, and has no network unless the user allows"
            " it. For files use read_file, grep, glob, edit_file and apply_patch instead of cat, grep,"
            " find and sed.",
            Shell,
        )

    async def preview(self, args: Arguments) -> Action:
        return command_action("Run", parse_arguments(Shell, "shell", args).command)

    async def revise(self, action: Action, revision: Revision) -> Action:
        return revised_command("Run", action, revision)

    async def run(self, args: Arguments, ctx: ToolContext) -> ToolResult:
        wanted = parse_arguments(Shell, "shell", args)
        limits = ctx.policy.limits
        if wanted.timeout_s is not None:
            limits = replace(limits, wall_s=float(min(wanted.timeout_s, MAX_TIMEOUT_S)))
        policy = replace(ctx.policy, limits=limits)
        spec = CommandSpec(
            argv=ctx.action.argv,
            cwd=self._workspace.folder,
            environment=plain_environment(ctx.environment),
            policy=policy,
        )
        result = await ctx.sandbox.run(spec, ctx.emit_output)
        return _told(ctx.action.argv[-1], result, policy, ctx.sandbox.status.tier)


def plain_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The user's environment for programs whose output nobody looks at in a terminal."""
    kept = {name: value for name, value in environment.items() if name not in _COLOURING}
    return kept | _SETTINGS


def _told(command: str, result: CommandResult, policy: SandboxPolicy, tier: Tier) -> ToolResult:
    shown = excerpt(result.output, cut_bytes=result.cut_bytes, limit_bytes=SHOWN_BYTES)
    parts = [_headline(result), *_explained(result, policy, tier), shown.text or "(no output)"]
    block = CommandBlock(
        command=command,
        output=shown.text,
        exit_code=result.exit_code,
        duration_s=result.duration_s,
        cut_bytes=shown.cut_bytes,
        sandbox=_confinement(policy),
    )
    return ToolResult(output="\n".join(parts), status=_status(result), display=(block,), denial=result.denial)


def _status(result: CommandResult) -> ResultStatus:
    match result.ended_by:
        case "timeout":
            return "timeout"
        case "cancel":
            return "interrupted"
        case _:
            return "ok" if result.exit_code == 0 else "error"


def _headline(result: CommandResult) -> str:
    ended = "no exit code" if result.exit_code is None else f"exit code {result.exit_code}"
    return f"{ended}, {result.duration_s:.1f} s"


def _explained(result: CommandResult, policy: SandboxPolicy, tier: Tier) -> list[str]:
    """What the model has to know to understand how it ended; nothing if it ended by itself."""
    limits = policy.limits
    said: list[str] = []
    match result.ended_by:
        case "timeout":
            longer = f", give a longer timeout_s (up to {MAX_TIMEOUT_S})" if limits.wall_s < MAX_TIMEOUT_S else ""
            said.append(f"Stopped after {limits.wall_s:.0f} s with all it had started. Run less of it at once{longer}.")
        case "output":
            said.append("Stopped because it printed far too much. Send the output to a file or filter it.")
        case "memory":
            said.append(f"Stopped because it took more than {limits.memory_bytes >> 20} MiB of memory.")
        case "processes":
            said.append(f"Stopped because it had started more than {limits.processes} processes.")
        case "cancel":
            said.append("Stopped by the user.")
        case "exit" if result.exit_code == 125:
            said.append("It could not be confined and was not run.")
        case "exit":
            pass
    if result.denial is not None:
        said.append(f"The sandbox seems to have refused this: {result.denial.what}. {_allowed(policy, tier)}")
    return said


def _allowed(policy: SandboxPolicy, tier: Tier) -> str:
    writes = "only in $TMPDIR"
    if policy.roots():
        beside = "".join(f", {root}" for root in policy.writable_roots)
        nor_tmp = "" if tier == "A" else "/tmp or "  # noqa: S108
        writes = f"only in the workspace{beside} and in $TMPDIR, so not in {nor_tmp}the home folder"
    network = "; there is no network but a loopback of the command's own"
    if policy.network == "on":
        network = ""
    elif tier != "A":
        network = "; there is no network and no sockets, not even to this machine"
    return f"Commands may write {writes}{network}. Find a way inside these limits, or tell the user what you need."


def _confinement(policy: SandboxPolicy) -> str:
    if policy.mode == "danger-full-access":
        return "not confined"
    return f"{policy.mode}, network {policy.network}"
