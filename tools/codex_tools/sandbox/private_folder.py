"""The folder that a sandbox keeps for itself: what is private to its commands, and what they must not see."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from codex_core.files.lock import lock
from codex_tools.sandbox.guarded.leftovers import clear

_PREFIX: Final = "run-"
_JOURNALS: Final = "journals"
KEPT_ASIDE: Final = "put-back"
"""Where what was replaced is kept for the user, if it could have been the user's."""


class PrivatePlaces(NamedTuple):
    """What is private to one command, or to all commands of a session."""

    temp: Path
    shared_memory: Path
    """What is shown as /dev/shm where there is a view to show it in."""

    @classmethod
    def make(cls, parent: Path) -> PrivatePlaces:
        """Make them in `parent`, which is new and only ours."""
        places = cls(parent / "tmp", parent / "shm")
        for place in (*places, places.nothing):
            place.mkdir(mode=0o700)
        return places

    @property
    def nothing(self) -> Path:
        """A folder that stays empty."""
        return self.temp.with_name("nothing")


class PrivateFolder:
    """Lives as long as its process: what one that was killed left behind is removed by the next.

    `places` is what commands may write to, each folder in `servers` what one server may; `launches` and
    `journals` are for our own files and are granted to nobody.
    """

    def __init__(self, path: Path, lock_fd: int) -> None:
        self.path = path
        self.places = PrivatePlaces(path / "tmp", path / "shm")
        self.servers = path / "servers"
        self.launches = path / "launches"
        self.journals = path / _JOURNALS
        self.settled: list[str] = []
        """What agents that were killed had left, and was put back."""
        self._lock_fd = lock_fd

    @classmethod
    def create(cls, parent: Path) -> PrivateFolder:
        """Make a folder below `parent`, which is made too if need be.

        Raises:
            OSError: it cannot be made.
            LockHeld: another process keeps us from it.
        """
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Held for a moment only: a folder that is made but not locked yet must not look abandoned to others.
        making = _lock(parent, wait=True)
        try:
            path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent)).resolve()
            folder = cls(path, _lock(path))
            abandoned = _lock_abandoned(parent)
        finally:
            os.close(making)
        for old, lock_fd in abandoned:
            with contextlib.suppress(OSError, ValueError, EOFError, TypeError):  # it is not one of this version
                folder.settled += clear(old, old / _JOURNALS, aside=parent / KEPT_ASIDE / old.name)
            shutil.rmtree(old, ignore_errors=True)
            os.close(lock_fd)
        PrivatePlaces.make(path)
        for part in (folder.servers, folder.launches, folder.journals):
            part.mkdir(mode=0o700)
        return folder

    def remove(self) -> None:
        """Delete it with all it holds. May be called twice."""
        if self._lock_fd >= 0:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._lock_fd)
            self._lock_fd = -1


def _lock(path: Path, *, wait: bool = False) -> int:
    """Return the descriptor that holds the lock; OSError at once if another process holds it, unless we may wait."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if wait:
            lock(descriptor, path)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _lock_abandoned(parent: Path) -> list[tuple[Path, int]]:
    """Lock what processes that were killed left behind, so that one of those that look removes it."""
    abandoned: list[tuple[Path, int]] = []
    for path in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # in use, or not ours
            abandoned.append((path, _lock(path)))
    return abandoned
