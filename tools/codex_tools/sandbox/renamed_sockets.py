"""Finds Unix sockets that are not where the kernel's table says: bound by a relative name, renamed, or linked to.

A view covers the sockets that are bound to a path when it is made. The kernel remembers the name that a socket was
bound with, whatever has become of it since; but it also tells the number of its file, by which that can be found.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from codex_core.protocol import SandboxPolicy

# linux/netlink.h, linux/sock_diag.h, linux/unix_diag.h
_NETLINK_SOCK_DIAG: Final = 4
_SOCK_DIAG_BY_FAMILY: Final = 20
_NLM_F_REQUEST_DUMP: Final = 0x301
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_SHOW_NAME_AND_FILE: Final = 0b11
_ALL_STATES: Final = 0xFFFFFFFF
_NAME, _FILE = 0, 1
_HEADER, _REQUEST, _MESSAGE, _ATTRIBUTE = (struct.Struct(f"={f}") for f in ("IHHII", "BBHIIIII", "BBBBIII", "HH"))
_RECEIVE_BYTES: Final = 1 << 17

_MOST_FOLDERS: Final = 500
_MOST_ENTRIES: Final = 10_000
_NOT_LOOKED_INTO: Final = ("/proc", "/sys", "/dev", "/usr")
_LOOK_AGAIN_S: Final = 20.0
"""Sockets whose file was removed are never found, and are not worth a search for each command."""


class _Bound(NamedTuple):
    name: str
    """As it was given to bind(2)."""
    inode: int
    """Of its file; its lower 32 bits."""


class RenamedSockets:
    """Remembers what was found. Safe to use from several threads."""

    def __init__(self) -> None:
        self._paths: dict[_Bound, list[str]] = {}
        self._looked_at = 0.0
        self._lock = threading.Lock()

    def paths(self, policy: SandboxPolicy) -> list[str]:
        """Return where they are now. They are looked for where they were, and around the workspace and in the home."""
        around = [*(str(root.parent) for root in policy.roots()), os.path.expanduser("~")]  # noqa: PTH111
        with self._lock:
            lost = [bound for bound in _bound_sockets() if not _is_at(bound.name, bound.inode)]
            known = {bound: self._still_there(bound) for bound in lost if bound in self._paths}
            is_due = time.monotonic() > self._looked_at + _LOOK_AGAIN_S and not all(known.values())
            if len(known) < len(lost) or is_due:
                known = _find(lost, around)
                self._looked_at = time.monotonic()
            self._paths = known
            return [path for paths in known.values() for path in paths]

    def _still_there(self, bound: _Bound) -> list[str]:
        return [path for path in self._paths[bound] if _names(path, bound.inode)]


def _is_at(path: str, inode: int) -> bool:
    """Whether that socket is at an absolute path, and at no other one."""
    return path.startswith("/") and _names(path, inode) == 1


def _names(path: str, inode: int) -> int:
    """How many names the file has, if it is that socket; else none."""
    with contextlib.suppress(OSError, ValueError):
        status = os.lstat(path)
        if stat.S_ISSOCK(status.st_mode) and status.st_ino & 0xFFFFFFFF == inode:
            return status.st_nlink
    return 0


def _find(lost: list[_Bound], around: list[str]) -> dict[_Bound, list[str]]:
    found: dict[_Bound, list[str]] = {bound: [] for bound in lost}
    missing = set(lost)
    folders = _working_folders() if any(not bound.name.startswith("/") for bound in lost) else []
    near = [os.path.dirname(bound.name) for bound in lost if bound.name.startswith("/")]  # noqa: PTH120
    for path in _sockets_below(dict.fromkeys((*near, *folders, *around, "/"))):
        for bound in list(missing):
            if names := _names(path, bound.inode):
                found[bound].append(path)
                missing -= {bound} if len(found[bound]) >= names else set()
        if not missing:
            break
    return found


def _working_folders() -> list[str]:
    """Those of all processes that we may look at: where what was bound by a relative name is, most likely."""
    folders: dict[str, None] = {}
    for process in os.listdir("/proc"):  # noqa: PTH208
        if process.isdecimal():
            with contextlib.suppress(OSError):
                folders[os.readlink(f"/proc/{process}/cwd")] = None  # noqa: PTH115
    return list(folders)


def _sockets_below(tops: Iterable[str]) -> Iterator[str]:
    """All sockets in these folders and below, nearest first, as far as the search goes."""
    waiting, seen, entries_seen = deque(tops), set[str](), 0
    while waiting and len(seen) < _MOST_FOLDERS and entries_seen < _MOST_ENTRIES:
        folder = waiting.popleft()
        if folder in seen or folder in _NOT_LOOKED_INTO:
            continue
        seen.add(folder)
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                entries_seen += 1
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                elif not entry.is_file(follow_symlinks=False) and not entry.is_symlink():
                    yield entry.path


def _bound_sockets() -> list[_Bound]:
    """Those with a path of this network namespace; none where the kernel does not tell."""
    with (
        contextlib.suppress(OSError, struct.error),
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_SOCK_DIAG) as diagnosis,
    ):
        request = _REQUEST.pack(socket.AF_UNIX, 0, 0, _ALL_STATES, 0, _SHOW_NAME_AND_FILE, 0, 0)
        size = _HEADER.size + len(request)
        diagnosis.send(_HEADER.pack(size, _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST_DUMP, 0, 0) + request)
        return list(_answers(diagnosis))
    return []


def _answers(diagnosis: socket.socket) -> Iterator[_Bound]:
    while True:
        data = memoryview(diagnosis.recv(_RECEIVE_BYTES))
        while len(data) >= _HEADER.size:
            size, kind, *_ = _HEADER.unpack_from(data)
            if kind in {_NLMSG_ERROR, _NLMSG_DONE} or size < _HEADER.size:
                return
            attributes = _attributes(data[_HEADER.size + _MESSAGE.size : size])
            name = attributes.get(_NAME, b"")
            if _FILE in attributes and name and name[0]:  # an abstract one begins with a NUL
                (inode,) = struct.unpack_from("=I", attributes[_FILE])
                yield _Bound(os.fsdecode(name.rstrip(b"\0")), inode)
            data = data[(size + 3) & ~3 :]


def _attributes(data: memoryview) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    while len(data) >= _ATTRIBUTE.size:
        size, kind = _ATTRIBUTE.unpack_from(data)
        if size < _ATTRIBUTE.size:
            break
        found[kind] = bytes(data[_ATTRIBUTE.size : size])
        data = data[(size + 3) & ~3 :]
    return found
