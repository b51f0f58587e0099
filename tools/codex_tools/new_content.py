"""The new content of a file: complete and on the disk before it gets its name. Blocking.

Until then it has no name at all where the file system knows such files, and a kill leaves nothing behind. To take the
place of another file it still needs a name of its own for an instant; elsewhere it has one from the beginning. Such a
file is locked as long as its process lives: one that nobody has locked is a leftover, and is removed.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
import stat
import time

_FLAGS = os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_NAMELESS = getattr(os, "O_TMPFILE", 0)
"""0 where there is none, such as on macOS."""
_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
"""What file systems say that have none."""
_OWN_NAME = re.compile(r"\.codex-py-[0-9a-f]{16}\.tmp")
_MIN_AGE_S = 60
"""A younger file may have been made and not yet been locked."""


class NewContent:
    """Belongs to who wrote it, to be named once or dropped."""

    def __init__(self, folder_fd: int, fd: int, name: str | None) -> None:
        self._folder_fd = folder_fd
        self._fd = fd
        self._name = name

    @classmethod
    def write(
        cls, folder_fd: int, data: bytes, mode: int | None, replaced: os.stat_result | None, *, sync: bool = True
    ) -> NewContent:
        """Write `data` for a file in that folder, synced, with its final mode and the owner of what it replaces.

        The folder must stay open until it is named or dropped. Without `sync` the caller syncs before naming it.
        """
        # 0o666 lets the umask decide for a new file; over an existing one nobody may read the new content too early.
        content = cls._open(folder_fd, 0o666 if replaced is None else 0o600)
        try:
            content._fill(data, mode, replaced)
            if sync:
                os.fsync(content._fd)
        except BaseException:
            content.drop()
            raise
        return content

    @classmethod
    def _open(cls, folder_fd: int, mode: int) -> NewContent:
        fd = _open_nameless(folder_fd, mode)
        if fd is not None:
            return cls(folder_fd, fd, None)
        name = _fresh_name()
        return cls(folder_fd, os.open(name, _FLAGS | os.O_CREAT | os.O_EXCL, mode, dir_fd=folder_fd), name)

    def _fill(self, data: bytes, mode: int | None, replaced: os.stat_result | None) -> None:
        with contextlib.suppress(OSError):  # Without locks nobody takes it for a leftover either.
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        view = memoryview(data)
        while view:
            view = view[os.write(self._fd, view) :]
        if replaced is not None:
            _take_over(self._fd, replaced)
        if mode is not None:
            os.fchmod(self._fd, mode)
        elif replaced is not None:
            os.fchmod(self._fd, replaced.st_mode & 0o777)

    def create(self, name: str) -> None:
        """Give it its name.

        Raises:
            FileExistsError: somebody else has made a file of that name.
        """
        try:
            self._link(name)
        except OSError as error:
            if self._name is None or error.errno not in _NO_HARD_LINKS:
                raise
            self._rename(name)
        self.drop()

    def replace(self, name: str) -> None:
        """Put it in the place of the file of that name."""
        if self._name is None:
            temporary = _fresh_name()
            self._link(temporary)
            self._name = temporary
        self._rename(name)
        self.drop()

    def drop(self) -> None:
        """Let go of it; if it got no name, it is gone."""
        if self._name is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._name, dir_fd=self._folder_fd)
            self._name = None
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _link(self, name: str) -> None:
        if self._name is None:
            os.link(_magic_link(self._fd), name, dst_dir_fd=self._folder_fd, follow_symlinks=True)
        else:
            folder_fd = self._folder_fd
            os.link(self._name, name, src_dir_fd=folder_fd, dst_dir_fd=folder_fd, follow_symlinks=False)

    def _rename(self, name: str) -> None:
        assert self._name is not None
        os.rename(self._name, name, src_dir_fd=self._folder_fd, dst_dir_fd=self._folder_fd)
        self._name = None


def is_own_name(name: str) -> bool:
    """Whether a file of that name is one of these on its way to another name."""
    return _OWN_NAME.fullmatch(name) is not None


def replace_by_link(folder_fd: int, name: str, target: str) -> None:
    """Put a symbolic link in the place of the file or link of that name."""
    temporary = _fresh_name()
    os.symlink(target, temporary, dir_fd=folder_fd)
    try:
        os.rename(temporary, name, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder_fd)
        raise


def remove_leftovers(folder_fd: int) -> None:
    """Remove what processes left in that folder when they were killed."""
    with contextlib.suppress(OSError):
        fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder_fd)
        try:
            with os.scandir(fd) as scan:
                names = [entry.name for entry in scan if _OWN_NAME.fullmatch(entry.name)]
        finally:
            os.close(fd)
        for name in names:
            _remove_if_left(folder_fd, name)


def _remove_if_left(folder_fd: int, name: str) -> None:
    with contextlib.suppress(OSError):
        info = os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
        if stat.S_ISLNK(info.st_mode) and time.time() - info.st_mtime > _MIN_AGE_S:
            os.unlink(name, dir_fd=folder_fd)
            return
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder_fd)
        try:
            info = os.fstat(fd)
            if stat.S_ISREG(info.st_mode) and time.time() - info.st_mtime > _MIN_AGE_S:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(name, dir_fd=folder_fd)
        finally:
            os.close(fd)


def _open_nameless(folder_fd: int, mode: int) -> int | None:
    """None where that does not work; why is found out when a file with a name is made."""
    if not _NAMELESS:
        return None
    try:
        fd = os.open(".", _FLAGS | _NAMELESS, mode, dir_fd=folder_fd)
    except OSError:
        return None
    if os.path.lexists(_magic_link(fd)):
        return fd
    os.close(fd)
    return None


def _magic_link(fd: int) -> str:
    """The only way to name a file that has no name, without privileges. See open(2), O_TMPFILE."""
    return f"/proc/self/fd/{fd}"


def _fresh_name() -> str:
    return f".codex-py-{secrets.token_hex(8)}.tmp"


def _take_over(fd: int, replaced: os.stat_result) -> None:
    """Keep the owner where we may: root edits a user's file and it stays theirs."""
    own = os.fstat(fd)
    if (own.st_uid, own.st_gid) != (replaced.st_uid, replaced.st_gid):
        with contextlib.suppress(PermissionError):
            os.fchown(fd, replaced.st_uid, replaced.st_gid)
