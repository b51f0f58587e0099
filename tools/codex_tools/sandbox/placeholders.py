"""What mounts are put on in a private temp, where nothing of that name was. Child side.

Many commands may have mounts in one temp at once, and to remove what a mount is on takes the mount away from whoever
has it. So each holds a shared lock, and the last to end removes what none needs any more.
"""

# pathlib costs every child milliseconds, and knows no directory descriptors.
# ruff: noqa: PTH102, PTH103, PTH120, PTH208

from __future__ import annotations

import contextlib
import os
import stat

from codex_tools.sandbox.guarded import folder_lock


def make(path: str, *, is_folder: bool) -> None:
    """Make something to put a mount on, if there is nothing; it is told from other things by a mode that is zero."""
    if os.path.lexists(path):
        return
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    if is_folder:
        os.mkdir(path, 0)
    else:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0))


def is_one(path: str, *, dir_fd: int | None = None) -> bool:
    """Whether there is nothing but such a thing at `path`, or nothing at all."""
    try:
        return stat.S_IMODE(os.lstat(path, dir_fd=dir_fd).st_mode) == 0
    except OSError:
        return True


class InUse:
    """The placeholders of one temp are needed until `release`."""

    def __init__(self, temp: str | None) -> None:
        self._temp_fd = -1
        if temp is not None:
            self._temp_fd = os.open(temp, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            folder_lock.share(self._temp_fd)

    def release(self) -> None:
        if self._temp_fd < 0:
            return
        if folder_lock.is_alone(self._temp_fd):
            for name in os.listdir(self._temp_fd):
                if is_one(name, dir_fd=self._temp_fd):
                    _remove(self._temp_fd, name)
        os.close(self._temp_fd)


def _remove(folder_fd: int, name: str) -> None:
    with contextlib.suppress(OSError):  # not empty: then it is no placeholder
        if stat.S_ISDIR(os.lstat(name, dir_fd=folder_fd).st_mode):
            os.rmdir(name, dir_fd=folder_fd)
        elif os.lstat(name, dir_fd=folder_fd).st_size == 0:
            os.unlink(name, dir_fd=folder_fd)
