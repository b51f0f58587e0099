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
from collections.abc import Container, Iterable
from typing import Final, NamedTuple

from codex_tools.sandbox.guard import Guard, clean_bare, git_dirs

_MOST_FOLDERS: Final = 2000
_MOST_ENTRIES: Final = 40_000
_INSIDE_GIT: Final = frozenset(("objects", "refs", "logs", "hooks", "info", "lfs"))
"""Folders of git's own that hold many others, and are not looked into."""
_BARE: Final = frozenset(("HEAD", "objects", "refs"))
"""What makes git take a folder for a repository without a work tree."""
_CLOCK_TICK_S: Final = 0.05
"""The times of files may lag that much behind the clock."""
_POINTER: Final = b"gitdir: "
_POINTER_LIMIT_BYTES: Final = 4096


class Found(NamedTuple):
    with_git: list[str]
    """Folders that have a `.git`, nearest first."""
    bare: list[str]
    """Folders that look like what a `.git` is."""


def search(root: str) -> Found:
    """Look for repositories in `root` and below."""
    found = Found([], [])
    waiting, seen_folders, seen_entries = deque([(root, False)]), 0, 0
    while waiting and seen_folders < _MOST_FOLDERS and seen_entries < _MOST_ENTRIES:
        folder, is_in_git = waiting.popleft()
        seen_folders += 1
        names: set[str] = set()
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                seen_entries += 1
                names.add(entry.name)
                if entry.is_dir(follow_symlinks=False) and not (is_in_git and entry.name in _INSIDE_GIT):
                    waiting.append((entry.path, is_in_git or entry.name == ".git"))
        if ".git" in names:
            found.with_git.append(folder)
        if names >= _BARE and not folder.endswith("/.git"):
            found.bare.append(folder)
    return found


def clean_new(roots: Iterable[str], known: Iterable[str], known_git: Iterable[str] = (), *, since: float) -> list[str]:
    """Take what runs something out of the new repositories below `roots`; return the paths that were changed.

    New is what is not `known`, as a folder with a `.git` or as a repository by itself, and has changed
    since that time (as `time.time` gives it): nobody can set back the time that the kernel keeps of a change.
    """
    since -= _CLOCK_TICK_S
    old, old_git = set(known), list(known_git)
    looked_after, pointers, bare, changed = list[str](old), list[str](), list[str](), list[str]()
    for root in roots:
        found = search(root)
        bare += found.bare
        for folder in found.with_git:
            if folder in old or folder == root:
                continue
            is_new, is_file = _is_new(f"{folder}/.git", since)
            if is_file:
                pointers += [folder] if is_new else []
                continue
            looked_after.append(folder)
            if is_new:
                changed += Guard.of_nothing(folder).put_back()
    repositories = (*old_git, *(f"{folder}/.git" for folder in looked_after))
    places = {place for git in repositories for place in git_dirs(git)}
    for folder in pointers:
        if not _leads_to_one_of(places, folder):
            changed += Guard.of_nothing(folder).put_back()
    for folder in bare:
        if folder not in places and _is_new(f"{folder}/HEAD", since)[0] | _is_new(f"{folder}/config", since)[0]:
            with contextlib.suppress(OSError):
                changed += clean_bare(folder)
    return changed


def _is_new(path: str, since: float) -> tuple[bool, bool]:
    """Whether it was changed since then, and whether it is a file."""
    try:
        status = os.lstat(path)
    except OSError:
        return False, False
    return status.st_ctime >= since, stat.S_ISREG(status.st_mode)


def _leads_to_one_of(places: Container[str], folder: str) -> bool:
    """Whether the `.git` of the folder is the pointer of a worktree or submodule to a place that is looked after."""
    try:
        with open(f"{folder}/.git", "rb", opener=_without_links) as file:
            content = file.read(_POINTER_LIMIT_BYTES)
        path = os.fsdecode(content.removeprefix(_POINTER).rstrip(b"\r\n"))  # git takes both away
        return content.startswith(_POINTER) and os.path.realpath(os.path.join(folder, path)) in places
    except (OSError, ValueError):  # gone, or with a NUL in it
        return False


def _without_links(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
