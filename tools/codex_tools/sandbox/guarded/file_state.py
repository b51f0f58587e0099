"""Small pieces of a file tree as values: read, compared and written back without following any link. Child side."""

# pathlib costs every child milliseconds, and knows no directory descriptors.
# ruff: noqa: PTH101, PTH123, PTH208

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Generator
from typing import Any, Final, NamedTuple, TypeAlias, cast

_FILE_LIMIT_BYTES: Final = 1 << 20
_TREE_LIMIT_BYTES: Final = 8 << 20
_TREE_LIMIT_ENTRIES: Final = 1000
_DEPTH_LIMIT: Final = 16
SET_ASIDE: Final = ".changed-by-a-command"
"""Behind the name of what could not be put back."""
_FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Stamp(NamedTuple):
    """Differs whenever the file was written: only the kernel sets the time of change."""

    inode: int
    size: int
    changed_ns: int


class File(NamedTuple):
    data: bytes
    mode: int
    owner: tuple[int, int]
    stamp: Stamp


class Link(NamedTuple):
    target: str


class Folder(NamedTuple):
    mode: int
    entries: dict[str, State]


class Unkept(NamedTuple):
    """Something that cannot be kept: too large, too deep, unreadable, a pipe, a device. It is never written back.

    What a command has put in its place is set aside under another name, where no program looks for it.
    """

    kind: int
    stamp: Stamp


State: TypeAlias = "File | Link | Folder | Unkept | None"
"""None: there is nothing."""


class _Budget:
    """What one tree may cost: a hostile one must not cost more than that either."""

    def __init__(self) -> None:
        self._entries = _TREE_LIMIT_ENTRIES
        self._bytes = _TREE_LIMIT_BYTES

    def takes_entry(self) -> bool:
        self._entries -= 1
        return self._entries >= 0

    def takes_file(self, size: int) -> bool:
        if size > min(self._bytes, _FILE_LIMIT_BYTES):
            return False
        self._bytes -= size
        return True


def to_plain(state: State) -> object:
    """Return what `marshal` can carry."""
    match state:
        case Folder(mode, entries):
            return ("folder", mode, {name: to_plain(entry) for name, entry in entries.items()})
        case File(data, mode, owner, stamp):
            return ("file", data, mode, owner, tuple(stamp))
        case Link(target):
            return ("link", target)
        case Unkept(kind_of_file, stamp):
            return ("unkept", kind_of_file, tuple(stamp))
        case None:
            return None


def from_plain(plain: object) -> State:
    """The reverse of `to_plain`."""
    if plain is None:
        return None
    kind_of_state, *parts = cast("tuple[Any, ...]", plain)
    match kind_of_state:
        case "folder":
            mode, entries = parts
            return Folder(mode, {name: from_plain(entry) for name, entry in entries.items()})
        case "file":
            data, mode, owner, stamp = parts
            return File(data, mode, owner, Stamp(*stamp))
        case "link":
            return Link(*parts)
        case _:
            kind_of_file, stamp = parts
            return Unkept(kind_of_file, Stamp(*stamp))


def is_same(was: State, now: State) -> bool:
    match was, now:
        case File(), File():
            return was.data == now.data and was.mode == now.mode
        case Folder(), Folder():
            return was.entries.keys() == now.entries.keys() and all(
                is_same(state, now.entries[name]) for name, state in was.entries.items()
            )
        case _:
            return was == now


@contextlib.contextmanager
def opened(path: str) -> Generator[int]:
    """Open a folder that the command could not have moved."""
    descriptor = _open_folder(None, path)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def read(root_fd: int, path: str, known: State = None) -> State:
    """Return what is at `path` below `root_fd`. Files whose stamp is that of `known` are not read again."""
    with contextlib.suppress(OSError), _parent(root_fd, path) as (folder_fd, name):
        return _read_entry(folder_fd, name, known, _DEPTH_LIMIT, _Budget())
    return None


def kind(root_fd: int, path: str) -> State:
    """As `read`, but without looking into a folder."""
    with contextlib.suppress(OSError), _parent(root_fd, path) as (folder_fd, name):
        status = os.lstat(name, dir_fd=folder_fd)
        if stat.S_ISDIR(status.st_mode):
            return Folder(stat.S_IMODE(status.st_mode), {})
        return _read_entry(folder_fd, name, None, _DEPTH_LIMIT, _Budget())
    return None


