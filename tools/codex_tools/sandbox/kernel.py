"""The kernel calls that Python lacks: Landlock's newer parts, capabilities, prctl, seccomp. Child side.

Every function raises OSError where the kernel says no; none ever returns having done half.
"""

# pathlib costs every child milliseconds, and knows no directory descriptors.
# ruff: noqa: PTH208

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import struct
from collections.abc import Iterable, Sequence
from typing import Final

_libc: Final = ctypes.CDLL(None, use_errno=True)

_LANDLOCK_CREATE_RULESET: Final = 444  # the same on every machine, like all calls since 424
_LANDLOCK_ADD_RULE: Final = 445
_LANDLOCK_RESTRICT_SELF: Final = 446
_LANDLOCK_RULE_PATH_BENEATH: Final = 1
_LANDLOCK_REFER: Final = 1 << 13
_LANDLOCK_GET_VERSION: Final = 1
_CLOSE_RANGE: Final = 436
_LAST_DESCRIPTOR: Final = 0xFFFFFFFF
_LANDLOCK_NET_BIND_AND_CONNECT_TCP: Final = 0b11
_LANDLOCK_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS: Final = 0b11
_ABI_NET: Final = 4
_ABI_SCOPE: Final = 6

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
_MOUNT_SETATTR: Final = 442
_AT_FDCWD: Final = -100
_AT_SYMLINK_NOFOLLOW: Final = 0x100
_AT_EMPTY_PATH: Final = 0x1000
_AT_RECURSIVE: Final = 0x8000

# linux/sched.h
NEW_MOUNTS, NEW_NAMES, NEW_IPC, NEW_USERS = 0x00020000, 0x04000000, 0x08000000, 0x10000000
NEW_PROCESSES, NEW_NETWORK = 0x20000000, 0x40000000

_SIOCSIFFLAGS: Final = 0x8914
_INTERFACE_UP: Final = 0x1

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_SECCOMP: Final = 22
_PR_SET_SECUREBITS: Final = 28
_SECBIT_NOROOT_AND_LOCKED: Final = 0b11
_PR_SET_CHILD_SUBREAPER: Final = 36
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_CAP_AMBIENT: Final = 47
_PR_CAP_AMBIENT_RAISE: Final = 2
_PR_CAP_AMBIENT_CLEAR_ALL: Final = 4
_SECCOMP_MODE_FILTER: Final = 2
_CAPABILITY_VERSION_3: Final = 0x20080522


def _checked(name: str, result: int) -> int:
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def _prctl(name: str, option: int, *arguments: int) -> int:
    values = [*arguments, 0, 0, 0, 0][:4]
    return _checked(name, _libc.prctl(ctypes.c_int(option), *(ctypes.c_ulong(value) for value in values)))


def _syscall(name: str, number: int, *arguments: object) -> int:
    return _checked(name, int(_libc.syscall(ctypes.c_long(number), *arguments)))


def landlock_abi() -> int:
    """Return the version of Landlock's interface, 0 if the kernel has none or it is switched off."""
    try:
        return _syscall(
            "landlock version",
            _LANDLOCK_CREATE_RULESET,
            ctypes.c_void_p(None),
            ctypes.c_size_t(0),
            ctypes.c_uint32(_LANDLOCK_GET_VERSION),
        )
    except OSError:
        return 0


def restrict_self(ruleset_fd: int) -> None:
    """Apply a Landlock ruleset to this thread and all it will start. Needs no_new_privs."""
    _syscall("landlock_restrict_self", _LANDLOCK_RESTRICT_SELF, ctypes.c_int(ruleset_fd), ctypes.c_uint32(0))


def restrict_net_and_scope(abi: int, *, tcp_allowed: bool) -> None:
    """Stack a Landlock layer on this thread: no TCP unless allowed, no signals or abstract sockets to the outside.

    What the kernel's Landlock is too old for is left out; `probe` tells it as a gap. Needs no_new_privs.
    """
    handled_net = _LANDLOCK_NET_BIND_AND_CONNECT_TCP if abi >= _ABI_NET and not tcp_allowed else 0
    handled_scope = _LANDLOCK_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS if abi >= _ABI_SCOPE else 0
    if not handled_net and not handled_scope:
        return
    # struct landlock_ruleset_attr has grown: an old kernel refuses fields that it does not know.
    attributes = struct.pack("=QQQ", _LANDLOCK_REFER, handled_net, handled_scope)[: 24 if abi >= _ABI_SCOPE else 16]
    ruleset = _syscall(
        "landlock_create_ruleset",
        _LANDLOCK_CREATE_RULESET,
        ctypes.c_char_p(attributes),
        ctypes.c_size_t(len(attributes)),
        ctypes.c_uint32(0),
    )
    try:
        _allow_moving_everywhere(ruleset)
        restrict_self(ruleset)
    finally:
        os.close(ruleset)


def _allow_moving_everywhere(ruleset: int) -> None:
    """Every layer that does not grant it forbids moving and linking files between folders, whatever it is about."""
    allow_beneath(ruleset, "/", _LANDLOCK_REFER)


