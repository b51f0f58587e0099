"""Running a search program: bounded in time and output, and gone when the caller is cancelled.

Two programs speak the same output, `PATH NUL NUMBER : TEXT` (`-` instead of `:` for context): ripgrep where the user
has it, and `own_grep.py` beside this file, a process of its own because a regular expression of Python's that runs wild
can be stopped in no other way.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from codex_core.protocol import SandboxPolicy, ToolError
from codex_tools.workspace import is_under

TIMEOUT_S = 20.0
OUTPUT_BYTES = 4 << 20
_OWN_GREP = Path(__file__).with_name("own_grep.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    root: Path
    """The folder to search in, resolved."""
    pattern: str
    target: str = "."
    """Relative to the root: the folder itself or one file."""
    glob: str = ""
    ignore_case: bool = False
    context_lines: int = 0
    hidden: tuple[str, ...] = ()
    """Paths relative to the root that are not looked into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMatches:
    output: bytes
    is_cut: bool
    """There was more output than is kept."""
    error: str
    """What the program said about the pattern; empty if it understood."""


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
    argv = [
        *(program, "--no-config", "--null", "--line-number", "--with-filename", "--no-heading", "--color=never"),
        *("--no-messages", "--hidden", "--no-follow", "--no-ignore-global", "--no-ignore-dot", "--no-require-git"),
        *("--crlf", "--max-columns=500", "--max-columns-preview", f"--context={search.context_lines}"),
        *(["--ignore-case"] if search.ignore_case else []),
        # The rules of folders further up count inside a repository only.
        *([] if _is_in_repository(search.root) else ["--no-ignore-parent"]),
        *([f"--glob={search.glob}"] if search.glob else []),
        *("--glob=!.git", *(f"--glob=!/{_escape_glob(path)}" for path in search.hidden)),
        *(f"--regexp={search.pattern}", "--", search.target if search.target == "." else f"./{search.target}"),
    ]
    return await _run(argv, search.root, b"")


async def run_own_grep(search: Search, paths: Sequence[str]) -> RawMatches:
    """Search the files `paths` (relative to the root)."""
    argv = [
        *(sys.executable, "-I", "-S", str(_OWN_GREP), search.pattern),
        *("i" if search.ignore_case else "-", str(search.context_lines)),
    ]
    return await _run(argv, search.root, b"".join(os.fsencode(path) + b"\0" for path in paths))


async def _run(argv: list[str], cwd: Path, stdin: bytes) -> RawMatches:
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd=cwd,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except (OSError, ValueError) as error:  # ValueError: a NUL in the pattern
        raise ToolError(f"The search cannot be started: {error}.") from error
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(TIMEOUT_S), asyncio.TaskGroup() as group:
            group.create_task(_feed(process.stdin, stdin))
            errors = group.create_task(process.stderr.read())
            output, is_cut = await _read(process.stdout, OUTPUT_BYTES)
            if is_cut:
                process.kill()
            # Never killed when it may have ended by itself: `kill` then takes the exit code away from asyncio.
            code = await process.wait()
    except BaseException as error:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        if isinstance(error, TimeoutError):
            what = f"The search took more than {TIMEOUT_S:.0f} s"
            raise ToolError(f"{what}. Narrow `path`, `glob` or the pattern.") from None
        raise
    said = errors.result().decode("utf-8", "replace").strip()[:4000]
    if code not in {0, 1} and not is_cut and not output:
        return RawMatches(output=b"", is_cut=False, error=said or f"the search ended with code {code}")
    return RawMatches(output=output, is_cut=is_cut, error="")


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


def _is_in_repository(folder: Path) -> bool:
    return any(os.path.lexists(above / ".git") for above in (folder, *folder.parents))


def _escape_glob(path: str) -> str:
    return re.sub(r"([*?\[\]{}\\!])", r"\\\1", path)
