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
import struct
from collections.abc import Iterable, Sequence
from typing import Final

libc: Final = ctypes.CDLL(None, use_errno=True)

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

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_SECCOMP: Final = 22
_PR_SET_SECUREBITS: Final = 28
_SECBIT_NOROOT_AND_LOCKED: Final = 0b11
_PR_SET_CHILD_SUBREAPER: Final = 36
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_CAP_AMBIENT: Final = 47
_PR_CAP_AMBIENT_RAISE: Final = 2
_PR_CAP_AMBIENT_CLEAR_ALL: Final = 4
_SECCOMP_MODE_FILTER: Final = 2
_CAPABILITY_HEADER: Final = struct.pack("=Ii", 0x20080522, 0)  # version 3, this process


def checked(name: str, result: int) -> int:
    """Return what a call returned.

    Raises:
        OSError: it failed; `name` says which it was.
    """
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def prctl(name: str, option: int, *arguments: int) -> int:
    values = [*arguments, 0, 0, 0, 0][:4]
    return checked(name, libc.prctl(ctypes.c_int(option), *(ctypes.c_ulong(value) for value in values)))


def syscall(name: str, number: int, *arguments: object) -> int:
    return checked(name, int(libc.syscall(ctypes.c_long(number), *arguments)))


def landlock_abi() -> int:
    """Return the version of Landlock's interface, 0 if the kernel has none or it is switched off."""
    try:
        return syscall(
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
    syscall("landlock_restrict_self", _LANDLOCK_RESTRICT_SELF, ctypes.c_int(ruleset_fd), ctypes.c_uint32(0))


def restrict_net_and_scope(abi: int, *, tcp_allowed: bool) -> None:
    """Stack a Landlock layer on this thread: no TCP unless allowed, no signals or abstract sockets to the outside.

    What the kernel's Landlock is too old for is left out; `probe` tells it as a gap. Needs no_new_privs.
    """
    if (ruleset := net_and_scope_ruleset(abi, tcp_allowed=tcp_allowed)) is None:
        return
    try:
        restrict_self(ruleset)
    finally:
        os.close(ruleset)


def net_and_scope_ruleset(abi: int, *, tcp_allowed: bool) -> int | None:
    """Return the descriptor of what `restrict_net_and_scope` applies; None if that is nothing."""
    handled_net = _LANDLOCK_NET_BIND_AND_CONNECT_TCP if abi >= _ABI_NET and not tcp_allowed else 0
    handled_scope = _LANDLOCK_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS if abi >= _ABI_SCOPE else 0
    if not handled_net and not handled_scope:
        return None
    # struct landlock_ruleset_attr has grown: an old kernel refuses fields that it does not know.
    attributes = struct.pack("=QQQ", _LANDLOCK_REFER, handled_net, handled_scope)[: 24 if abi >= _ABI_SCOPE else 16]
    ruleset = syscall(
        "landlock_create_ruleset",
        _LANDLOCK_CREATE_RULESET,
        ctypes.c_char_p(attributes),
        ctypes.c_size_t(len(attributes)),
        ctypes.c_uint32(0),
    )
    try:
        _allow_moving_everywhere(ruleset)
    except BaseException:
        os.close(ruleset)
        raise
    return ruleset


def _allow_moving_everywhere(ruleset: int) -> None:
    """Every layer that does not grant it forbids moving and linking files between folders, whatever it is about."""
    allow_beneath(ruleset, "/", _LANDLOCK_REFER)


def allow_beneath(ruleset: int, path: str, rights: int) -> None:
    """Add a rule to a Landlock ruleset: `rights` (LANDLOCK_ACCESS_FS_*) for all that is below the folder `path`."""
    folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", rights, folder)  # struct landlock_path_beneath_attr is packed
        syscall(
            "landlock_add_rule",
            _LANDLOCK_ADD_RULE,
            ctypes.c_int(ruleset),
            ctypes.c_int(_LANDLOCK_RULE_PATH_BENEATH),
            ctypes.c_char_p(rule),
            ctypes.c_uint32(0),
        )
    finally:
        os.close(folder)


def set_no_new_privileges() -> None:
    prctl("no_new_privs", _PR_SET_NO_NEW_PRIVS, 1)


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that forked it ends."""
    prctl("pdeathsig", _PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends."""
    prctl("subreaper", _PR_SET_CHILD_SUBREAPER, 1)


def drop_capabilities(kept: Sequence[int]) -> None:
    """Give up all capabilities but `kept`, for good: programs that are executed as root get no more than these."""
    if os.geteuid() == 0:
        # From here on root is a user like any other to exec. Without CAP_SETPCAP no_new_privs has to do, and does.
        with contextlib.suppress(PermissionError):
            prctl("securebits", _PR_SET_SECUREBITS, _SECBIT_NOROOT_AND_LOCKED)
    prctl("ambient capabilities", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    effective, permitted = capabilities()
    mask = permitted & sum(1 << capability for capability in set(kept))
    # The second half of the structure is for capabilities from 32 on, of which none is ever kept.
    packed = struct.pack("=6I", effective & mask, mask, mask, 0, 0, 0)
    checked("capset", libc.capset(ctypes.c_char_p(_CAPABILITY_HEADER), ctypes.c_char_p(packed)))
    for capability in kept:
        if mask >> capability & 1:
            prctl("ambient capabilities", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability)


def capabilities() -> tuple[int, int]:
    """Return which of the first 32 capabilities are effective and which permitted, as bits."""
    data = ctypes.create_string_buffer(24)
    checked("capget", libc.capget(ctypes.c_char_p(_CAPABILITY_HEADER), data))
    effective, permitted = struct.unpack_from("=II", data.raw)
    return effective, permitted


class _FilterProgram(ctypes.Structure):
    """struct sock_fprog"""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def install_filter(program: bytes) -> None:
    """Apply a seccomp filter to this thread and all it will start. Needs no_new_privs; cannot be undone."""
    description = _FilterProgram(len(program) // 8, program)
    checked(
        "seccomp",
        libc.prctl(
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
                syscall(
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
