"""Starts commands: from a policy to a supervised child, by way of the fork server."""

from __future__ import annotations

import asyncio
from pathlib import Path

from codex_core.protocol import CommandSpec, SandboxUnavailable
from codex_tools.sandbox.ruleset_cache import Ruleset, RulesetCache
from codex_tools.sandbox.spec import build_launch
from codex_tools.sandbox.wire import Hello, Launch
from codex_tools.sandbox.zygote_client import Launched, Zygote


class Launcher:
    """What `probe` and `runner` start commands with."""

    def __init__(self, zygote: Zygote, private_temp: Path) -> None:
        self._zygote = zygote
        self._private_temp = private_temp
        self._rulesets = RulesetCache()

    async def hello(self) -> Hello:
        """Start the fork server if need be.

        Raises:
            SandboxUnavailable: it cannot be started.
        """
        return await self._zygote.start()

    async def start(self, command: CommandSpec, *, output_fd: int) -> Launched:
        """Start `command`, confined as its policy says.

        Raises:
            SandboxUnavailable: it cannot be confined so. Nothing was run.
        """
        hello = await self.hello()
        try:
            launch, ruleset = await asyncio.to_thread(self._prepare, command, hello["landlock_abi"])
        except OSError as error:
            raise SandboxUnavailable(f"the command cannot be confined: {error}") from error
        return await self._zygote.launch(launch, ruleset=ruleset, output_fd=output_fd)

    async def close(self) -> None:
        await self._zygote.close()

    def _prepare(self, command: CommandSpec, abi: int) -> tuple[Launch, Ruleset | None]:
        launch = build_launch(command, private_temp=self._private_temp)
        if launch["confinement"] is None:
            return launch, None
        return launch, self._rulesets.get(command.policy, self._private_temp, abi)
