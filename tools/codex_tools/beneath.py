"""Opening files by resolved path without ever following a link.

Every component is opened relative to the descriptor of the one before, `O_NOFOLLOW`, from `/` down: a path that was
decided on cannot be swapped for a link before it is used. Only regular files are read, so nothing here hangs on a FIFO
or wakes a device.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from codex_core.protocol import ToolError
from codex_tools.workspace import printable

_SEARCH = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
"""O_PATH: walking through a folder needs no right to list it. macOS has no such flag."""
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CHUNK_BYTES = 1 << 20

OnCreated: TypeAlias = Callable[[Path], None] | None
"""Told of each folder that had to be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent:
    data: bytes
    info: os.stat_result


@contextlib.contextmanager
def open_folder(path: Path, *, create: bool = False, on_created: OnCreated = None) -> Generator[int, None, None]:
    """A descriptor of the folder `path`, good for `dir_fd` only; missing folders are made if `create`.

    Raises:
        ToolError: a component is a link: somebody swapped it after the path was resolved.
        OSError: as ever; FileNotFoundError if it does not exist.
    """
    here = os.open("/", _SEARCH)
    try:
        for depth, name in enumerate(path.parts[1:], start=2):
            below = _step_down(here, name, Path(*path.parts[:depth]), create=create, on_created=on_created)
            os.close(here)
            here = below
        yield here
    finally:
        os.close(here)


def _step_down(parent_fd: int, name: str, path: Path, *, create: bool, on_created: OnCreated) -> int:
    try:
        return os.open(name, _SEARCH, dir_fd=parent_fd)
    except FileNotFoundError:
        if not create:
            raise
    except OSError:
        refuse_link(parent_fd, name, path)
        raise
    try:
        os.mkdir(name, dir_fd=parent_fd)
    except FileExistsError:
        pass  # Somebody else made it just now; the open below tells whether it is a folder.
    else:
        if on_created is not None:
            on_created(path)
    return _step_down(parent_fd, name, path, create=False, on_created=None)


def refuse_link(parent_fd: int, name: str, path: Path) -> None:
    """Raises:
    ToolError: `name` in that folder is a symbolic link.
    """
    with contextlib.suppress(OSError):
        if stat.S_ISLNK(os.stat(name, dir_fd=parent_fd, follow_symlinks=False).st_mode):
            raise ToolError(f"{printable(str(path))} became a symbolic link after it was checked. Look again.")


def read_regular(path: Path, limit_bytes: int) -> FileContent:
    """The whole content of the regular file at the resolved `path`.

    Raises:
        ToolError: it is no regular file, longer than the limit, or a link by now.
        OSError: as ever; FileNotFoundError if it does not exist.
    """
    with open_folder(path.parent) as folder_fd:
        return read_regular_at(folder_fd, path.name or ".", path, limit_bytes)


def read_regular_at(folder_fd: int, name: str, path: Path, limit_bytes: int) -> FileContent:
    """Like `read_regular`, for `name` in an open folder. `path` is for messages."""
    # Looked at before it is opened: to open a device can already do something.
    _require_regular(os.stat(name, dir_fd=folder_fd, follow_symlinks=False), path)
    try:
        fd = os.open(name, _READ, dir_fd=folder_fd)
    except OSError:
        refuse_link(folder_fd, name, path)
        raise
    try:
        info = os.fstat(fd)
        _require_regular(info, path)
        if info.st_size > limit_bytes:
            raise _too_long(path, info.st_size, limit_bytes)
        return FileContent(data=_read_all(fd, path, limit_bytes), info=info)
    finally:
        os.close(fd)


def _read_all(fd: int, path: Path, limit_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while chunk := os.read(fd, _CHUNK_BYTES):
        chunks.append(chunk)
        size += len(chunk)
        if size > limit_bytes:  # It grows, or its size was a lie.
            raise _too_long(path, size, limit_bytes)
    return b"".join(chunks)


def _require_regular(info: os.stat_result, path: Path) -> None:
    if stat.S_ISREG(info.st_mode):
        return
    name = printable(str(path))
    if stat.S_ISLNK(info.st_mode):
        raise ToolError(f"{name} became a symbolic link after it was checked. Look again.")
    if stat.S_ISDIR(info.st_mode):
        raise ToolError(f"{name} is a folder. Use list_dir.")
    raise ToolError(f"{name} is no regular file but {_kind(info.st_mode)}; it is left alone.")


def _kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a named pipe"
    if stat.S_ISSOCK(mode):
        return "a socket"
    return "a device"


def _too_long(path: Path, size: int, limit_bytes: int) -> ToolError:
    return ToolError(
        f"{printable(str(path))} is too long to read whole: {size:,} bytes, the limit is {limit_bytes:,}."
        " Search it with grep, or print a part with shell (`sed -n 100,200p FILE`)."
    )


@contextlib.contextmanager
def explained(what: str) -> Generator[None, None, None]:
    """Turns what the operating system says into a ToolError: `cannot WHAT: Permission denied`."""
    try:
        yield
    except OSError as error:
        raise ToolError(f"Cannot {what}: {error.strerror or error}.") from error