def folders(root_fd: int, path: str) -> list[str]:
    """Return the names of the folders in the folder `path`; none if it is none."""
    with contextlib.suppress(OSError), _parent(root_fd, path) as (folder_fd, name):
        descriptor = _open_folder(folder_fd, name)
        try:
            with os.scandir(descriptor) as entries:
                return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
        finally:
            os.close(descriptor)
    return []


def links(root_fd: int, path: str) -> list[str]:
    """Return the names of the links in the folder `path`; none if it is none."""
    with contextlib.suppress(OSError), _parent(root_fd, path) as (folder_fd, name):
        descriptor = _open_folder(folder_fd, name)
        try:
            with os.scandir(descriptor) as entries:
                return sorted(entry.name for entry in entries if entry.is_symlink())
        finally:
            os.close(descriptor)
    return []


def write(root_fd: int, path: str, state: State) -> None:
    """Make what is at `path` be `state`; what is in the way, links on the way included, is removed.

    Parts of `state` that could not be kept stay as they are now.

    Raises:
        OSError: it cannot be done.
    """
    with _parent(root_fd, path, make=state is not None) as (folder_fd, name):
        _make_writable(folder_fd)
        _write_entry(folder_fd, name, state)


@contextlib.contextmanager
def _parent(root_fd: int, path: str, *, make: bool = False) -> Generator[tuple[int, str]]:
    *folders_on_the_way, name = path.split("/")
    descriptor = os.dup(root_fd)
    try:
        for folder in folders_on_the_way:
            descriptor = _enter(descriptor, folder, make=make)
        yield descriptor, name
    finally:
        os.close(descriptor)


def _enter(folder_fd: int, name: str, *, make: bool) -> int:
    """Open a folder in a folder and close the outer one."""
    try:
        inner = _open_folder(folder_fd, name)
    except OSError:
        if not make:
            raise
        _remove(folder_fd, name)
        os.mkdir(name, dir_fd=folder_fd)
        inner = os.open(name, _FOLDER_FLAGS, dir_fd=folder_fd)
    os.close(folder_fd)
    return inner


def _read_entry(folder_fd: int, name: str, known: State, depth: int, budget: _Budget) -> State:
    status = os.lstat(name, dir_fd=folder_fd)
    kind_of_file, mode = stat.S_IFMT(status.st_mode), stat.S_IMODE(status.st_mode)
    stamp = Stamp(status.st_ino, status.st_size, status.st_ctime_ns)
    if stat.S_ISLNK(kind_of_file):
        return Link(os.readlink(name, dir_fd=folder_fd))
    if not budget.takes_entry():
        return Unkept(kind_of_file, stamp)
    with contextlib.suppress(PermissionError):
        if stat.S_ISREG(kind_of_file) and budget.takes_file(status.st_size):
            if isinstance(known, File) and known.stamp == stamp:
                return known
            return File(_content(folder_fd, name), mode, (status.st_uid, status.st_gid), stamp)
        if stat.S_ISDIR(kind_of_file) and depth:
            known_entries = known.entries if isinstance(known, Folder) else {}
            return Folder(mode, _read_folder(folder_fd, name, known_entries, depth, budget))
    return Unkept(kind_of_file, stamp)


def _read_folder(folder_fd: int, name: str, known: dict[str, State], depth: int, budget: _Budget) -> dict[str, State]:
    descriptor = _open_folder(folder_fd, name)
    try:
        return {
            entry: _read_entry(descriptor, entry, known.get(entry), depth - 1, budget)
            for entry in sorted(os.listdir(descriptor))
        }
    finally:
        os.close(descriptor)


def _content(folder_fd: int, name: str) -> bytes:
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder_fd)
    with open(descriptor, "rb") as file:
        return file.read(_FILE_LIMIT_BYTES)


def _write_entry(folder_fd: int, name: str, state: State) -> None:
    match state:
        case None:
            _remove(folder_fd, name)
        case Unkept():
            _set_aside(folder_fd, name)
        case Link(target):
            _remove(folder_fd, name)
            os.symlink(target, name, dir_fd=folder_fd)
        case File():
            _write_file(folder_fd, name, state)
        case Folder(mode, entries):
            _write_folder(folder_fd, name, mode, entries)


