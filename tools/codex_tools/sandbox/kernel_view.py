"""The kernel calls for namespaces and mounts. Child side, in processes that still have the rights for them.

Every function raises OSError where the kernel says no; none ever returns having done half.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import struct
from typing import Final

from codex_tools.sandbox import kernel

# linux/mount.h
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
_MS_REC: Final = 0x4000
_MS_PRIVATE: Final = 1 << 18
READ_ONLY, NO_SETUID, NO_DEVICES = 1, 2, 4
"""Attributes of a mount, MOUNT_ATTR_*."""
_OPEN_TREE: Final = 428
_OPEN_TREE_CLONE: Final = 1
_MOVE_MOUNT: Final = 429
_MOVE_MOUNT_FROM_DESCRIPTOR: Final = 0x4
_FSOPEN, _FSCONFIG, _FSMOUNT = 430, 431, 432
_CLOSE_ON_EXEC: Final = 1
_FSCONFIG_SET_STRING, _FSCONFIG_CMD_CREATE = 1, 6
_MOUNT_SETATTR: Final = 442
_AT_FDCWD: Final = -100
_AT_SYMLINK_NOFOLLOW: Final = 0x100
_AT_EMPTY_PATH: Final = 0x1000
_AT_RECURSIVE: Final = 0x8000

# linux/sched.h
NEW_MOUNTS, NEW_NAMES, NEW_IPC, NEW_USERS = 0x00020000, 0x04000000, 0x08000000, 0x10000000
NEW_PROCESSES, NEW_NETWORK = 0x20000000, 0x40000000

_PR_SET_DUMPABLE: Final = 4
_SIOCSIFFLAGS: Final = 0x8914
_INTERFACE_UP: Final = 0x1


def unshare(namespaces: int) -> None:
    """Leave the namespaces of this process for new ones; NEW_PROCESSES counts for the children forked from now on."""
    kernel.checked("new namespaces", kernel.libc.unshare(ctypes.c_int(namespaces)))


def unshare_as_anybody(namespaces: int) -> bool:
    """As `unshare`, by way of a user namespace where that is needed; say whether it was.

    Root needs none, and keeps its rights to files of users that such a one would not know.
    """
    if os.geteuid() == 0:
        with contextlib.suppress(PermissionError):
            unshare(namespaces)
            return False
    user, group = os.geteuid(), os.getegid()
    make_dumpable()  # else the maps below belong to root
    unshare(namespaces | NEW_USERS)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    _write("/proc/self/gid_map", f"{group} {group} 1")
    return True


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def set_namespace(descriptor: int, kind: int) -> None:
    """Enter the namespace that a descriptor of a file in /proc/PID/ns stands for."""
    kernel.checked("namespace", kernel.libc.setns(ctypes.c_int(descriptor), ctypes.c_int(kind)))


def wait_for_signal() -> None:
    signal.pause()


def end(child: int) -> None:
    """Kill a child of this process and reap it."""
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def make_dumpable() -> None:
    """Let this process's files in /proc belong to its user again."""
    kernel.prctl("dumpable", _PR_SET_DUMPABLE, 1)


def raise_loopback() -> None:
    """Set up the loopback interface of a new network namespace."""
    request = struct.pack("=16sh14x", b"lo", _INTERFACE_UP)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        argument = ctypes.create_string_buffer(request, 40)  # struct ifreq
        kernel.checked(
            "loopback", kernel.libc.ioctl(ctypes.c_int(any_socket.fileno()), ctypes.c_ulong(_SIOCSIFFLAGS), argument)
        )


def make_mounts_private() -> None:
    """Let no mount of this namespace be seen in another, nor the other way round."""
    mount("none", "/", "", _MS_REC | _MS_PRIVATE)


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    kernel.checked(
        f"mount on {target}",
        kernel.libc.mount(
            ctypes.c_char_p(os.fsencode(source)),
            ctypes.c_char_p(os.fsencode(target)),
            ctypes.c_char_p(kind.encode()),
            ctypes.c_ulong(flags),
            ctypes.c_char_p(options.encode()),
        ),
    )


def clone_mount(path: str) -> int:
    """Return a descriptor of a mount that shows what is at `path` and below, to be put elsewhere by `move_mount`."""
    flags = _OPEN_TREE_CLONE | _AT_RECURSIVE | _AT_SYMLINK_NOFOLLOW | os.O_CLOEXEC
    name = ctypes.c_char_p(os.fsencode(path))
    return kernel.syscall(f"clone of {path}", _OPEN_TREE, ctypes.c_int(_AT_FDCWD), name, ctypes.c_uint(flags))


def overlay(folder: str, empty: str) -> int:
    """Return a descriptor of a mount that shows what is in `folder`, without what is mounted below it, as a copy would.

    Regular files are the same; sockets and pipes are others than those outside, with nobody at the other end. What is
    mounted on a file in it stays when the file is replaced outside. `empty` is an empty folder: it takes two.
    """
    system = kernel.syscall("overlay", _FSOPEN, ctypes.c_char_p(b"overlay"), ctypes.c_uint(_CLOSE_ON_EXEC))
    layers = [os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC) for path in (folder, empty)]
    try:
        # By their numbers: a path would have to be quoted, and could be too long.
        named = ":".join(f"/proc/self/fd/{layer}" for layer in layers)
        _configure(system, _FSCONFIG_SET_STRING, "lowerdir", named)
        _configure(system, _FSCONFIG_CMD_CREATE)
        return kernel.syscall(
            f"overlay of {folder}",
            _FSMOUNT,
            ctypes.c_int(system),
            ctypes.c_uint(_CLOSE_ON_EXEC),
            ctypes.c_uint(READ_ONLY | NO_SETUID | NO_DEVICES),
        )
    finally:
        for descriptor in (system, *layers):
            os.close(descriptor)


def _configure(system: int, command: int, key: str | None = None, value: str | None = None) -> None:
    kernel.syscall(
        f"{key or 'creation'} of a file system",
        _FSCONFIG,
        ctypes.c_int(system),
        ctypes.c_uint(command),
        ctypes.c_char_p(key.encode() if key is not None else None),
        ctypes.c_char_p(value.encode() if value is not None else None),
        ctypes.c_int(0),
    )


def move_mount(tree: int, path: str) -> None:
    """Put a cloned mount over what is at `path`, which must not be a link."""
    kernel.syscall(
        f"mount on {path}",
        _MOVE_MOUNT,
        ctypes.c_int(tree),
        ctypes.c_char_p(b""),
        ctypes.c_int(_AT_FDCWD),
        ctypes.c_char_p(os.fsencode(path)),
        ctypes.c_uint(_MOVE_MOUNT_FROM_DESCRIPTOR),
    )


def set_mount(where: str | int, attributes: int = 0, *, clear: int = 0, recursive: bool = False) -> None:
    """Set and clear attributes of the mount at a path, or of a cloned one, and with `recursive` of all in it."""
    is_path = isinstance(where, str)
    packed = struct.pack("=4Q", attributes, clear, 0, 0)  # struct mount_attr
    kernel.syscall(
        f"attributes of the mount {where}",
        _MOUNT_SETATTR,
        ctypes.c_int(_AT_FDCWD if is_path else where),
        ctypes.c_char_p(os.fsencode(where) if is_path else b""),
        ctypes.c_uint((0 if is_path else _AT_EMPTY_PATH) | (_AT_RECURSIVE if recursive else 0)),
        ctypes.c_char_p(packed),
        ctypes.c_size_t(len(packed)),
    )
