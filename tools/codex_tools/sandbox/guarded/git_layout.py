"""Where the folders of a repository really are: behind a pointer, a link, a worktree. Looks at files, changes nothing.

A `.git` is content of the workspace, so it is believed only as far as that does no harm: what it leads to in writable
folders is protected, and what it leads to elsewhere is left alone, but for a worktree's repository that points back.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

_POINTER: Final = b"gitdir: "
_LIMIT_BYTES: Final = 4096
_BARE: Final = ("HEAD", "objects", "refs")
_MOST_LINKS: Final = 40
"""On the way to a file; the kernel follows no more either."""


class Layout(NamedTuple):
    """Absolute paths without links."""

    own: str
    """What a `.git` leads to: HEAD and the index are in it."""
    common: str
    """What its worktrees share, often the same: hooks, config and objects are in it."""
    ways: tuple[str, ...]
    """How it is said where these are; there may be links on them."""


def layout_of(folder: str) -> Layout | None:
    """Return where the repository of a folder with a `.git` is; None if it has none, or leads nowhere."""
    git = f"{folder.rstrip('/')}/.git"
    try:
        way = git if os.path.isdir(git) else _pointed_to(git)  # noqa: PTH112
        own = os.path.realpath(way)
        if not os.path.isdir(own):  # noqa: PTH112
            return None
        common_way = _common_way(own)
        return Layout(own, os.path.realpath(common_way), tuple(dict.fromkeys((git, way, common_way))))
    except (OSError, ValueError):  # gone, or no pointer, or a NUL in a path
        return None


def is_bare(folder: str) -> bool:
    """Whether git takes the folder itself for a repository."""
    return all(os.path.lexists(f"{folder}/{name}") for name in _BARE)


def shared_repository(root: str) -> str | None:
    """Return the repository that the writable folder `root` is a worktree of, if it lies outside and says so too.

    Only the shape that git itself makes counts: `.git` is a file that points to COMMON/worktrees/NAME, and the file
    `gitdir` in there points back. Whoever could write only into the worktree cannot have made that.
    """
    git = f"{root.rstrip('/')}/.git"
    try:
        if not stat.S_ISREG(os.lstat(git).st_mode):
            return None
        own = os.path.realpath(_pointed_to(git))
        common, worktrees, name = (*own.rsplit("/", 2), "", "")[:3]
        back = os.path.join(own, os.fsdecode(_content(f"{own}/gitdir").rstrip(b"\n")))  # noqa: PTH118
        is_gits = (
            bool(common and name)
            and worktrees == "worktrees"
            and _content(f"{own}/commondir") == b"../..\n"
            and os.path.realpath(back) == git
            and not Path(common, "commondir").exists()
            and is_bare(common)
            and Path(common, "config").is_file()
        )
    except (OSError, ValueError):
        return None
    return common if is_gits and os.access(common, os.W_OK) and not is_within(root, common) else None


def places_on(way: str) -> Iterator[str]:
    """The links that lead from an absolute path to where it really is, and that place."""
    done, left, links = "", way.split("/")[::-1], 0
    while left:
        match name := left.pop():
            case "" | ".":
                continue
            case "..":
                done = done.rpartition("/")[0]
                continue
            case _:
                place = f"{done}/{name}"
        try:
            target = os.readlink(place)  # noqa: PTH115
        except (OSError, ValueError):  # no link, or nothing
            done = place
            continue
        yield place
        links += 1
        if links > _MOST_LINKS:
            return
        done = "" if target.startswith("/") else done
        left += target.split("/")[::-1]
    yield done or "/"


def is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _pointed_to(git: str) -> str:
    """Raises:
    ValueError: it is no pointer.
    """
    content = _content(git)
    if not content.startswith(_POINTER):
        raise ValueError(git)
    path = os.fsdecode(content.removeprefix(_POINTER).rstrip(b"\r\n"))
    return os.path.join(git.rpartition("/")[0], path)  # noqa: PTH118


def _common_way(own: str) -> str:
    try:
        content = _content(f"{own}/commondir")
    except OSError:
        return own
    return os.path.join(own, os.fsdecode(content.rstrip(b"\r\n")))  # noqa: PTH118


def _content(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return os.read(descriptor, _LIMIT_BYTES)
    finally:
        os.close(descriptor)
