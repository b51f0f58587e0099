"""The files that a prompt can mention, listed by a process of its own: the screen goes on meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path

from codex_tui.options import FileListing

_LIMIT_BYTES = 64 << 20
_CUT = "…"


async def list_files(folder: Path) -> FileListing:
    """List what is below `folder`, git-ignored files left out; nothing if that is not possible."""
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "codex_tools.list_files", str(folder)),
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return FileListing()
    try:
        assert process.stdout is not None
        chunks: list[bytes] = []
        size = 0
        while size < _LIMIT_BYTES and (chunk := await process.stdout.read(1 << 18)):
            chunks.append(chunk)
            size += len(chunk)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()
    return await asyncio.to_thread(_parsed, chunks, size >= _LIMIT_BYTES)


def _parsed(chunks: list[bytes], is_cut: bool) -> FileListing:
    names = b"".join(chunks).decode("utf-8", "replace").split("\0")[:-1]
    if "" not in names:
        return FileListing()
    at = names.index("")
    everything = names[at + 1 :]
    if everything and everything[-1] == _CUT:
        everything.pop()
        is_cut = True
    return FileListing(paths=tuple(everything), recent=tuple(names[:at]), is_cut=is_cut)
