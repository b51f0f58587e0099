"""Namespaces of its own for one command, and in them a view of the system that shows what it may see. Child side.

Landlock says who may open what; this decides what there is: other processes, the network, sockets and hidden files do
not exist in here, everything but a few folders is read-only to the last attribute, and the kernel itself ends all that
is left when the command has ended.

Three processes take part. The caller stays outside and waits; `init` is number one of the new process namespace and
reaps; the third one returns from `separate`, waits for its command, and becomes it.
"""

# pathlib costs every child milliseconds, and knows no directory descriptors.
# ruff: noqa: PTH123

from __future__ import annotations

import contextlib
import os
import resource
import signal
import stat
import struct
import time
from typing import Final, NoReturn

from codex_tools.sandbox import kernel, kernel_view, mounts
from codex_tools.sandbox.landlock.rights import LIST, READ, USE_DEVICE
from codex_tools.sandbox.shared_network import SharedNetwork
from codex_tools.sandbox.wire import View

_LEFTOVER_GRACE_S: Final = 0.2
_REAP_EVERY_S: Final = 0.005
_MEASURE_EVERY_S: Final = 0.1
_RESERVED_PIDS: Final = 300
"""The kernel keeps these for itself: RESERVED_PIDS of kernel/pid.c."""
_STATUS: Final = struct.Struct("=i")


def separate(*, own_network: bool, network: SharedNetwork | None) -> None:
    """Return in a process that is in new namespaces, and still sees the files of the host; the caller never comes back.

    `network` is what it enters instead of one of its own. This takes no command, and most of the time.

    Raises:
        OSError: the kernel refuses a part of it. Nothing may be run then, in whichever process it is raised.
    """
    _leave(network, own_network=own_network)
    kernel.die_with_parent()  # again: new credentials have cleared it
    read_fd, write_fd = os.pipe()
    parent = os.getpid()
    init = os.fork()
    if init:
        os.close(write_fd)
        _end_as_the_command(init, read_fd)
    os.close(read_fd)
    kernel.die_with_parent()
    if os.getppid() not in (0, parent):  # a parent outside this namespace reads as 0
        os._exit(1)
    if own_network and network is None:
        kernel_view.raise_loopback()
    command = os.fork()
    if command:
        _be_init(command, write_fd)
    os.close(write_fd)


def enter(view: View, *, cwd: str, ruleset_fd: int, outside: int) -> None:
    """Make this process, which must be a separate one, see `view` and nothing else, from the folder `cwd`.

    `outside` is the pid of a process of the host as /proc knows it. What is only in the view is added to the Landlock
    ruleset.

    Raises:
        OSError: the kernel refuses a part of it. Nothing may be run then.
    """
    mounts.show(view, [*mounts.bound_sockets(outside), *view["sockets"]])
    if ruleset_fd >= 0:
        kernel.allow_beneath(ruleset_fd, "/dev/pts", USE_DEVICE | LIST)
    mounts.show_processes(view["processes"] + _RESERVED_PIDS)
    if ruleset_fd >= 0:
        kernel.allow_beneath(ruleset_fd, "/proc", READ)
    os.chdir(cwd)  # the folder as it is in this view, not as it was before
    _take_own_null()


def _take_own_null() -> None:
    """Where stdin is the null device of everybody, have that of the view: root could change the mode of the other."""
    own = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    null = os.fstat(own).st_rdev
    for standard in range(3):
        status = os.fstat(standard)
        if stat.S_ISCHR(status.st_mode) and status.st_rdev == null:
            os.dup2(own, standard)
    os.close(own)


def problem(view: View, *, cwd: str) -> str:
    """Return why `view` cannot be had here, found by trying in a child; nothing if it can."""
    read_fd, write_fd = os.pipe()
    outside = os.getpid()
    child = os.fork()
    if child == 0:
        reason = ""
        try:
            separate(own_network=view["own_network"], network=None)
            enter(view, cwd=cwd, ruleset_fd=-1, outside=outside)
        except BaseException as error:  # the border of the process
            reason = str(error) or type(error).__name__
        os.write(write_fd, reason.encode(errors="replace")[:4000])
        os._exit(0)
    os.close(write_fd)
    with open(read_fd, encoding="utf-8", errors="replace") as told:
        reason = told.read()
    _, status = os.waitpid(child, 0)
    return reason or ("" if status == 0 else f"the process that tries it ends with {status}")


def _leave(network: SharedNetwork | None, *, own_network: bool) -> None:
    """Leave the namespaces of the agent for new ones, and for the session's network if there is one."""
    own = kernel_view.NEW_MOUNTS | kernel_view.NEW_PROCESSES | kernel_view.NEW_IPC | kernel_view.NEW_NAMES
    if own_network and network is not None:
        network.join()
        kernel_view.unshare(own)
    else:
        kernel_view.unshare_as_anybody(own | (kernel_view.NEW_NETWORK if own_network else 0))


def _block_signals() -> None:
    """What is sent to the whole group is for the command; these two stay until it has ended."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


def _let_go_of_streams() -> None:
    """The command's input and output end with the command, not with those who wait for it.

    What stands in for them has no name: the command is making the devices of its view meanwhile, and for a moment
    there is no /dev/null.
    """
    nothing, other_end = os.pipe()
    for standard in range(3):
        os.dup2(nothing, standard)
    os.close(nothing)
    os.close(other_end)


def _end_as_the_command(init: int, read_fd: int) -> NoReturn:
    """Wait until the namespace is empty, and end this process with the wait status of the command."""
    _block_signals()
    _let_go_of_streams()
    _, status = os.waitpid(init, 0)
    told = os.read(read_fd, _STATUS.size)
    if len(told) == _STATUS.size:
        (status,) = _STATUS.unpack(told)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _be_init(command: int, write_fd: int) -> NoReturn:
    """Reap until the command has ended, let what it left running clean up for a moment, and end: so all ends."""
    _block_signals()
    _let_go_of_streams()
    # Nobody but a process in here can see what SysV segments take; the kernel bounds them only for a root.
    is_to_measure = os.geteuid() != 0
    while (ended := os.waitpid(-1, os.WNOHANG if is_to_measure else 0))[0] != command:
        if ended[0] == 0:
            signal.sigtimedwait((signal.SIGCHLD,), _MEASURE_EVERY_S)
            if mounts.shared_segments_bytes() > mounts.MOST_SHARED_BYTES:
                os.kill(-1, signal.SIGKILL)
    if not _is_empty():
        os.kill(-1, signal.SIGTERM)
        os.kill(-1, signal.SIGCONT)
        until = time.monotonic() + _LEFTOVER_GRACE_S
        while time.monotonic() < until and not _is_empty():
            time.sleep(_REAP_EVERY_S)
    os.write(write_fd, _STATUS.pack(ended[1]))
    os._exit(0)


def _is_empty() -> bool:
    """Whether nobody but this process is left. Whoever has lost its parent is a child of ours."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return True
    return False
