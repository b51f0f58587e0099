"""The mounts of a command's view: what is writable, read-only, hidden or private. Child side, in a new namespace.

Everything that shall stay is cloned first, then the whole tree is made read-only in one call, then covers and clones
are put where they belong, outer places before inner ones: a writable folder may lie in a hidden one, which may lie in
a writable one.
"""

# pathlib costs every child milliseconds, and knows no directory descriptors.
# ruff: noqa: PTH102, PTH110, PTH112, PTH114, PTH118, PTH123, PTH211

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from codex_tools.sandbox import kernel_view, placeholders
from codex_tools.sandbox.guarded.guard import git_files
from codex_tools.sandbox.wire import View

TEMPORARY: Final = ("/tmp", "/var/tmp")  # noqa: S108 -- covered, not used
"""What is private to a command and its session."""
_DEVICES: Final = ("null", "zero", "full", "random", "urandom", "tty")
_DEVICE_LINKS: Final = {
    "ptmx": "pts/ptmx",
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
}
_NO_DEVICES: Final = kernel_view.NO_SETUID | kernel_view.NO_DEVICES
MOST_SHARED_BYTES: Final = 256 << 20
"""Of SysV shared memory: a segment stays without anybody who has it mapped, and so is in nobody's share."""
_RUN: Final = "/run/"
_KEPT_IN_RUN: Final = ("systemd", "NetworkManager", "resolvconf", "connman")
"""Folders of /run with sockets beside files that programs need: name resolution reads them."""


class _Placing(NamedTuple):
    path: str
    put: Callable[[], None]


def bound_sockets(pid: int) -> list[str]:
    """Return the paths of the Unix sockets that processes of a process's network namespace have bound."""
    with (
        contextlib.suppress(OSError),
        open(f"/proc/{pid}/net/unix", encoding="utf-8", errors="surrogateescape") as table,
    ):
        fields = (line.rstrip("\n").split(maxsplit=7) for line in table)
        return sorted({line[7] for line in fields if len(line) == 8 and line[7].startswith("/")})
    return []


def show(view: View, sockets: Iterable[str]) -> None:
    """Make this process's mount namespace, which must be a new one, show `view`.

    Raises:
        OSError: the kernel refuses a part of it.
    """
    kernel_view.make_mounts_private()
    placings = _placings(view)
    devices = {name: kernel_view.clone_mount(f"/dev/{name}") for name in _DEVICES if os.path.exists(f"/dev/{name}")}
    shared_memory = kernel_view.clone_mount(view["shared_memory"])
    kernel_view.set_mount("/", kernel_view.READ_ONLY | kernel_view.NO_SETUID, recursive=True)
    if "/" in view["writable"]:
        kernel_view.set_mount("/", clear=kernel_view.READ_ONLY)
    _show_devices(devices, shared_memory)
    for placing in sorted(placings, key=lambda placing: placing.path.rstrip("/").count("/")):
        placing.put()
    empty = view["hidden"] if view["temp"] is not None else [*view["hidden"], *TEMPORARY]
    for path in empty:
        if stat.S_ISDIR(_kind(path)) and _leads_to(path, (*view["readable"], *view["writable"])):
            kernel_view.set_mount(path, kernel_view.READ_ONLY)  # only now are the places in it made
    for folder in view["repositories"]:
        git = os.path.join(folder, ".git")
        if stat.S_ISDIR(_kind(git)):
            _protect_repository(git)
        else:
            _protect(git)  # a pointer to one
    for git in view["git_dirs"]:
        _protect_repository(git)
    for path in view["read_only"]:
        _protect(path)
    for path in _to_cover(sockets, view["writable"]):
        _hide(path, ())


