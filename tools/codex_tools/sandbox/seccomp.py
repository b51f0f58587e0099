"""The seccomp filter: which system calls a confined process may not make. Pure: a policy in, BPF bytes out.

Everything is allowed but what is named here. Landlock decides about files; this filter takes away what Landlock does
not see: sockets, other processes, the kernel's own doors, new namespaces, set-user-id bits.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias

from codex_tools.sandbox.syscalls import NUMBERS

Verdict: TypeAlias = int

# linux/seccomp.h, linux/audit.h
_ALLOW: Final[Verdict] = 0x7FFF0000
_KILL: Final[Verdict] = 0x80000000
_ERRNO: Final = 0x00050000
_EPERM: Final[Verdict] = _ERRNO | 1
_ENOSYS: Final[Verdict] = _ERRNO | 38
_AUDIT_ARCH: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT: Final = 0x40000000

# linux/filter.h
_LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
_AND: Final = 0x54  # BPF_ALU | BPF_AND | BPF_K
_JUMP_EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_JUMP_ANY_BIT: Final = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_JUMP_GREATER_EQUAL: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_RETURN: Final = 0x06  # BPF_RET | BPF_K

# Offsets in struct seccomp_data.
_NUMBER_AT: Final = 0
_ARCH_AT: Final = 4
_ARGUMENTS_AT: Final = 16

_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK = 1, 2, 10, 16
_SOCK_STREAM, _SOCK_DGRAM, _SOCK_SEQPACKET = 1, 2, 5
_SOCK_TYPE_MASK: Final = 0xF
_UNIX_KINDS: Final = (_SOCK_STREAM, _SOCK_SEQPACKET, _SOCK_DGRAM)
"""Sockets with a path only where a mount namespace hides those of docker, ssh-agent and the session bus."""
_SETUID_BIT: Final = 0o4000
_FILE_TYPE_MASK, _CHARACTER_DEVICE, _BLOCK_DEVICE = 0o170000, 0o020000, 0o060000
_CREATES_FILE: Final = 0o100 | 0o20000000  # O_CREAT | __O_TMPFILE
_NEW_NAMESPACE: Final = 0x7E020000  # CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}
_NEW_TIME_NAMESPACE: Final = 0x80  # in clone() these bits are the exit signal
_TTY_INJECTION: Final = (
    0x5412,  # TIOCSTI types into the user's terminal
    0x541C,  # TIOCLINUX pastes into it
    0x541D,  # TIOCCONS takes the console's output
    0x5423,  # TIOCSETD loads line disciplines, a rich source of kernel bugs
)
_UNCHANGED: Final = 0xFFFFFFFF

_DENIED: Final = (
    # Looking into or steering other processes.
    *("ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd", "process_madvise", "process_mrelease"),
    # Mounts and roots: a new view of the files could hide from Landlock what is what.
    *(
        "mount",
        "umount2",
        "pivot_root",
        "chroot",
        "setns",
        "open_tree",
        "open_tree_attr",
        "move_mount",
        "mount_setattr",
    ),
    *("fsopen", "fsconfig", "fsmount", "fspick"),
    # Files without a path.
    *("name_to_handle_at", "open_by_handle_at", "lookup_dcookie"),
    # The kernel itself.
    *("bpf", "perf_event_open", "userfaultfd", "kexec_load", "kexec_file_load", "init_module", "finit_module"),
    *("delete_module", "swapon", "swapoff", "reboot", "quotactl", "quotactl_fd", "syslog", "acct", "vhangup", "uselib"),
    *("memfd_secret", "iopl", "ioperm", "modify_ldt", "fanotify_init", "keyctl", "add_key", "request_key"),
    *("clock_settime", "settimeofday", "clock_adjtime", "adjtimex", "sethostname", "setdomainname"),
)
_SHARED_BY_KEYS: Final = (
    # Talking to processes outside by keys instead of paths.
    *("shmget", "shmat", "shmctl", "shmdt", "semget", "semop", "semctl", "semtimedop"),
    *("msgget", "msgsnd", "msgrcv", "msgctl", "mq_open", "mq_unlink"),
)
_ABSENT: Final = (
    # Their arguments are in memory, where a filter cannot look; programs fall back to the older call.
    *("clone3", "openat2"),
    # Does anything, past this filter.
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),
)


class _Test(NamedTuple):
    """A condition on the low 32 bits of an argument; the kernel looks at no more of those that we test."""

    argument: int
    value: int
    mask: int = 0xFFFFFFFF
    any_bit: bool = False
    """True if any bit of `value` is set, instead of: equal to `value` under `mask`."""


class _Clause(NamedTuple):
    tests: tuple[_Test, ...]
    """All must hold."""
    verdict: Verdict


class _Rule(NamedTuple):
    calls: tuple[str, ...]
    clauses: tuple[_Clause, ...]
    """The first that holds decides."""
    otherwise: Verdict


def supports(machine: str) -> bool:
    """Whether a filter for this machine (`os.uname().machine`) can be written at all."""
    return machine in NUMBERS


@lru_cache(maxsize=8)
def build_filter(
    machine: str, network: Literal["off", "on"], user_id: int, group_id: int, *, has_namespaces: bool = False
) -> bytes:
    """Return the program: an array of `struct sock_filter`. The ids are those that the command runs as.

    `has_namespaces`: sockets, shared memory and message queues are those of its own namespaces.

    Raises:
        KeyError: the machine is not supported.
    """
    numbers = NUMBERS[machine]
    program = [
        _instruction(_LOAD, _ARCH_AT),
        # int 0x80 would otherwise reach the same calls under other numbers.
        _instruction(_JUMP_EQUAL, _AUDIT_ARCH[machine], 1, 0),
        _instruction(_RETURN, _KILL),
        _instruction(_LOAD, _NUMBER_AT),
    ]
    if machine == "x86_64":
        program += [_instruction(_JUMP_GREATER_EQUAL, _X32_BIT, 0, 1), _instruction(_RETURN, _ENOSYS)]
    for rule in _rules(network, user_id, group_id, has_namespaces):
        body = _assemble_body(rule)
        for call in rule.calls:
            if call in numbers:
                program.append(_instruction(_JUMP_EQUAL, numbers[call], 0, len(body)))
                program += body
    program.append(_instruction(_RETURN, _ALLOW))
    return b"".join(program)


def _rules(network: Literal["off", "on"], user_id: int, group_id: int, has_namespaces: bool) -> Sequence[_Rule]:
    sockets = (
        *(_of_kinds(_AF_UNIX, _UNIX_KINDS) if has_namespaces else ()),
        *_internet_sockets(network, has_namespaces),
    )
    return (
        _Rule(_DENIED if has_namespaces else (*_DENIED, *_SHARED_BY_KEYS), (), _EPERM),
        _Rule(_ABSENT, (), _ENOSYS),
        _Rule(("socket",), sockets, _EPERM),
        # A datagram pair is not for its two ends alone: sendmsg() with an address reaches any socket path.
        _Rule(("socketpair",), _of_kinds(_AF_UNIX, _UNIX_KINDS if has_namespaces else _UNIX_KINDS[:2]), _EPERM),
        _deny_if(("clone",), _Test(0, _NEW_NAMESPACE, any_bit=True)),
        _deny_if(("unshare",), _Test(0, _NEW_NAMESPACE | _NEW_TIME_NAMESPACE, any_bit=True)),
        _Rule(("ioctl",), tuple(_Clause((_Test(1, request),), _EPERM) for request in _TTY_INJECTION), _ALLOW),
        _deny_if(("chmod", "fchmod"), _Test(1, _SETUID_BIT, any_bit=True)),
        _deny_if(("fchmodat", "fchmodat2"), _Test(2, _SETUID_BIT, any_bit=True)),
        _deny_if(("creat",), _Test(1, _SETUID_BIT, any_bit=True)),
        # Without O_CREAT the mode is not an argument but whatever is in the register.
        _deny_if(("open",), _Test(1, _CREATES_FILE, any_bit=True), _Test(2, _SETUID_BIT, any_bit=True)),
        _deny_if(("openat",), _Test(2, _CREATES_FILE, any_bit=True), _Test(3, _SETUID_BIT, any_bit=True)),
        _node_rule("mknod", 1),
        _node_rule("mknodat", 2),
        # Giving files away, or taking them, is none of a command's business; "as it is" is asked by tar and cp.
        _owner_rule(("chown", "lchown", "fchown"), 1, user_id, group_id),
        _owner_rule(("fchownat",), 2, user_id, group_id),
        # Only oneself: Landlock scopes signals, but not these.
        _only_self(("sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr"), 0),
        _only_self(("prlimit64", "migrate_pages", "move_pages"), 0),
        # By process or group; by user would be everything the user runs.
        _Rule(("setpriority",), tuple(_Clause((_Test(0, which), _Test(1, 0)), _ALLOW) for which in (0, 1)), _EPERM),
        _Rule(("ioprio_set",), tuple(_Clause((_Test(0, which), _Test(1, 0)), _ALLOW) for which in (1, 2)), _EPERM),
    )


def _of_kinds(family: int, kinds: Sequence[int]) -> tuple[_Clause, ...]:
    return tuple(_Clause((_Test(0, family), _Test(1, kind, _SOCK_TYPE_MASK)), _ALLOW) for kind in kinds)


def _internet_sockets(network: Literal["off", "on"], has_namespaces: bool) -> tuple[_Clause, ...]:
    if network == "off" and not has_namespaces:
        return ()
    return (
        *_of_kinds(_AF_INET, (_SOCK_STREAM, _SOCK_DGRAM)),
        *_of_kinds(_AF_INET6, (_SOCK_STREAM, _SOCK_DGRAM)),
        # Routing information only: name resolution asks which addresses this machine has.
        _Clause((_Test(0, _AF_NETLINK), _Test(2, 0)), _ALLOW),
    )


def _deny_if(calls: tuple[str, ...], *tests: _Test) -> _Rule:
    return _Rule(calls, (_Clause(tests, _EPERM),), _ALLOW)


def _node_rule(call: str, mode_argument: int) -> _Rule:
    return _Rule(
        (call,),
        (
            _Clause((_Test(mode_argument, _CHARACTER_DEVICE, _FILE_TYPE_MASK),), _EPERM),
            _Clause((_Test(mode_argument, _BLOCK_DEVICE, _FILE_TYPE_MASK),), _EPERM),
            _Clause((_Test(mode_argument, _SETUID_BIT, any_bit=True),), _EPERM),
        ),
        _ALLOW,
    )


def _owner_rule(calls: tuple[str, ...], owner_argument: int, user_id: int, group_id: int) -> _Rule:
    clauses = tuple(
        _Clause((_Test(owner_argument, user), _Test(owner_argument + 1, group)), _ALLOW)
        for user in (user_id, _UNCHANGED)
        for group in (group_id, _UNCHANGED)
    )
    return _Rule(calls, clauses, _EPERM)


def _only_self(calls: tuple[str, ...], argument: int) -> _Rule:
    return _Rule(calls, (_Clause((_Test(argument, 0),), _ALLOW),), _EPERM)


def _assemble_body(rule: _Rule) -> list[bytes]:
    """What is done when the call's number matched. Every way through it returns, so nothing is reloaded after."""
    body: list[bytes] = []
    for clause in rule.clauses:
        body += _assemble_clause(clause)
    body.append(_instruction(_RETURN, rule.otherwise))
    return body


def _assemble_clause(clause: _Clause) -> list[bytes]:
    sizes = [3 if not test.any_bit and test.mask != 0xFFFFFFFF else 2 for test in clause.tests]
    code: list[bytes] = []
    for index, test in enumerate(clause.tests):
        to_next_clause = sum(sizes[index + 1 :]) + 1  # the remaining tests and the return
        code.append(_instruction(_LOAD, _ARGUMENTS_AT + 8 * test.argument))
        if test.any_bit:
            code.append(_instruction(_JUMP_ANY_BIT, test.value, 0, to_next_clause))
            continue
        if test.mask != 0xFFFFFFFF:
            code.append(_instruction(_AND, test.mask))
        code.append(_instruction(_JUMP_EQUAL, test.value, 0, to_next_clause))
    code.append(_instruction(_RETURN, clause.verdict))
    return code


def _instruction(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, operand)
