"""Finds the repositories inside a workspace, and takes what runs something out of those that a command has made.

Whoever goes into such a folder later, by hand or by an editor that looks for repositories, would run it. The search
goes from the top downwards and is bounded: what people and editors come across is near the top. Child side.
"""

# pathlib costs every child milliseconds, and knows no directory descriptors.
# ruff: noqa: PTH118

from __future__ import annotations

import contextlib
import os
import stat
from collections import deque
from collections.abc import Iterable
from typing import Final

from codex_tools.sandbox.guard import Guard

_MOST_FOLDERS: Final = 2000
_MOST_ENTRIES: Final = 40_000
_MOST_FOUND: Final = 8
"""Of one writable folder, those nearest to its top: each costs every command some mounts."""
_CLOCK_TICK_S: Final = 0.05
"""The times of files may lag that much behind the clock."""
_POINTER: Final = b"gitdir: "
_POINTER_LIMIT_BYTES: Final = 4096


def repositories_in(root: str) -> list[str]:
    """Return the folders below `root` that have a `.git`, nearest first; `root` itself is not looked at."""
    found: list[str] = []
    waiting, seen_folders, seen_entries = deque([root]), 0, 0
    while waiting and len(found) < _MOST_FOUND and seen_folders < _MOST_FOLDERS and seen_entries < _MOST_ENTRIES:
        folder = waiting.popleft()
        seen_folders += 1
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                seen_entries += 1
                if entry.name == ".git":
                    if folder != root:
                        found.append(folder)
                elif entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
    return found


def clean_new(roots: Iterable[str], known: Iterable[str], *, since: float) -> list[str]:
    """Take what runs something out of the new repositories below `roots`; return the paths that were changed.

    New is what is not `known` and has changed since that time (as `time.time` gives it): nobody can set back the time
    that the kernel keeps of a change.
    """
    old = set(known)
    removed: list[str] = []
    for folder in (folder for root in roots for folder in repositories_in(root)):
        if folder in old:
            continue
        git = os.path.join(folder, ".git")
        with contextlib.suppress(OSError):
            status = os.lstat(git)
            if status.st_ctime < since - _CLOCK_TICK_S:
                continue
            if stat.S_ISREG(status.st_mode) and _leads_into_one_of(old, folder, git):
                continue
            removed += Guard({folder: {".git": None}}).put_back()
    return removed


def _leads_into_one_of(repositories: Iterable[str], folder: str, pointer: str) -> bool:
    """Whether it is the pointer of a worktree or submodule to where git keeps those of a repository we look after."""
    with open(pointer, "rb", opener=_without_links) as file:
        content = file.read(_POINTER_LIMIT_BYTES)
    if not content.startswith(_POINTER):
        return False
    path = content.removeprefix(_POINTER).rstrip(b"\n")
    target = os.path.realpath(os.path.join(folder, os.fsdecode(path)))
    kept = (os.path.join(root, ".git", kind) + "/" for root in repositories for kind in ("worktrees", "modules"))
    return any(target.startswith(place) for place in kept)


def _without_links(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