def show_processes(most: int) -> None:
    """Mount the /proc of this process's namespaces, read-only, after bounding processes and SysV shared memory."""
    kernel_view.mount("proc", "/proc", "proc", kernel_view.MS_NOSUID | kernel_view.MS_NODEV | kernel_view.MS_NOEXEC)
    _set_kernel("pid_max", most)  # a number of the namespace only since Linux 6.14; the supervisor counts too
    _set_kernel("shmall", MOST_SHARED_BYTES // os.sysconf("SC_PAGE_SIZE"))
    kernel_view.set_mount("/proc", kernel_view.READ_ONLY)


def _set_kernel(name: str, value: int) -> None:
    """Write a setting that belongs to a namespace of ours; where the kernel lets nobody, it stays."""
    with contextlib.suppress(OSError):
        descriptor = os.open(f"/proc/sys/kernel/{name}", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(descriptor, str(value).encode())
        finally:
            os.close(descriptor)


def shared_segments_bytes() -> int:
    """Return how much memory the SysV segments of this namespace take."""
    with contextlib.suppress(OSError), open("/proc/sysvipc/shm", encoding="ascii") as table:
        return sum(sum(map(int, line.split()[-2:])) for line in table.readlines()[1:])  # rss and swap
    return 0


def _placings(view: View) -> list[_Placing]:
    """What is to be put where. Clones of what will be covered are made here, while it can be seen."""
    covers = [path for path in TEMPORARY if os.path.isdir(path) and not os.path.islink(path)]
    shown = (*view["readable"], *view["writable"])
    is_inside_writable = view["temp"] is not None
    if view["readable"] and is_inside_writable:
        # Another file system: a layer of an overlay may not lie in another one.
        kernel_view.mount("tmpfs", view["nothing"], "tmpfs", kernel_view.MS_RDONLY, "size=4k,nr_inodes=2,mode=0755")
    placings = [
        _move(path, kernel_view.clone_mount(view["temp"]))
        if view["temp"] is not None
        else _Placing(path, lambda path=path: _hide(path, shown))
        for path in covers
    ]
    placings += [
        _move(
            path,
            _frozen(path, view["nothing"]) if is_inside_writable else kernel_view.clone_mount(path),
            flags=kernel_view.READ_ONLY,
        )
        for path in view["readable"]
        if _kind(path)
    ]
    placings += [_move(path, kernel_view.clone_mount(path)) for path in view["writable"] if path != "/"]
    placings += [
        _Placing(path, lambda path=path: _hide(path, view["writable"]))
        for path in view["hidden"]
        if not any(_is_within(path, cover) for cover in covers) or any(_is_within(path, folder) for folder in shown)
    ]
    return placings


def _frozen(path: str, nothing: str) -> int:
    """A clone of what is at `path`, to be read; where the kernel can, one without ways out, like sockets and pipes.

    For what is mounted in a writable folder, as a private /tmp is: Landlock cannot tell it from the rest of that. Nor
    does it know the files in here, which are others to it.
    """
    if stat.S_ISDIR(_kind(path)):
        with contextlib.suppress(OSError):  # too many layers, a file system that cannot be one, no overlays at all
            return kernel_view.overlay(path, nothing)
    return kernel_view.clone_mount(path)


def _move(path: str, tree: int, *, flags: int = 0) -> _Placing:
    is_folder = stat.S_ISDIR(os.fstat(tree).st_mode)

    def put() -> None:
        kernel_view.set_mount(tree, _NO_DEVICES | flags, recursive=True)
        placeholders.make(path, is_folder=is_folder)
        _bind(tree, path)

    return _Placing(path, put)


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _bind(tree: int, path: str) -> None:
    kernel_view.move_mount(tree, path)
    os.close(tree)


def _protect(path: str) -> None:
    """Make a file or folder read-only; as a mount it cannot be renamed or replaced either."""
    if _kind(path) in (stat.S_IFDIR, stat.S_IFREG):
        tree = kernel_view.clone_mount(path)
        kernel_view.set_mount(tree, kernel_view.READ_ONLY, recursive=True)
        _bind(tree, path)


def _protect_repository(git: str) -> None:
    if not stat.S_ISDIR(_kind(git)):  # it has gone meanwhile
        return
    _bind(kernel_view.clone_mount(git), git)  # so that no other one can be put in its place
    for path in git_files(git):
        _protect(path)


def _hide(path: str, writable: Iterable[str]) -> None:
    """Put something unreadable over a file, or an empty folder over a folder."""
    kind = _kind(path)
    if stat.S_ISDIR(kind):
        is_passed = _leads_to(path, writable)
        options = f"size=64k,nr_inodes=64,mode={'0711' if is_passed else '0000'}"
        flags = (
            kernel_view.MS_NOSUID
            | kernel_view.MS_NODEV
            | kernel_view.MS_NOEXEC
            | (0 if is_passed else kernel_view.MS_RDONLY)
        )
        kernel_view.mount("tmpfs", path, "tmpfs", flags, options)
    elif kind and not stat.S_ISLNK(kind):
        tree = kernel_view.clone_mount("/dev/null")
        kernel_view.set_mount(
            tree, kernel_view.READ_ONLY | _NO_DEVICES
        )  # a device that may not be used: opening it is refused
        _bind(tree, path)


def _leads_to(path: str, folders: Iterable[str]) -> bool:
    return any(folder != path and _is_within(folder, path) for folder in folders)


def _show_devices(devices: dict[str, int], shared_memory: int) -> None:
    """A /dev with what every program may expect, terminals of its own among it, and no disk."""
    kernel_view.mount(
        "tmpfs", "/dev", "tmpfs", kernel_view.MS_NOSUID | kernel_view.MS_NOEXEC, "size=64k,nr_inodes=128,mode=0755"
    )
    for name, tree in devices.items():
        kernel_view.set_mount(
            tree, kernel_view.NO_SETUID | kernel_view.READ_ONLY
        )  # they can be written to all the same
        os.close(os.open(f"/dev/{name}", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666))
        _bind(tree, f"/dev/{name}")
    for name, target in _DEVICE_LINKS.items():
        os.symlink(target, f"/dev/{name}")
    os.mkdir("/dev/pts", 0o755)
    kernel_view.mount(
        "devpts",
        "/dev/pts",
        "devpts",
        kernel_view.MS_NOSUID | kernel_view.MS_NOEXEC,
        "newinstance,ptmxmode=0666,mode=0620",
    )
    os.mkdir("/dev/shm", 0o1777)  # noqa: S108
    kernel_view.set_mount(shared_memory, _NO_DEVICES)
    _bind(shared_memory, "/dev/shm")  # noqa: S108
    kernel_view.set_mount("/dev", kernel_view.READ_ONLY)


def _to_cover(sockets: Iterable[str], writable: Iterable[str]) -> list[str]:
    """Where sockets outside the workspace are: a read-only mount does not stop anybody from connecting to one."""
    covered: dict[str, None] = {}
    for path in sockets:
        if any(_is_within(path, folder) for folder in writable if folder != "/") or not stat.S_ISSOCK(_kind(path)):
            continue
        if path.startswith(_RUN):
            name, _, rest = path.removeprefix(_RUN).partition("/")
            if rest and name not in _KEPT_IN_RUN:
                path = _RUN + name
        covered[path] = None
    return list(covered)


def _kind(path: str) -> int:
    """The type of what is at `path`, links not followed; 0 if there is nothing."""
    try:
        return stat.S_IFMT(os.lstat(path).st_mode)
    except OSError:
        return 0
