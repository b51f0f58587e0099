"""What a fresh child does to itself before it becomes the command. Child side.

Fail closed: whatever goes wrong before the exec is written to the failure pipe, and the process ends with 125.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
from typing import Final, NoReturn, cast

from codex_tools.sandbox import handover, kernel, process_tree, rehearsal
from codex_tools.sandbox.namespaces import enter, separate
from codex_tools.sandbox.shared_network import SharedNetwork
from codex_tools.sandbox.wire import GO, Bounds, Confinement, Launch, Namespaces, namespaces_of, unpack

COULD_NOT_CONFINE: Final = 125
CANNOT_EXECUTE: Final = 126
NOT_FOUND: Final = 127

_OPEN_FILES: Final = 4096
_LOCKED_BYTES: Final = 64 << 20
_OOM_SCORE: Final = b"700"
"""When memory runs out the kernel shall take the command, not the agent or the user's editor."""


def wait_and_become(
    channel: socket.socket,
    *,
    failure_fd: int,
    parent: int,
    own_session: bool,
    namespaces: Namespaces,
    network: SharedNetwork | None,
) -> NoReturn:
    """Wait for a command on `channel`, confine this process as it says and execute it.

    Call in a fresh child of `parent` only. `failure_fd` closes on exec; text in it means that nothing was run.
    What does not depend on the command is done before it comes: a session, and `namespaces` of its own, of which that
    of the network may be one that it shares with others.
    """
    shared = network.descriptors() if network is not None else ()
    try:
        kernel.die_with_parent()
        if os.getppid() != parent:
            os._exit(COULD_NOT_CONFINE)  # it died before it could take us along
        kernel.close_all_but((channel.fileno(), failure_fd, *shared))
        if own_session:
            os.setsid()
        if namespaces != "none":
            separate(own_network=namespaces == "own, and of the network", network=network)
            if own_session:
                os.setsid()  # in here the number of the outer session means nothing
        for descriptor in shared:
            os.close(descriptor)
        rehearsal.of_command()
        handed = handover.receive(channel)
        if handed is None:
            os._exit(0)
        for target, descriptor in enumerate(handed.standard):
            os.dup2(descriptor, target)
        launch = cast(Launch, unpack(handover.read_whole(handed.launch_fd)))
        assert namespaces_of(launch) == namespaces
        kernel.close_all_but((channel.fileno(), failure_fd, handed.ruleset_fd))
        _prepare(launch, handed.ruleset_fd, parent)
        if channel.recv(1) != GO:
            os._exit(COULD_NOT_CONFINE)  # the supervisor is gone
        code, reason = _execute(launch)
    except BaseException as error:  # the border of the process: whatever it was, nothing may run unconfined
        code, reason = COULD_NOT_CONFINE, f"{type(error).__name__}: {error}"
    if code == COULD_NOT_CONFINE:
        os.write(failure_fd, reason.encode(errors="replace")[:4000])
    else:
        os.write(2, f"codex-py: {reason}\n".encode(errors="surrogateescape"))
    os._exit(code)


def _prepare(launch: Launch, ruleset_fd: int, outside: int) -> None:
    os.chdir(launch["cwd"])
    if (confinement := launch["confinement"]) is not None:
        if (view := confinement["view"]) is not None:
            enter(view, cwd=launch["cwd"], ruleset_fd=ruleset_fd, outside=outside)
        _set_limits(launch["bounds"])
        _confine(confinement, ruleset_fd)
    # Python ignores these two, and an ignored signal stays ignored over exec: `yes | head` would never end.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _set_limits(bounds: Bounds) -> None:
    _write_quietly("/proc/self/oom_score_adj", _OOM_SCORE)
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, bounds["file_bytes"]),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        # Neither the address space nor what is writable of it: V8, Go, the JVM and programs that are built with a
        # sanitizer reserve terabytes that they never use. The supervisor counts what is used.
        (resource.RLIMIT_MEMLOCK, _LOCKED_BYTES),
        # Counts all that the user runs, so this stops only the worst; the supervisor counts the command's own.
        (resource.RLIMIT_NPROC, process_tree.threads_of_system() + bounds["processes"]),
    ):
        soft, hard = resource.getrlimit(limit)
        resource.setrlimit(limit, (_lower(soft, value), _lower(hard, value)))


def _lower(old: int, value: int) -> int:
    return value if old == resource.RLIM_INFINITY else min(old, value)


def _write_quietly(path: str, data: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    except OSError:
        return
    with contextlib.suppress(OSError):
        os.write(descriptor, data)
    os.close(descriptor)


def _confine(confinement: Confinement, ruleset_fd: int) -> None:
    """Capabilities, then Landlock, then seccomp: each could be refused by the ones after it."""
    kernel.drop_capabilities(confinement["kept_capabilities"])
    kernel.set_no_new_privileges()
    kernel.restrict_self(ruleset_fd)
    # The agent uses the same ruleset again: a command that held it could add rules for the ones after it.
    os.close(ruleset_fd)
    kernel.restrict_net_and_scope(kernel.landlock_abi(), tcp_allowed=confinement["tcp_allowed"])
    kernel.install_filter(confinement["seccomp_filter"])


def _execute(launch: Launch) -> tuple[int, str]:
    """Execute; return the shell's exit code and the reason only if that fails."""
    program = launch["argv"][0]
    try:
        os.execvpe(program, launch["argv"], launch["environment"])  # noqa: S606 (a shell is the caller's choice)
    except FileNotFoundError:
        return NOT_FOUND, f"{program}: command not found"
    except OSError as error:
        return CANNOT_EXECUTE, f"{program}: {error.strerror}"
