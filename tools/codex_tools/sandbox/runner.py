"""The agent's sandbox: runs commands confined, through the fork server, and streams what they print."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from codex_core.protocol import (
    CodexError,
    CommandResult,
    CommandSpec,
    SandboxPolicy,
    SandboxStatus,
    SandboxUnavailable,
)
from codex_tools.sandbox.background import Background
from codex_tools.sandbox.boot import child_argv
from codex_tools.sandbox.command_run import CommandRun
from codex_tools.sandbox.denials import find_denial
from codex_tools.sandbox.git_places import git_places
from codex_tools.sandbox.launcher import Launcher
from codex_tools.sandbox.output import Printed
from codex_tools.sandbox.private_folder import PrivateFolder, PrivatePlaces
from codex_tools.sandbox.probe import probe
from codex_tools.sandbox.spec import ConfiningTier, build_launch, rules_for
from codex_tools.sandbox.unconfined import run_unconfined
from codex_tools.sandbox.wire import Ending, ForegroundLaunch, not_started, pack
from codex_tools.sandbox.zygote_client import Zygote

_COULD_NOT_START: Final = 125


async def open_sandbox(*, state_dir: Path, best: ConfiningTier = "A") -> ConfinedRunner:
    """Start the fork server, really confine a command to see what holds here, and return the sandbox.

    `best` is the tier to try first.

    Private files go below `state_dir`, which should be among the hidden paths of every policy. That nothing can be
    confined here is no error: `status` says so, and `run` refuses the confined modes.

    Raises:
        CodexError: there is no place for the private files: a full disk, a folder that is not ours.
    """
    parent = state_dir / "sandbox"
    try:
        return await _opened(parent, best)
    except OSError as error:
        raise CodexError(f"the sandbox cannot keep its files in {parent}: {error.strerror or error}") from error


async def _opened(parent: Path, best: ConfiningTier) -> ConfinedRunner:
    folder = await asyncio.to_thread(PrivateFolder.create, parent)
    runner = ConfinedRunner(folder, Launcher(Zygote(folder.path / "zygote.log"), folder.places), best)
    try:
        await runner.check()
    except BaseException:
        await runner.close()
        raise
    return runner


class ConfinedRunner:
    """A `codex_core.protocol.Sandbox`. Made by `open_sandbox`; use from one event loop only."""

    def __init__(self, folder: PrivateFolder, launcher: Launcher, best: ConfiningTier) -> None:
        self._folder = folder
        self._launcher = launcher
        self._best: ConfiningTier = best
        self._background: list[Background] = []
        """All that were started; they are ended by `close`."""
        self._status = SandboxStatus(tier="C", landlock_abi=0, reason="not probed yet")

    @property
    def status(self) -> SandboxStatus:
        return self._status

    @property
    def private_temp(self) -> Path:
        """What confined commands have as TMPDIR, under whatever name, until `close`."""
        return self._folder.places.temp

    async def check(self) -> SandboxStatus:
        """Find out anew what this machine can enforce."""
        self._status = await probe(self._launcher, self._folder, self._best)
        return self._status

    async def run(self, command: CommandSpec, on_output: Callable[[str], None]) -> CommandResult:
        self._refuse_what_cannot_be_had(command.policy)
        printed = Printed(command.policy.limits.output_bytes, on_output)
        started_at = time.monotonic()
        if sys.platform == "linux":
            ending = await self._run_supervised(command, printed)
        else:
            ending = await _run_alone(command, printed)
        return self._result(command, printed, ending, time.monotonic() - started_at)

    async def start(self, command: CommandSpec) -> Background:
        self._refuse_what_cannot_be_had(command.policy)
        if sys.platform != "linux":
            raise SandboxUnavailable("commands in the background need Linux")
        read_fd, write_fd = os.pipe()
        os.set_blocking(read_fd, False)
        started_at = time.monotonic()
        try:
            launched = await self._launcher.start(command, tier=self._tier, output_fd=write_fd, is_server=True)
        except BaseException:
            os.close(read_fd)
            raise
        finally:
            os.close(write_fd)

        def finish(printed: Printed, ending: Ending) -> CommandResult:
            return self._result(command, printed, ending, time.monotonic() - started_at)

        background = Background(launched, read_fd, command.policy.limits.output_bytes, finish)
        self._background.append(background)
        return background

    async def _run_supervised(self, command: CommandSpec, printed: Printed) -> Ending:
        read_fd, write_fd = os.pipe()
        os.set_blocking(read_fd, False)
        try:
            try:
                launched = await self._launcher.start(command, tier=self._tier, output_fd=write_fd)
            finally:
                os.close(write_fd)
            with contextlib.closing(launched):
                return await CommandRun(launched, read_fd, printed).to_the_end()
        finally:
            os.close(read_fd)

    def wrap(
        self, argv: tuple[str, ...], policy: SandboxPolicy, environment: Mapping[str, str], cwd: Path
    ) -> tuple[str, ...]:
        """Return the command line of a process that confines itself and becomes `argv`: for MCP servers.

        It has its caller's stdin, stdout and stderr and no time limit. It ends, its whole tree with it, when its
        parent kills it; the command's environment is `environment`, whatever the process itself was started with.
        The command line can be used any number of times until `close`.

        Raises:
            SandboxUnavailable: the policy cannot be enforced here.
        """
        self._refuse_what_cannot_be_had(policy)
        git = git_places(policy, is_server=True)
        policy = git.widened(policy)
        spec = CommandSpec(argv=argv, cwd=cwd, environment=environment, policy=policy)
        # A temp of its own: what one server writes there is no business of commands or of other servers.
        places = PrivatePlaces.make(Path(tempfile.mkdtemp(dir=self._folder.servers)))
        abi = self._status.landlock_abi
        request = ForegroundLaunch(
            launch=build_launch(
                spec,
                tier=self._tier,
                abi=abi,
                places=places,
                git=git,
                is_server=True,
            ),
            file_rules=rules_for(policy, self._tier, places, git, is_server=True),
        )
        descriptor, path = tempfile.mkstemp(dir=self._folder.launches)  # mode 0600: it may hold granted secrets
        with os.fdopen(descriptor, "wb") as file:
            file.write(pack(request))
        return child_argv("foreground", path)

    async def close(self) -> None:
        """End all commands that still run and remove the private files. May be called twice."""
        for background in self._background:
            await background.stop()
        await self._launcher.close()
        await asyncio.to_thread(self._folder.remove)

    def _result(self, command: CommandSpec, printed: Printed, ending: Ending, duration_s: float) -> CommandResult:
        command = replace(command, policy=self._launcher.protecting(command.policy))
        return _result(command, printed, ending, duration_s)

    @property
    def _tier(self) -> ConfiningTier:
        return "A" if self._status.tier == "A" else "B"

    def _refuse_what_cannot_be_had(self, policy: SandboxPolicy) -> None:
        if policy.mode != "danger-full-access" and self._status.tier == "C":
            raise SandboxUnavailable(f"commands cannot be confined here: {self._status.reason}")


async def _run_alone(command: CommandSpec, printed: Printed) -> Ending:
    try:
        returned, ended_by = await run_unconfined(command, printed)
    except OSError as error:
        return not_started(str(error))
    status = -returned if returned < 0 else returned << 8
    return Ending(wait_status=status, ended_by=ended_by, failure="", put_back=[])


def _result(command: CommandSpec, printed: Printed, ending: Ending, duration_s: float) -> CommandResult:
    output, cut_bytes = printed.kept.text()
    status = ending["wait_status"]
    if ending["failure"] or status is None:
        return CommandResult(
            exit_code=_COULD_NOT_START,
            output=f"The command was not run: {ending['failure']}\n",
            cut_bytes=0,
            duration_s=duration_s,
        )
    ended_by = "output" if printed.is_too_much and ending["ended_by"] == "cancel" else ending["ended_by"]
    exit_code = _as_shells_count(status) if ended_by == "exit" else None
    return CommandResult(
        exit_code=exit_code,
        output=output,
        cut_bytes=cut_bytes,
        duration_s=duration_s,
        ended_by=ended_by,
        denial=find_denial(command, exit_code, output, ending["put_back"]),
    )


def _as_shells_count(wait_status: int) -> int:
    code = os.waitstatus_to_exitcode(wait_status)
    return 128 - code if code < 0 else code
