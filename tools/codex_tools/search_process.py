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
import sys
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from codex_core.protocol import SandboxPolicy, ToolError
from codex_tools.confined_exec import COULD_NOT_CONFINE
from codex_tools.reading_process import MEMORY_BYTES, find_program, run_reading

TIMEOUT_S = 20.0
OUTPUT_BYTES = 4 << 20
_BATCH_BYTES = 128 << 10
"""How long the paths for one start of ripgrep are together; `xargs` takes as much."""
_OWN_GREP = Path(__file__).with_name("own_grep.py")


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
    """The user's ripgrep."""
    return find_program("rg", policy)


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
    try:
        ended = await run_reading(argv, cwd=search.root, policy=search.policy, limit_bytes=limit_bytes, stdin=stdin)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the pattern
        raise ToolError(f"The search cannot be started: {error}.") from error
    if not ended.is_cut:
        _check_end(ended.code, ended.said[:4000])
    return RawMatches(output=ended.output, is_cut=ended.is_cut)


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
