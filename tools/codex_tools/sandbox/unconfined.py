"""Runs a command without any confinement where there is no Linux: a group of processes, bounded in time and output.

What leaves the group outlives it here; on Linux the supervisor sees to unconfined commands too.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import Final

from codex_core.protocol import CommandSpec
from codex_tools.sandbox.output import Printed
from codex_tools.sandbox.spec import TERMINATE_GRACE_S
from codex_tools.sandbox.wire import EndedBy

_READ_BYTES: Final = 65536


async def run_unconfined(command: CommandSpec, printed: Printed) -> tuple[int, EndedBy]:
    """Run to the end; return the code as asyncio gives it, and what ended the command.

    A cancellation ends the group, gently then hard, before it goes on.

    Raises:
        OSError: it could not be started.
    """
    process = await asyncio.create_subprocess_exec(
        *command.argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=command.cwd,
        env=dict(command.environment),
        start_new_session=True,
    )
    ended_by: EndedBy = "exit"
    try:
        async with asyncio.timeout(command.policy.limits.wall_s):
            await _copy(process, printed)
            if not printed.is_too_much:
                await process.wait()
    except TimeoutError:
        ended_by = "timeout"
    finally:
        await _end_group(process, 0.0 if printed.is_too_much else TERMINATE_GRACE_S)
    assert process.returncode is not None
    return process.returncode, "output" if printed.is_too_much else ended_by


async def _copy(process: asyncio.subprocess.Process, printed: Printed) -> None:
    assert process.stdout is not None
    while not printed.is_too_much:
        data = await process.stdout.read(_READ_BYTES)
        printed.feed(data)
        if not data:
            return


async def _end_group(process: asyncio.subprocess.Process, grace_s: float) -> None:
    if process.returncode is None and grace_s:
        _signal_group(process.pid, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await process.wait()
    _signal_group(process.pid, signal.SIGKILL)
    await process.wait()


def _signal_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
