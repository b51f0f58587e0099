"""Opens the folder that a session works in: what it brings along, whether that counts, its tools and MCP servers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from codex_cli.checkpointing import open_checkpoints, why_no_checkpoints
from codex_cli.configured import servers_of
from codex_cli.options import Options
from codex_cli.session_config import session_config
from codex_core.agent.instructions import InstructionFile, instruction_file
from codex_core.config.settings import Config
from codex_core.config.trust import INSTRUCTIONS, Found, TrustState, found_in, remember_trust, trust_state
from codex_core.files.read import NotReadable, read_plain_file
from codex_core.protocol import ConfigError, SandboxPolicy, Settings, Tool, ToolBox
from codex_core.session.project import Project
from codex_tools.catalogue import builtin_tools
from codex_tools.git_changes import GitChanges
from codex_tools.mcp.client import McpClient
from codex_tools.mcp.files import LoadedServers, project_config_servers, project_servers
from codex_tools.mcp.launch import Surroundings
from codex_tools.sandbox.policy_defaults import default_policy
from codex_tools.sandbox.runner import ConfinedRunner
from codex_tools.workspace import Workspace

SERVERS_START_S = 15.0
"""How long `exec` waits for MCP servers before its first model call."""


_OWN_INSTRUCTIONS_BYTES = 10 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectOpener:
    """Implements `codex_core.session.project.OpenProject`."""

    home: Path
    options: Options
    environ: Mapping[str, str]
    servers_environment: Mapping[str, str]
    """What MCP servers may be granted variables from: without provider keys."""
    sandbox: ConfinedRunner
    session_id: str

    async def __call__(self, workspace: Path, *, trust: bool | None) -> Project:
        found = await asyncio.to_thread(found_in, workspace)
        state = await asyncio.to_thread(self._trust_state, found, trust)
        is_trusted = state in {"nothing", "trusted"}
        config = self.config(found if is_trusted else None)
        policy = _PolicyOf(workspace, self.home, config)
        servers = await asyncio.to_thread(servers_of, config, self.home, found, is_trusted=is_trusted)
        instruction_files = await asyncio.to_thread(self._instructions, found if is_trusted else None)
        is_asked = state in {"unknown", "changed"}
        let_in = await asyncio.to_thread(_what_trust_lets_in, found) if is_asked else ()
        mcp = McpClient(
            Surroundings(
                home=self.home,
                workspace=workspace,
                environment=self.servers_environment,
                policy=policy(settings_of(config)),
                confine=self.sandbox.wrap,
            )
        )
        try:
            await self._start(mcp, servers)
        except BaseException:
            await mcp.close()
            raise
        resources = contextlib.AsyncExitStack()
        resources.push_async_callback(mcp.close)
        no_checkpoints = why_no_checkpoints(workspace, self.home)
        checkpoints = None
        if config.checkpoints and not no_checkpoints:
            opened = open_checkpoints(self.home, policy(settings_of(config)), self.session_id)
            checkpoints = await resources.enter_async_context(opened)
        return Project(
            workspace=workspace,
            is_trusted=is_trusted,
            found=let_in,
            settings=settings_of(config),
            warnings=(*config.warnings, *servers.problems, *found.skipped),
            instruction_files=tuple(instruction_files),
            policy=policy,
            toolbox=_ToolBoxes(workspace, mcp.tools),
            close=resources.aclose,
            rules=tuple(replace(rule, project=workspace) for rule in config.project_rules),
            checkpoints=checkpoints,
            changes_since_commit=GitChanges(workspace, lambda: policy(settings_of(config))),
            no_checkpoints=no_checkpoints if config.checkpoints else "",
        )

    async def _start(self, mcp: McpClient, servers: LoadedServers) -> None:
        await mcp.start(servers.servers)
        if self.options.front_end == "exec":
            # Nobody types meanwhile: the first model call should know the tools.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SERVERS_START_S):
                    await mcp.settled()

    def config(self, trusted: Found | None) -> Config:
        """The settings that count; those of the project only if it is trusted."""
        own = trusted.only("config") if trusted is not None else None
        return session_config(
            self.options, self.home, self.environ, project=(own.path, own.content) if own is not None else None
        )

    def _trust_state(self, found: Found, said: bool | None) -> TrustState:
        if said is not None:
            remember_trust(self.home, found, trusted=said)
        return "trusted" if self.options.trust else trust_state(self.home, found)

    def _instructions(self, trusted: Found | None) -> list[InstructionFile]:
        """The user's own first, then the project's from its root down."""
        own = self.home / INSTRUCTIONS
        try:
            content = read_plain_file(own, most_bytes=_OWN_INSTRUCTIONS_BYTES)
        except NotReadable as error:
            raise ConfigError(f"{own}: {error}") from error
        files = [instruction_file(own, content)] if content is not None else []
        if trusted is not None:
            files += [instruction_file(file.path, file.content) for file in trusted.instructions()]
        return files


def _what_trust_lets_in(found: Found) -> tuple[str, ...]:
    """A line for each file, and for each server that would be started."""
    own, config = found.only("mcp"), found.only("config")
    servers = project_servers(found.folder, own.content) if own is not None else None
    details = (
        *(servers.details if servers is not None else ()),
        *(project_config_servers(config.path, config.content) if config is not None else ()),
    )
    return (*found.lines(), *(f"  {line}" for line in details))


def settings_of(config: Config) -> Settings:
    return Settings(
        model=config.model,
        sandbox_mode=config.sandbox_mode,
        approval_policy=config.approval_policy,
        network=config.network,
        effort=config.effort,
    )


class _PolicyOf:
    """The policy of a project under given settings; the same object as long as they are the same."""

    def __init__(self, workspace: Path, home: Path, config: Config) -> None:
        self._workspace = workspace
        self._home = home
        self._config = config
        self._made: dict[Settings, SandboxPolicy] = {}

    def __call__(self, settings: Settings) -> SandboxPolicy:
        if (policy := self._made.get(settings)) is None:
            policy = self._made[settings] = default_policy(
                settings.sandbox_mode,
                workspace=self._workspace,
                home=self._home,
                network=settings.network,
                add_dirs=self._config.writable_roots,
            )
        return policy


class _ToolBoxes:
    """Our tools and those of the servers, made anew only when the policy or the servers have changed."""

    def __init__(self, workspace: Path, server_tools: Callable[[], tuple[Tool, ...]]) -> None:
        self._workspace = workspace
        self._server_tools = server_tools
        self._made: tuple[SandboxPolicy, tuple[Tool, ...], ToolBox] | None = None

    def __call__(self, policy: SandboxPolicy) -> ToolBox:
        theirs = self._server_tools()
        if self._made is not None and self._made[0] is policy and self._made[1] == theirs:
            return self._made[2]
        ours = builtin_tools(Workspace(folder=self._workspace, policy=lambda: policy))
        toolbox = ToolBox(tools={tool.spec.name: tool for tool in (*ours, *theirs)})
        self._made = (policy, theirs, toolbox)
        return toolbox
