"""Starts commands: from a policy to a supervised child, by way of the fork server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from codex_core.protocol import CommandSpec, SandboxPolicy, SandboxUnavailable
from codex_tools.sandbox.guarded.git_places import GitPlacesCache
from codex_tools.sandbox.guarded.instructions import InstructionFiles
from codex_tools.sandbox.landlock.ruleset_cache import Ruleset, RulesetCache
from codex_tools.sandbox.private_folder import PrivatePlaces
from codex_tools.sandbox.renamed_sockets import RenamedSockets
from codex_tools.sandbox.spec import ConfiningTier, build_launch, rules_for
from codex_tools.sandbox.wire import Hello, Launch
from codex_tools.sandbox.zygote_client import Launched, Zygote


class Launcher:
    """What `probe` and `runner` start commands with."""

    def __init__(self, zygote: Zygote, places: PrivatePlaces, journals: Path) -> None:
        self._zygote = zygote
        self._places = places
        self._journals = journals
        self._rulesets = RulesetCache()
        self._git = GitPlacesCache()
        self._sockets = RenamedSockets()
        self._instructions = InstructionFiles()

    async def hello(self) -> Hello:
        """Start the fork server if need be.

        Raises:
            SandboxUnavailable: it cannot be started.
        """
        return await self._zygote.start()

    async def start(
        self, command: CommandSpec, *, tier: ConfiningTier, output_fd: int, is_server: bool = False
    ) -> Launched:
        """Start `command`, confined as its policy says; `is_server` as in `build_launch`.

        Raises:
            SandboxUnavailable: it cannot be confined so. Nothing was run.
        """
        hello = await self.hello()
        try:
            launch, ruleset = await asyncio.to_thread(self._prepare, command, tier, hello["landlock_abi"], is_server)
        except OSError as error:
            raise SandboxUnavailable(f"the command cannot be confined: {error}") from error
        return await self._zygote.launch(launch, ruleset=ruleset, output_fd=output_fd)

    def server_starts(self, policy: SandboxPolicy) -> Callable[[], None]:
        """Look after what a server with `policy` makes, after each other command, until what is returned is called."""
        mark = self._git.server_starts(policy, self._git.of(policy, is_server=True))
        return lambda: self._git.server_ended(mark)

    def protecting(self, policy: SandboxPolicy) -> SandboxPolicy:
        """Return the policy that a command which has been started with `policy` was confined by."""
        return self._git.last(policy).protecting(policy)

    async def close(self) -> None:
        await self._zygote.close()

    def _prepare(
        self, command: CommandSpec, tier: ConfiningTier, abi: int, is_server: bool
    ) -> tuple[Launch, Ruleset | None]:
        git = self._git.of(command.policy, is_server=is_server)
        command = replace(command, policy=git.widened(command.policy))
        launch = build_launch(
            command,
            tier=tier,
            abi=abi,
            places=self._places,
            git=git,
            sockets=self._sockets.paths(command.policy) if tier == "A" else (),
            instructions=self._instructions.below(map(str, command.policy.roots()), command.policy.protected_names),
            is_server=is_server,
            journals=str(self._journals),
        )
        if launch["confinement"] is None:
            return launch, None
        if is_server:
            return launch, Ruleset(rules_for(command, tier, self._places, git, is_server=True), abi)
        return launch, self._rulesets.get(command.policy, self._places, abi, has_view=tier == "A")
