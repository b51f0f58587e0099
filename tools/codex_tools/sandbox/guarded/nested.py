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
from collections.abc import Container
from typing import Final, NamedTuple, TypedDict

from codex_tools.sandbox.guarded.guard import STEERING, Guard, clean_bare, git_dirs

_MOST_FOLDERS: Final = 2000
_MOST_ENTRIES: Final = 40_000
_INSIDE_GIT: Final = frozenset(("objects", "refs", "logs", "hooks", "info", "lfs"))
"""Folders of git's own that hold many others, and are not looked into."""
_BARE: Final = frozenset(("HEAD", "objects", "refs"))
"""What makes git take a folder for a repository without a work tree, if it is not said where the rest is."""
_CLOCK_TICK_S: Final = 0.05
"""The times of files may lag that much behind the clock."""
_LINKS_OF_A_LEAF: Final = 2
_POINTER: Final = b"gitdir: "
_POINTER_LIMIT_BYTES: Final = 4096


class Found(NamedTuple):
    with_git: list[str]
    """Folders that have a `.git`, nearest first."""
    bare: list[str]
    """Folders that look like what a `.git` is."""
    left: list[str]
    """Folders that were not looked into any more, some among them."""


class Launched(TypedDict):
    """The part of a `Launch` that says what was there before."""

    writable: list[str]
    repositories: list[str]
    git_dirs: list[str]
    guarded_roots: list[str]
    guarded_git: list[str]


def launched(of: Launched) -> Launched:
    """Return that part alone."""
    return {
        "writable": of["writable"],
        "repositories": of["repositories"],
        "git_dirs": of["git_dirs"],
        "guarded_roots": of["guarded_roots"],
        "guarded_git": of["guarded_git"],
    }


class Cleaned(NamedTuple):
    changed: list[str]
    """What was taken out, or put right."""
    unsearched: list[str]
    """Roots with so much in them that not all new repositories may have been found."""


def search(root: str, *, since: float | None = None) -> Found:
    """Look for repositories in `root` and below; with `since`, only those that have become ones since then count.

    A folder with no others in it, and no new entry since, cannot have become one: it is not even opened. (Its number
    of links says so; file systems that do not count them say 1.)
    """
    found = Found([], [], [])
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
                    if since is not None and _is_old_leaf(entry, since):
                        continue
                    waiting.append((entry.path, is_in_git or entry.name == ".git"))
        if ".git" in names:
            found.with_git.append(folder)
        if "HEAD" in names and (names >= _BARE or "commondir" in names) and not folder.endswith("/.git"):
            found.bare.append(folder)
    found.left.extend(folder for folder, is_in_git in waiting if not is_in_git)
    return found


def _is_old_leaf(entry: os.DirEntry[str], since: float) -> bool:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:  # gone
        return True
    return status.st_nlink == _LINKS_OF_A_LEAF and status.st_ctime < since


def clean_new(launched: Launched, *, since: float) -> Cleaned:
    """Take what runs something out of the repositories that a command has made, or has changed without a guard.

    New is what has changed since that time (as `time.time` gives it) under a name that was not there before, whoever
    did it: nobody can set back the time that the kernel keeps of a change.
    """
    since -= _CLOCK_TICK_S
    old, old_git = set(launched["repositories"]), set(launched["git_dirs"])
    # A server has no guard, but could not write to any of these.
    guarded = {*launched["guarded_roots"], *launched["guarded_git"]} or old | old_git
    looked_after, pointers, bare, changed = list[str](old), list[str](), list[str](), list[str]()
    unsearched: list[str] = []
    for root in launched["writable"]:
        found = search(root, since=since)
        unsearched += [root] if found.left else []
        bare += found.bare
        for folder in found.with_git:
            git = f"{folder}/.git"
            if folder == root or (folder in guarded and folder in old):
                continue
            if stat.S_ISREG(_kind(git)):
                pointers += [folder] if folder not in old and _is_changed(git, since) else []
                continue
            looked_after.append(folder)
            if _is_steered(git, since):
                changed += Guard.of_nothing(folder).put_back()
    repositories = (*launched["git_dirs"], *(f"{folder}/.git" for folder in looked_after))
    places = {place for git in repositories for place in git_dirs(git)}
    for folder in pointers:
        if not _leads_to_one_of(places, folder):
            changed += Guard.of_nothing(folder).put_back()
    known = (places - old_git) | (guarded & old_git)
    for folder in bare:
        if folder not in known and _is_steered(folder, since):
            with contextlib.suppress(OSError):
                changed += clean_bare(folder)
    return Cleaned(changed, unsearched)


def _is_steered(git: str, since: float) -> bool:
    """Whether anything in a repository that makes git run something, or leads to it, was changed since then."""
    for place in (git, *git_dirs(git)):
        if _is_changed(place, since) or any(_is_changed(f"{place}/{name}", since) for name in ("HEAD", *STEERING)):
            return True
        with contextlib.suppress(OSError), os.scandir(f"{place}/hooks") as hooks:
            if any(_is_changed(hook.path, since) for hook in hooks):
                return True
    return False


def _is_changed(path: str, since: float) -> bool:
    try:
        return os.lstat(path).st_ctime >= since
    except OSError:
        return False


def _kind(path: str) -> int:
    try:
        return os.lstat(path).st_mode
    except OSError:
        return 0


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