def allow_beneath(ruleset: int, path: str, rights: int) -> None:
    """Add a rule to a Landlock ruleset: `rights` (LANDLOCK_ACCESS_FS_*) for all that is below the folder `path`."""
    folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", rights, folder)  # struct landlock_path_beneath_attr is packed
        _syscall(
            "landlock_add_rule",
            _LANDLOCK_ADD_RULE,
            ctypes.c_int(ruleset),
            ctypes.c_int(_LANDLOCK_RULE_PATH_BENEATH),
            ctypes.c_char_p(rule),
            ctypes.c_uint32(0),
        )
    finally:
        os.close(folder)


def unshare(namespaces: int) -> None:
    """Leave the namespaces of this process for new ones; NEW_PROCESSES counts for the children forked from now on."""
    _checked("new namespaces", _libc.unshare(ctypes.c_int(namespaces)))


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
    _checked("namespace", _libc.setns(ctypes.c_int(descriptor), ctypes.c_int(kind)))


def wait_for_signal() -> None:
    signal.pause()


def end(child: int) -> None:
    """Kill a child of this process and reap it."""
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def make_dumpable() -> None:
    """Let this process's files in /proc belong to its user again."""
    _prctl("dumpable", _PR_SET_DUMPABLE, 1)


def raise_loopback() -> None:
    """Set up the loopback interface of a new network namespace."""
    request = struct.pack("=16sh14x", b"lo", _INTERFACE_UP)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        argument = ctypes.create_string_buffer(request, 40)  # struct ifreq
        _checked("loopback", _libc.ioctl(ctypes.c_int(any_socket.fileno()), ctypes.c_ulong(_SIOCSIFFLAGS), argument))


def make_mounts_private() -> None:
    """Let no mount of this namespace be seen in another, nor the other way round."""
    mount("none", "/", "", _MS_REC | _MS_PRIVATE)


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    _checked(
        f"mount on {target}",
        _libc.mount(
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
    return _syscall(f"clone of {path}", _OPEN_TREE, ctypes.c_int(_AT_FDCWD), name, ctypes.c_uint(flags))


def move_mount(tree: int, path: str) -> None:
    """Put a cloned mount over what is at `path`, which must not be a link."""
    _syscall(
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
    _syscall(
        f"attributes of the mount {where}",
        _MOUNT_SETATTR,
        ctypes.c_int(_AT_FDCWD if is_path else where),
        ctypes.c_char_p(os.fsencode(where) if is_path else b""),
        ctypes.c_uint((0 if is_path else _AT_EMPTY_PATH) | (_AT_RECURSIVE if recursive else 0)),
        ctypes.c_char_p(packed),
        ctypes.c_size_t(len(packed)),
    )


def set_no_new_privileges() -> None:
    _prctl("no_new_privs", _PR_SET_NO_NEW_PRIVS, 1)


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that forked it ends."""
    _prctl("pdeathsig", _PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends."""
    _prctl("subreaper", _PR_SET_CHILD_SUBREAPER, 1)


def drop_capabilities(kept: Sequence[int]) -> None:
    """Give up all capabilities but `kept`, for good: programs that are executed as root get no more than these."""
    if os.geteuid() == 0:
        # From here on root is a user like any other to exec. Without CAP_SETPCAP no_new_privs has to do, and does.
        with contextlib.suppress(PermissionError):
            _prctl("securebits", _PR_SET_SECUREBITS, _SECBIT_NOROOT_AND_LOCKED)
    _prctl("ambient capabilities", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    data = ctypes.create_string_buffer(24)
    _checked("capget", _libc.capget(ctypes.c_char_p(header), data))
    effective, permitted = struct.unpack_from("=II", data.raw)
    mask = permitted & sum(1 << capability for capability in set(kept))
    # The second half of the structure is for capabilities from 32 on, of which none is ever kept.
    packed = struct.pack("=6I", effective & mask, mask, mask, 0, 0, 0)
    _checked("capset", _libc.capset(ctypes.c_char_p(header), ctypes.c_char_p(packed)))
    for capability in kept:
        if mask >> capability & 1:
            _prctl("ambient capabilities", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability)


class _FilterProgram(ctypes.Structure):
    """struct sock_fprog"""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def install_filter(program: bytes) -> None:
    """Apply a seccomp filter to this thread and all it will start. Needs no_new_privs; cannot be undone."""
    description = _FilterProgram(len(program) // 8, program)
    _checked(
        "seccomp",
        _libc.prctl(
            ctypes.c_int(_PR_SET_SECCOMP),
            ctypes.c_ulong(_SECCOMP_MODE_FILTER),
            ctypes.byref(description),
            ctypes.c_ulong(0),
            ctypes.c_ulong(0),
        ),
    )


def close_all_but(kept: Iterable[int]) -> None:
    """Close every descriptor but the standard ones and `kept`, also those above today's limit of open files."""
    wanted = sorted({2, *(descriptor for descriptor in kept if descriptor > 2)})
    try:
        for before, after in zip(wanted, [*wanted[1:], _LAST_DESCRIPTOR + 1], strict=True):
            if before + 1 < after:
                _syscall(
                    "close_range",
                    _CLOSE_RANGE,
                    ctypes.c_uint(before + 1),
                    ctypes.c_uint(after - 1),
                    ctypes.c_uint(0),
                )
    except OSError:  # before Linux 5.9, or a filter around us that does not know the call
        for name in os.listdir("/proc/self/fd"):
            if int(name) > 2 and int(name) not in wanted:
                with contextlib.suppress(OSError):
                    os.close(int(name))
