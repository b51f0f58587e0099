"""Running a search program over a list of files: bounded in time, memory and output, and gone when the caller is
cancelled.

Two programs speak the same output, `PATH NUL NUMBER : TEXT` (`-` instead of `:` for context): ripgrep where the user
has it, and `own_grep.py` beside this file, a process of its own because a regular expression of Python's that runs wild
can be stopped in no other way. Neither looks for files or reads rules about them: a repository could lead it anywhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import shutil
import sys
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from codex_core.protocol import SandboxPolicy, ToolError
from codex_tools.confined_exec import COULD_NOT_CONFINE
from codex_tools.sandbox.landlock.rules import rules_for_reading
from codex_tools.sandbox.landlock.ruleset import make_ruleset
from codex_tools.workspace import is_under

TIMEOUT_S = 20.0
OUTPUT_BYTES = 4 << 20
MEMORY_BYTES = 1 << 30
"""For one program. A line is held whole, and a file of gigabytes can be one."""
_ERROR_BYTES = 16 << 10
_BATCH_BYTES = 128 << 10
"""How long the paths for one start of ripgrep are together; `xargs` takes as much."""
_OWN_GREP = Path(__file__).with_name("own_grep.py")
_CONFINED_EXEC = Path(__file__).with_name("confined_exec.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    root: Path
    """The folder that the paths are relative to, resolved."""
    paths: Sequence[str]
    """The files to search in, each a regular one when it was looked at."""
    pattern: str
    policy: SandboxPolicy
    """What it hides cannot be searched, whatever the paths have become since they were looked at."""
    ignore_case: bool = False
    context_lines: int = 0

    def named_paths(self) -> Iterator[bytes]:
        """The paths as they are given to the programs and come back: none can be mistaken for an option."""
        return (b"./" + os.fsencode(path) for path in self.paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMatches:
    output: bytes
    is_cut: bool
    """There was more output than is kept."""


class PatternRefusedError(Exception):
    """The program does not understand the pattern; says why."""


def find_ripgrep(policy: SandboxPolicy) -> str | None:
    """The user's ripgrep. One inside a folder that the agent may write to could be anything, and is not used."""
    for folder in os.get_exec_path():
        if not Path(folder).is_absolute():
            continue
        found = shutil.which("rg", path=folder)
        if found is not None and not is_under(Path(found).resolve(), (policy.workspace, *policy.writable_roots)):
            return found
    return None


async def run_ripgrep(program: str, search: Search) -> RawMatches:
    """Raises:
    PatternRefusedError: among other things it knows no look-around.
    ToolError: it took too long or broke off.
    """
    argv = [
        *(program, "--no-config", "--no-ignore", "--no-messages", "--no-mmap", "--crlf", "--color=never"),
        *("--null", "--line-number", "--with-filename", "--no-heading"),
        *("--max-columns=500", "--max-columns-preview", f"--context={search.context_lines}"),
        *(["--ignore-case"] if search.ignore_case else []),
        *(f"--regexp={search.pattern}", "--"),
    ]
    output = b""
    async with _time_limit():
        for batch in _batches(search.named_paths()):
            part = await _run([*argv, *batch], search, b"", OUTPUT_BYTES - len(output))
            output += part.output
            if part.is_cut:
                return RawMatches(output=output, is_cut=True)
    return RawMatches(output=output, is_cut=False)


async def run_own_grep(search: Search) -> RawMatches:
    """Raises:
    PatternRefusedError: it is no regular expression of Python's.
    ToolError: it took too long or broke off.
    """
    argv = [
        *(sys.executable, "-I", "-S", str(_OWN_GREP), search.pattern),
        *("i" if search.ignore_case else "-", str(search.context_lines)),
    ]
    async with _time_limit():
        return await _run(argv, search, b"".join(path + b"\0" for path in search.named_paths()), OUTPUT_BYTES)


def _batches(paths: Iterator[bytes]) -> Iterator[list[bytes]]:
    """At least one, so that the pattern is looked at; never an empty one, which would mean the whole folder."""
    batch: list[bytes] = []
    size = 0
    for path in paths:
        if size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += len(path) + 1
    yield batch or [os.fsencode(os.devnull)]


@contextlib.asynccontextmanager
async def _time_limit() -> AsyncGenerator[None]:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            yield
    except TimeoutError:
        what = f"The search took more than {TIMEOUT_S:.0f} s"
        raise ToolError(f"{what}. Narrow `path`, `glob` or the pattern.") from None


async def _run(argv: Sequence[str | bytes], search: Search, stdin: bytes, limit_bytes: int) -> RawMatches:
    ruleset_fd = -1
    try:
        ruleset_fd = await asyncio.to_thread(_ruleset, search.policy)
        confining = (sys.executable, "-I", "-S", str(_CONFINED_EXEC), str(ruleset_fd)) if ruleset_fd >= 0 else ()
        process = await asyncio.create_subprocess_exec(
            *confining,
            *argv,
            cwd=search.root,
            pass_fds=(ruleset_fd,) if ruleset_fd >= 0 else (),
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except (OSError, ValueError) as error:  # ValueError: a NUL in the pattern
        raise ToolError(f"The search cannot be started: {error}.") from error
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
    if not is_cut:
        said, _ = errors.result()
        _check_end(code, said.decode("utf-8", "replace").strip()[:4000])
    return RawMatches(output=output, is_cut=is_cut)


def _ruleset(policy: SandboxPolicy) -> int:
    """The descriptor of a Landlock ruleset for reading what is not hidden; -1 where there is no Landlock. Blocking."""
    if sys.platform != "linux" or policy.mode == "danger-full-access":
        return -1
    # Deferred: on other systems there is no such thing.
    from codex_tools.sandbox.kernel import landlock_abi

    abi = landlock_abi()
    return make_ruleset(rules_for_reading(policy).rules, abi) if abi else -1


def _check_end(code: int, said: str) -> None:
    """1 means that nothing matched. 2 without a word: some file could not be read, which is as good as not there."""
    if code == 2 and said:
        raise PatternRefusedError(said)
    if code == COULD_NOT_CONFINE:
        raise ToolError("The search could not be confined, and was not made.")
    if code not in {0, 1, 2}:
        raise ToolError(
            f"The search broke off (exit code {code}): a file with very long lines takes more than the"
            f" {MEMORY_BYTES >> 20} MB of memory that it has. Narrow `path` or `glob`."
        )


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
