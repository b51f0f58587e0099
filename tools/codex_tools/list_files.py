"""Lists a folder's files and folders for whoever has to choose among them: a program of its own, so that nobody waits.

    python -I -m codex_tools.list_files FOLDER

Prints names relative to the folder, folders with a `/` at their end, each ended by a NUL: first up to RECENT files,
the last changed one first; an empty name; then everything in the order of a walk. What git ignores is left out, and so
are names that nobody can type: with control characters or bytes that are no UTF-8. A last name `…` says that there is
more than MOST, or that it took longer than TIME_S.
"""

from __future__ import annotations

import heapq
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from codex_core.protocol import SandboxPolicy, ToolError
from codex_tools.folder_walk import Walk
from codex_tools.threads import Deadline

RECENT = 64
MOST = 200_000
TIME_S = 10.0
CUT = "…"


def listed(folder: Path, *, most: int = MOST, time_s: float = TIME_S) -> Iterator[str]:
    """The names, in the order of the format above. Blocking.

    Raises:
        OSError: the folder cannot be opened.
    """
    names: list[str] = []
    changed: list[tuple[float, str]] = []
    is_cut = False
    # What it must not read, the walk need not know of: names are no secret, and the model is not shown them.
    policy = SandboxPolicy(mode="read-only", workspace=folder)
    try:
        for entry in Walk(root=folder, policy=policy, deadline=Deadline(time_s)):
            if not entry.path.isprintable():
                continue
            names.append(f"{entry.path}/" if entry.is_folder else entry.path)
            if entry.is_file and (info := entry.info()) is not None:
                changed.append((info.st_mtime, entry.path))
            if len(names) >= most:
                is_cut = True
                break
    except ToolError:
        is_cut = True
    yield from (path for _, path in heapq.nlargest(RECENT, changed))
    yield ""
    yield from names
    if is_cut:
        yield CUT


def main(arguments: list[str]) -> int:
    try:
        _print(listed(Path(arguments[0]).resolve()))
    except OSError as error:
        sys.stderr.write(f"{error.strerror or error}\n")
        return 1
    return 0


def _print(names: Iterable[str]) -> None:
    sys.stdout.buffer.write(b"".join(name.encode() + b"\0" for name in names))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
