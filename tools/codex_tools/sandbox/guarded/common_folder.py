"""Keeps `commondir` in a repository occupied while commands run. Child side, unconfined.

A file of that name leads git to another folder, with another configuration, and so to programs of whoever wrote it.
What exists can be made read-only in a command's view; so where it does not exist, one that changes nothing is put
there, and taken away by the last command that runs in the repository, in whichever process.
"""

# pathlib costs every child milliseconds, and knows no directory descriptors.
# ruff: noqa: PTH118

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from typing import Final

from codex_tools.sandbox.guarded import folder_lock

_NAME: Final = "commondir"
_HERE: Final = b".\n"


class CommonFolders:
    def __init__(self, roots: Iterable[str], git_dirs: Iterable[str]) -> None:
        """`roots`: the folders whose repositories, if they hold one, are meant, beside those in `git_dirs`."""
        self._repositories: list[int] = []
        for git in (*(os.path.join(root, ".git") for root in roots), *git_dirs):
            with contextlib.suppress(OSError):  # no repository, or a read-only one
                self._repositories.append(_occupy(git))

    def release(self) -> None:
        for git_fd in self._repositories:
            with contextlib.suppress(OSError):  # it is not ours, or has gone
                if folder_lock.is_alone(git_fd) and _content(git_fd) == _HERE:
                    os.unlink(_NAME, dir_fd=git_fd)
            os.close(git_fd)
        self._repositories.clear()


def _occupy(git: str) -> int:
    """Return a descriptor of the folder that holds a shared lock on it."""
    git_fd = os.open(git, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        folder_lock.share(git_fd)  # if not, the file just stays a little longer, or shorter and is looked at afterwards
        with contextlib.suppress(FileExistsError):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            file = os.open(_NAME, flags, 0o644, dir_fd=git_fd)
            os.write(file, _HERE)
            os.close(file)
    except OSError:
        os.close(git_fd)
        raise
    return git_fd


def _content(git_fd: int) -> bytes:
    file = os.open(_NAME, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=git_fd)
    try:
        return os.read(file, len(_HERE) + 1)
    finally:
        os.close(file)
