"""Runs a program of the user's that only reads: confined to that by the kernel, bounded in memory and output, and gone
when the caller is cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codex_core.protocol import SandboxPolicy
from codex_tools.sandbox.landlock.rules import rules_for_reading
from codex_tools.sandbox.landlock.ruleset import make_ruleset
from codex_tools.workspace import is_under

MEMORY_BYTES = 1 << 30
"""For one program. A line is held whole, and a file of gigabytes can be one."""
_ERROR_BYTES = 16 << 10
_CONFINED_EXEC = Path(__file__).with_name("confined_exec.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingEnded:
    output: bytes
    is_cut: bool
    """There was more output than was asked for; the program was ended."""
    code: int
    """How it ended; `confined_exec.COULD_NOT_CONFINE` if it was not started. Says nothing of what was cut."""
    said: str
    """On stderr; empty if the output was cut."""


def find_program(name: str, policy: SandboxPolicy) -> str | None:
    """The user's program. One inside a folder that the agent may write to could be anything, and is not used."""
    for folder in os.get_exec_path():
        if not Path(folder).is_absolute():
            continue
        found = shutil.which(name, path=folder)
        if found is not None and not is_under(Path(found).resolve(), (policy.workspace, *policy.writable_roots)):
            return found
    return None


async def run_reading(
    argv: Sequence[str | bytes],
    *,
    cwd: Path,
    policy: SandboxPolicy,
    limit_bytes: int,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
) -> ReadingEnded:
    """Run `argv` (its program absolute) to its end. It can write nothing, and not read what the policy hides.

    `env` is added to a search path and a locale: nothing of the user's environment is handed on.

    Raises:
        OSError, ValueError: it cannot be started; a NUL in an argument.
    """
    ruleset_fd = -1
    try:
        ruleset_fd = await asyncio.to_thread(_ruleset, policy)
        confining = (sys.executable, "-I", "-S", str(_CONFINED_EXEC), str(ruleset_fd)) if ruleset_fd >= 0 else ()
        process = await asyncio.create_subprocess_exec(
            *confining,
            *argv,
            cwd=cwd,
            pass_fds=(ruleset_fd,) if ruleset_fd >= 0 else (),
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", **(env or {})},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    finally:
        if ruleset_fd >= 0:
            os.close(ruleset_fd)
    _bound_memory(process.pid)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_feed(process.stdin, stdin))
            errors = group.create_task(_read(process.stderr, _ERROR_BYTES))
            output, is_cut = await _read(process.stdout, limit_bytes)
            if is_cut:
                process.kill()
            # Never killed when it may have ended by itself: `kill` then takes the exit code away from asyncio.
            code = await process.wait()
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    said = "" if is_cut else errors.result()[0].decode("utf-8", "replace").strip()
    return ReadingEnded(output=output, is_cut=is_cut, code=code, said=said)


def _ruleset(policy: SandboxPolicy) -> int:
    """The descriptor of a Landlock ruleset for reading what is not hidden; -1 where there is no Landlock. Blocking."""
    if sys.platform != "linux" or policy.mode == "danger-full-access":
        return -1
    # Deferred: on other systems there is no such thing.
    from codex_tools.sandbox.kernel import landlock_abi

    abi = landlock_abi()
    return make_ruleset(rules_for_reading(policy).rules, abi) if abi else -1


def _bound_memory(pid: int) -> None:
    if sys.platform != "linux":  # nothing else can bound another process
        return
    with contextlib.suppress(OSError, ValueError):  # It has ended already.
        _, hard = resource.prlimit(pid, resource.RLIMIT_DATA)
        limit = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(hard, MEMORY_BYTES)
        resource.prlimit(pid, resource.RLIMIT_DATA, (limit, limit))


async def _feed(pipe: asyncio.StreamWriter, data: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        pipe.write(data)
        await pipe.drain()
    pipe.close()


async def _read(pipe: asyncio.StreamReader, limit_bytes: int) -> tuple[bytes, bool]:
    """What comes until the end, or until there is more than the limit, which is then cut off."""
    chunks: list[bytes] = []
    size = 0
    while chunk := await pipe.read(1 << 16):
        chunks.append(chunk)
        size += len(chunk)
        if size > limit_bytes:
            return b"".join(chunks)[:limit_bytes], True
    return b"".join(chunks), False
