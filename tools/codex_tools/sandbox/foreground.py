"""Runs one confined command in the place of this process: its stdin and stdout, its signals, its exit. Child side.

For `codex-py sandbox` and for MCP servers. This process only waits and passes signals on; a supervisor in a session
of its own does the rest, so that killing this process, or its whole group, ends everything too.
"""

# pathlib costs every child milliseconds, and knows no directory descriptors.
# ruff: noqa: PTH123

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import sys
from typing import Final, NoReturn, cast

from codex_tools.sandbox import confine, kernel, process_tree
from codex_tools.sandbox.landlock.ruleset import make_ruleset
from codex_tools.sandbox.limited_output import LimitedOutput
from codex_tools.sandbox.supervisor import supervise
from codex_tools.sandbox.wire import (
    ENDING_LIMIT_BYTES,
    KILL,
    SIGNAL,
    STARTED,
    Ending,
    ForegroundLaunch,
    control_pair,
    killed,
    not_started,
    unpack,
)

PASSED_BOUND: Final = 124

_KILL_FOR_S: Final = 5.0

_PASSED_ON: Final = frozenset(
    {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH}
)
_WATCHED: Final = _PASSED_ON | {signal.SIGCHLD}
_FROM_KERNEL: Final = 0x80  # SI_KERNEL: typed at the terminal, which has told its whole foreground group

_REASONS: Final = {
    "timeout": "the time limit was reached",
    "memory": "the memory limit was passed",
    "processes": "the limit of processes was passed",
    "output": "the output limit was passed",
    "cancel": "it was cancelled",
}


def main() -> None:
    """Entry of the helper process: `python -I -S -c BOOT FILE PATH...`; FILE holds the marshalled request."""
    kernel.die_with_parent()  # an MCP host that is killed must leave no server behind, however stubborn
    with open(sys.argv[1], "rb") as file:
        request = cast(ForegroundLaunch, unpack(file.read()))
    leave(run(request))


def has_terminal() -> bool:
    """Whether this process belongs to a terminal, and so the command must stay in its group for job control."""
    try:
        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    os.close(descriptor)
    return True


def run(request: ForegroundLaunch, *, max_output_bytes: int | None = None) -> Ending:
    """Run the command to its end. Closes this process's stdin and stdout; call from a process with one thread.

    A command that prints more than `max_output_bytes` is ended; without it, it has stdout and stderr to itself.
    """
    launch = request["launch"]
    try:
        ruleset_fd = make_ruleset(request["file_rules"], kernel.landlock_abi()) if launch["confinement"] else -1
    except OSError as error:
        return not_started(str(error))
    _open_standard_streams()
    kernel.adopt_orphans()  # those of a supervisor that is killed
    signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    control, supervisor_end = control_pair()

    def kill() -> None:
        with contextlib.suppress(OSError):
            control.send(KILL)

    output = LimitedOutput(max_output_bytes, kill) if max_output_bytes is not None else None
    pid = os.fork()
    if pid == 0:
        control.close()
        if output is not None:
            output.put_in_place()
        supervise(launch, ruleset_fd, supervisor_end)
    supervisor_end.close()
    if output is not None:
        output.start()
    # A pipe into or out of the command shall end with the command, not with us.
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    os.dup2(null, 0)
    os.dup2(null, 1)
    _wait(pid, control, passes_on_typed=launch["own_session"])
    ending = _read_ending(control)
    if output is not None:
        output.finish()
        if output.is_passed:
            ending["ended_by"] = "output"
    return ending


def _open_standard_streams() -> None:
    """What was started with a closed stdin or stdout would get some other file in its place."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)


def _wait(pid: int, control: socket.socket, *, passes_on_typed: bool) -> None:
    """Wait for the supervisor, and pass on what signals come meanwhile."""
    while True:
        received = signal.sigwaitinfo(_WATCHED)
        if received.si_signo == signal.SIGCHLD:
            if os.waitpid(pid, os.WNOHANG)[0] == pid:
                return
        elif passes_on_typed or received.si_code != _FROM_KERNEL:
            with contextlib.suppress(OSError):
                control.send(SIGNAL + bytes((received.si_signo,)))


def _read_ending(control: socket.socket) -> Ending:
    message = control.recv(ENDING_LIMIT_BYTES)
    if message == STARTED:
        message = control.recv(ENDING_LIMIT_BYTES)
    if message:
        return cast(Ending, unpack(message))
    process_tree.kill_all(_KILL_FOR_S)
    return killed()


def leave(ending: Ending) -> NoReturn:
    """End this process as the command ended: with its exit code, or by the signal that it died of."""
    for path in ending["put_back"]:
        _tell(f"{path} is protected; what the command changed there was undone")
    status = ending["wait_status"]
    if ending["failure"] or status is None:
        _tell(f"could not confine the command, nothing was run: {ending['failure']}")
        os._exit(confine.COULD_NOT_CONFINE)
    if ending["ended_by"] != "exit":
        _tell(f"{_REASONS[ending['ended_by']]}, the command was ended")
        os._exit(PASSED_BOUND)
    if os.WIFSIGNALED(status):
        _die_of(os.WTERMSIG(status))
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _tell(text: str) -> None:
    os.write(2, f"codex-py: {text}\n".encode(errors="surrogateescape"))


def _die_of(number: int) -> NoReturn:
    # Whoever waits for us must see what it would see of the command itself: a shell's loop stops at Ctrl+C only so.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, ValueError):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.kill(os.getpid(), number)
    os._exit(128 + number)
