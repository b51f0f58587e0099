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
from codex_tools.sandbox.guarded.git_places import git_places
from codex_tools.sandbox.guarded.journal import settle
from codex_tools.sandbox.launcher import Launcher
from codex_tools.sandbox.output import Printed
from codex_tools.sandbox.private_folder import KEPT_ASIDE, PrivateFolder, PrivatePlaces
from codex_tools.sandbox.probe import probe
from codex_tools.sandbox.renamed_sockets import RenamedSockets
from codex_tools.sandbox.spec import ConfiningTier, build_launch, rules_for
from codex_tools.sandbox.unconfined import run_unconfined
from codex_tools.sandbox.wire import Ending, ForegroundLaunch, not_started, pack
from codex_tools.sandbox.zygote_client import Zygote

_COULD_NOT_START: Final = 125
_ORPHANS_DIE_IN_S: Final = 0.3


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
    runner = ConfinedRunner(folder, Launcher(Zygote(folder.path / "zygote.log"), folder.places, folder.journals), best)
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
        self._told_unsearched: set[str] = set()
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
        server_ends = await asyncio.to_thread(self._launcher.server_starts, command.policy)
        try:
            launched = await self._launcher.start(command, tier=self._tier, output_fd=write_fd, is_server=True)
        except BaseException:
            server_ends()
            os.close(read_fd)
            raise
        finally:
            os.close(write_fd)

        def finish(printed: Printed, ending: Ending) -> CommandResult:
            server_ends()
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
                ending = await CommandRun(launched, read_fd, printed).to_the_end()
            return await self._settled(ending) if ending["is_lost"] else ending
        finally:
            os.close(read_fd)

    async def _settled(self, ending: Ending) -> Ending:
        """Do what a supervisor that was killed has left undone; what the command had started is killed meanwhile."""
        await asyncio.sleep(_ORPHANS_DIE_IN_S)
        aside = str(self._folder.path.parent / KEPT_ASIDE / self._folder.path.name)
        put_back = await asyncio.to_thread(settle, str(self._folder.journals), aside=aside)
        ending["put_back"] = put_back
        return ending

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
        self._launcher.server_starts(policy)  # nobody tells us when one ends
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
                sockets=RenamedSockets().paths(policy) if self._tier == "A" else (),
                journals=str(self._folder.journals),
                is_server=True,
            ),
            file_rules=rules_for(spec, self._tier, places, git, is_server=True),
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
        result = _result(
            replace(command, policy=self._launcher.protecting(command.policy)), printed, ending, duration_s
        )
        notices = (*self._left_before(), *self._unsearched(ending))
        return replace(result, notices=notices) if notices else result

    def _left_before(self) -> list[str]:
        """What an agent that was killed had left in its folders; told once."""
        left, self._folder.settled = self._folder.settled, []
        if not left:
            return []
        kept = self._folder.path.parent / KEPT_ASIDE
        return [f"A command that was killed had changed {', '.join(left)}: put back; what was there is kept in {kept}."]

    def _unsearched(self, ending: Ending) -> list[str]:
        """Told once for each folder."""
        new = [folder for folder in ending["unsearched"] if folder not in self._told_unsearched]
        self._told_unsearched.update(new)
        return [
            f"{folder} holds too many folders to look into all of them after each command: "
            "a repository that a command makes deep down in it may keep hooks."
            for folder in new
        ]

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
    return Ending(wait_status=status, ended_by=ended_by, failure="", is_lost=False, put_back=[], unsearched=[])


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
