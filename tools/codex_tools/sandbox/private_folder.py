"""The folder that a sandbox keeps for itself: what is private to its commands, and what they must not see."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

_PREFIX: Final = "run-"


class PrivateFolder:
    """Lives as long as its process: what one that was killed left behind is removed by the next.

    `temp` is what commands may write to, each folder in `servers` what one server may; `launches` is for our own files
    and is granted to nobody.
    """

    def __init__(self, path: Path, lock_fd: int) -> None:
        self.path = path
        self.temp = path / "tmp"
        self.servers = path / "servers"
        self.launches = path / "launches"
        self._lock_fd = lock_fd

    @classmethod
    def create(cls, parent: Path) -> PrivateFolder:
        """Make a folder below `parent`, which is made too if need be.

        Raises:
            OSError: it cannot be made.
        """
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in parent.glob(f"{_PREFIX}*"):
            _remove_if_abandoned(old)
        path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent)).resolve()
        folder = cls(path, _lock(path))
        for part in (folder.temp, folder.servers, folder.launches):
            part.mkdir(mode=0o700)
        return folder

    def remove(self) -> None:
        """Delete it with all it holds. May be called twice."""
        if self._lock_fd >= 0:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._lock_fd)
            self._lock_fd = -1


def _lock(path: Path) -> int:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _remove_if_abandoned(path: Path) -> None:
    with contextlib.suppress(OSError):  # in use, or not ours
        descriptor = _lock(path)
        try:
            shutil.rmtree(path, ignore_errors=True)
        finally:
            os.close(descriptor)