def _set_aside(folder_fd: int, name: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.rename(name, f"{name}{SET_ASIDE}", src_dir_fd=folder_fd, dst_dir_fd=folder_fd)


def _write_file(folder_fd: int, name: str, state: File) -> None:
    if stat.S_ISDIR(_mode_of(folder_fd, name)):
        _remove(folder_fd, name)
    temporary = f".{_unforeseen()}.restored"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(temporary, flags, 0o600, dir_fd=folder_fd), "wb") as file:
        file.write(state.data)
        file.flush()
        with contextlib.suppress(PermissionError):
            os.fchown(file.fileno(), *state.owner)
        os.fchmod(file.fileno(), state.mode)
    os.replace(temporary, name, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)


def _write_folder(folder_fd: int, name: str, mode: int, entries: dict[str, State]) -> None:
    if not stat.S_ISDIR(_mode_of(folder_fd, name)):
        _remove(folder_fd, name)
        os.mkdir(name, mode, dir_fd=folder_fd)
    descriptor = _open_folder(folder_fd, name)
    try:
        _make_writable(descriptor)
        for surplus in set(os.listdir(descriptor)) - entries.keys():
            _remove(descriptor, surplus)
        for entry, state in entries.items():
            if not is_same(state, _read_entry_or_none(descriptor, entry, state)):
                _write_entry(descriptor, entry, state)
        with contextlib.suppress(PermissionError):
            os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)


def _read_entry_or_none(folder_fd: int, name: str, known: State) -> State:
    try:
        return _read_entry(folder_fd, name, known, _DEPTH_LIMIT, _Budget())
    except FileNotFoundError:
        return None


def _mode_of(folder_fd: int, name: str) -> int:
    try:
        return os.lstat(name, dir_fd=folder_fd).st_mode
    except FileNotFoundError:
        return 0


def _remove(folder_fd: int, name: str) -> None:
    mode = _mode_of(folder_fd, name)
    if not mode:
        return
    if not stat.S_ISDIR(mode):
        os.unlink(name, dir_fd=folder_fd)
        return
    # Folders are moved up before they are emptied: a tree may be deeper than any stack, or list of descriptors.
    pending = [name]
    _make_accessible(folder_fd, name)
    while pending:
        current = pending.pop()
        descriptor = os.open(current, _FOLDER_FLAGS, dir_fd=folder_fd)
        try:
            for entry in os.listdir(descriptor):
                if not stat.S_ISDIR(_mode_of(descriptor, entry)):
                    os.unlink(entry, dir_fd=descriptor)
                    continue
                _make_accessible(descriptor, entry)  # or it cannot be moved
                aside = f".{_unforeseen()}.removed"
                os.rename(entry, aside, src_dir_fd=descriptor, dst_dir_fd=folder_fd)
                pending.append(aside)
        finally:
            os.close(descriptor)
        os.rmdir(current, dir_fd=folder_fd)


def _open_folder(folder_fd: int | None, name: str) -> int:
    """Open a folder, also one that its owner is shut out of: git finds its files in there by their names all the same.

    Raises:
        OSError: it is none, or it is somebody else's.
    """
    try:
        return os.open(name, _FOLDER_FLAGS, dir_fd=folder_fd)
    except PermissionError:
        _make_accessible(folder_fd, name)
        return os.open(name, _FOLDER_FLAGS, dir_fd=folder_fd)


def _make_accessible(folder_fd: int | None, name: str) -> None:
    descriptor = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder_fd)
    try:
        os.chmod(f"/proc/self/fd/{descriptor}", stat.S_IMODE(os.fstat(descriptor).st_mode) | stat.S_IRWXU)
    finally:
        os.close(descriptor)


def _make_writable(descriptor: int) -> None:
    mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
    if mode & stat.S_IRWXU != stat.S_IRWXU:
        with contextlib.suppress(PermissionError):  # somebody else's: the write itself will say so
            os.fchmod(descriptor, mode | stat.S_IRWXU)


def _unforeseen() -> str:
    """Return a part of a name that the command cannot have taken before, to be in the way."""
    return os.urandom(8).hex()
