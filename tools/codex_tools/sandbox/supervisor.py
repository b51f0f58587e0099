"""The parent of one command: starts it, bounds it, and sees to it that nothing of it is left. Child side.

It lives in a session of its own, adopts every orphan below it, and is not confined, so the command can neither
signal nor outlive it. It ends the whole tree when the command ends, when a bound is passed, when it is told to, and
when whoever asked for the command is gone: the control socket then reads as closed.
"""

# pathlib costs every child milliseconds, and knows no directory descriptors.
# ruff: noqa: PTH106

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from typing import Final, NoReturn, cast

from codex_tools.sandbox import confine, handover, kernel, placeholders, process_tree, rehearsal
from codex_tools.sandbox.child_watch import ChildWatch
from codex_tools.sandbox.guarded import nested
from codex_tools.sandbox.guarded.common_folder import CommonFolders
from codex_tools.sandbox.guarded.guard import Guard
from codex_tools.sandbox.guarded.instructions import KeptInstructions
from codex_tools.sandbox.guarded.journal import Journal, Unfinished
from codex_tools.sandbox.shared_network import SharedNetwork
from codex_tools.sandbox.tree_memory import TreeMemory
from codex_tools.sandbox.wire import (
    GO,
    KILL,
    SIGNAL,
    STARTED,
    TERMINATE,
    EndedBy,
    Ending,
    Launch,
    Namespaces,
    namespaces_of,
    not_started,
    pack,
    unpack,
)

_MEASURE_EVERY_S: Final = 0.2
_GROWTH_BYTES_PER_S: Final = 8 << 30
"""So fast a command may fill memory, at the most."""
_COUNT_EVERY_S: Final = 0.02
"""Root is not held by RLIMIT_NPROC: a fork bomb has to be seen before it has grown."""
_LEFTOVER_GRACE_S: Final = 0.2
"""For what the command left running: time to remove its lock files."""
_KILL_EVERY_S: Final = 0.002
_KILL_FOR_S: Final = 10.0
"""A process that does not die in this time hangs in the kernel, and is left to it."""
_READ_BYTES: Final = 4096
_PUT_BACK_TOLD: Final = 8
"""Paths can have 4 kB each, and the report is one message."""


def supervise_next(channel: socket.socket, namespaces: Namespaces, network: SharedNetwork | None) -> NoReturn:
    """Prepare everything, wait for a command on `channel`, and supervise it. Call in a fresh child only.

    The command must have these `namespaces`, and a session of its own.
    """
    kernel.close_all_but((channel.fileno(), *(network.descriptors() if network is not None else ())))
    supervisor = _Supervisor(namespaces, network)
    supervisor.prepare(own_session=True)
    rehearsal.of_supervisor()
    handed = handover.receive(channel)
    if handed is None:
        os._exit(0)  # and the waiting child with us
    channel.close()
    _supervise(supervisor, handed)


def supervise(launch: Launch, ruleset_fd: int, control: socket.socket) -> NoReturn:
    """Run a command with this process's stdin, stdout and stderr. Call in a fresh child only."""
    kernel.close_all_but((control.fileno(), ruleset_fd))
    supervisor = _Supervisor(namespaces_of(launch), None)
    supervisor.prepare(own_session=launch["own_session"])
    handed = handover.Handover(handover.memory_file(pack(launch)), (0, 1, 2), ruleset_fd, control.detach())
    _supervise(supervisor, handed)


def _supervise(supervisor: _Supervisor, handed: handover.Handover) -> NoReturn:
    """Run the command to its end, report an `Ending` on the control socket, and exit."""
    control = socket.socket(fileno=handed.control_fd)
    try:
        ending = supervisor.run(handed, control)
    except BaseException as error:  # the border of the process: the agent must hear of it
        supervisor.kill_tree()
        ending = not_started(f"{type(error).__name__}: {error}")
    with contextlib.suppress(OSError):  # nobody may be left to tell
        control.sendall(pack(ending))
    os._exit(0)


class _Supervisor:
    """Of one command. Its process is forked before there is one, so that this takes no time when there is."""

    def __init__(self, namespaces: Namespaces, network: SharedNetwork | None) -> None:
        self._namespaces: Namespaces = namespaces
        self._network = network
        self._children = ChildWatch()
        self._poll = select.poll()
        self._channel, self._commands_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._command = 0
        self._status: int | None = None
        """Of the command, as soon as it is reaped."""
        self._has_own_session = False
        self._failure_fd = -1
        self._is_urgent = False
        """No grace: whoever asked is gone, or wants it over at once."""
        self._deadline = float("inf")
        self._next_measure = 0.0
        self._poll_every_s = _COUNT_EVERY_S if os.geteuid() == 0 else _MEASURE_EVERY_S

    def prepare(self, *, own_session: bool) -> None:
        """Fork the process that will be the command."""
        self._has_own_session = own_session
        kernel.adopt_orphans()
        own_pid = os.getpid()
        self._failure_fd, write_fd = os.pipe()
        self._command = os.fork()
        if self._command == 0:
            self._children.forget()
            confine.wait_and_become(
                self._commands_end,
                failure_fd=write_fd,
                parent=own_pid,
                own_session=own_session,
                namespaces=self._namespaces,
                network=self._network,
            )
        os.close(write_fd)
        self._commands_end.close()
        os.set_blocking(self._failure_fd, False)
        # After the fork, so that the command may stay in the terminal's session.
        with contextlib.suppress(PermissionError):  # already a leader
            os.setsid()

    def run(self, handed: handover.Handover, control: socket.socket) -> Ending:
        """Start the command, wait for its end, end what is left of it, and put protected files back."""
        launch = cast(Launch, unpack(handover.read_whole(handed.launch_fd)))
        self._control = control
        self._bounds = launch["bounds"]
        self._threads_before = process_tree.threads_of_system()
        self._memory = TreeMemory()
        view = launch["confinement"]["view"] if launch["confinement"] is not None else None
        in_use = placeholders.InUse(view["temp"] if view is not None else None)
        is_held = view is not None
        common = CommonFolders(*((launch["guarded_roots"], launch["guarded_git"]) if is_held else ((), ())))
        self._hand_over(handed)
        guard = Guard.take(
            launch["guarded_roots"], launch["guarded_files"], launch["guarded_git"], launch["guarded_exactly"]
        )
        instructions = KeptInstructions(launch["instructions"])
        started_at = launch["since"] or time.time()
        journal = Journal(launch["journals"], _unfinished(launch, guard, started_at)) if launch["journals"] else None
        control.send(STARTED)
        self._let_go()
        reason = self._wait_for_end()
        self._end_tree(reason)
        failure = self._read_failure()
        unsearched: list[str] = []
        put_back = _undone(guard.put_back, instructions.put_back, lambda: _clean_new(launch, started_at, unsearched))
        common.release()
        in_use.release()
        if journal is not None:
            journal.remove()
        for folder in launch["remove_after"]:
            _remove_folder(folder)
        return {
            "wait_status": self._status,
            "ended_by": reason,
            "failure": failure.decode(errors="replace"),
            "is_lost": False,
            "put_back": put_back[:_PUT_BACK_TOLD],
            "unsearched": unsearched[:_PUT_BACK_TOLD],
        }

    def _hand_over(self, handed: handover.Handover) -> None:
        """Let the command confine itself: that goes on beside what is to be read before it may do anything."""
        with contextlib.suppress(ConnectionError):  # nobody waits who could not be confined: the pipe says why
            handed._replace(control_fd=-1).send(self._channel)
        # The command's input and output end with the command, not with us.
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        for standard in range(3):
            os.dup2(null, standard)
        for descriptor in {handed.launch_fd, handed.ruleset_fd, null, *handed.standard} - {-1, 0, 1, 2}:
            os.close(descriptor)

    def _let_go(self) -> None:
        """Let the command begin."""
        with contextlib.suppress(ConnectionError):
            self._channel.send(GO)
        self._channel.close()
        for descriptor in (self._children.fileno(), self._control.fileno(), self._failure_fd):
            self._poll.register(descriptor, select.POLLIN)
        now = time.monotonic()
        self._next_measure = now + _COUNT_EVERY_S
        if (wall_s := self._bounds["wall_s"]) is not None:
            self._deadline = now + wall_s

    def _wait_for_end(self) -> EndedBy:
        while True:
            if self._has_ended():
                return "exit"
            now = time.monotonic()
            if now >= self._deadline:
                return "timeout"
            if (passed := self._passed_bound(now)) is not None:
                return passed
            if self._pause(min(self._poll_every_s, self._next_measure - now, self._deadline - now)):
                return "cancel"

    def _pause(self, seconds: float) -> bool:
        """Wait for something to happen; say whether the command is to be ended."""
        is_to_end = False
        for descriptor, _ in self._poll.poll(max(0, int(seconds * 1000)) + 1):
            if descriptor == self._children.fileno():
                self._children.drain()
            elif descriptor == self._failure_fd:
                self._poll.unregister(descriptor)  # it started, or said why not; read at the end
            else:
                is_to_end |= self._obey(self._read_requests())
        return is_to_end

    def _read_requests(self) -> bytes:
        """Return what was asked; nothing if nobody is there any more."""
        try:
            return self._control.recv(_READ_BYTES)
        except ConnectionError:  # the other end died before it had read what we told it
            return b""

    def _obey(self, requests: bytes) -> bool:
        """Do what came on the control socket; say whether the command is to be ended."""
        if not requests:
            self._is_urgent = True
            self._poll.unregister(self._control)
            return True
        while requests:
            if requests[:1] in (TERMINATE, KILL):
                self._is_urgent |= requests[:1] == KILL
                return True
            if requests[:1] == SIGNAL and len(requests) > 1:
                with contextlib.suppress(OSError):
                    os.kill(self._target(), requests[1])
            requests = requests[2:]
        return False

    def _target(self) -> int:
        """The process that is the command; in namespaces of its own two others wait for it."""
        pid = self._command
        for _ in range(0 if self._namespaces == "none" else 2):
            pid = next(iter(process_tree.children(pid)), pid)
        return pid

    def _has_ended(self) -> bool:
        """Whether the command is over. It stays a zombie, so that the number of its group remains its own."""
        while (info := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
            if info.si_pid == self._command:
                return True
            os.waitpid(info.si_pid, os.WNOHANG)
        return False

    def _passed_bound(self, now: float) -> EndedBy | None:
        grown = process_tree.threads_of_system() - self._threads_before
        if now < self._next_measure and grown <= self._bounds["processes"]:
            return None
        pids = process_tree.descendants(os.getpid())
        if len(pids) > self._bounds["processes"]:
            return "processes"
        limit = self._bounds["memory_bytes"]
        used = self._memory.bytes(pids, limit)
        # The nearer to the limit, the sooner again: nothing else bounds what one process takes.
        self._next_measure = now + min(_MEASURE_EVERY_S, max(_COUNT_EVERY_S, (limit - used) / _GROWTH_BYTES_PER_S))
        return "memory" if used > limit else None

    def _end_tree(self, reason: EndedBy) -> None:
        """End everything below us: gently, if there is reason to hope, then hard."""
        if reason == "exit" and process_tree.children(os.getpid()) == [self._command] and self._reap_all():
            return
        grace_s = {"exit": _LEFTOVER_GRACE_S, "timeout": self._bounds["grace_s"], "cancel": self._bounds["grace_s"]}
        until = time.monotonic() + (0.0 if self._is_urgent else grace_s.get(reason, 0.0))
        if time.monotonic() < until:
            self._signal(signal.SIGTERM)
            self._signal(signal.SIGCONT)
        while time.monotonic() < until and not self._is_urgent and self._is_anything_left():
            self._pause(_COUNT_EVERY_S)
        self.kill_tree()

    def kill_tree(self) -> None:
        """Kill everything below us, and return when it is gone, as `process_tree.kill_all` does."""
        until = time.monotonic() + _KILL_FOR_S
        while time.monotonic() < until:
            # As long as anything is found, the zombie of the command keeps its group for us: see `_signal`.
            if not self._signal(signal.SIGKILL) and self._reap_all():
                return
            time.sleep(_KILL_EVERY_S)

    def _signal(self, number: int) -> bool:
        """Signal all that still lives; say whether there was anything."""
        if self._has_own_session and self._status is None:
            with contextlib.suppress(OSError):  # at once, before a fork bomb can go on
                os.killpg(self._command, number)
        return bool(process_tree.signal_all(os.getpid(), number))

    def _reap_all(self) -> bool:
        """Reap whoever has ended, the command too; say whether nobody is left. The command's group is ours no more."""
        try:
            while (ended := os.waitpid(-1, os.WNOHANG))[0] != 0:
                if ended[0] == self._command:
                    self._status = ended[1]
        except ChildProcessError:
            return True
        return False

    def _is_anything_left(self) -> bool:
        for child in process_tree.children(os.getpid()):
            if child != self._command:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(child, os.WNOHANG)
        return process_tree.children(os.getpid()) != [self._command] or not self._has_ended()

    def _read_failure(self) -> bytes:
        """Return why the command was not started; nothing if it was."""
        try:
            return os.read(self._failure_fd, _READ_BYTES)
        except BlockingIOError:
            return b""


def _clean_new(launch: Launch, since: float, unsearched: list[str]) -> list[str]:
    cleaned = nested.clean_new(launch, since=since)
    unsearched += cleaned.unsearched
    return cleaned.changed


def _unfinished(launch: Launch, guard: Guard, since: float) -> Unfinished:
    is_held = launch["confinement"] is not None and launch["confinement"]["view"] is not None
    return {"guard": guard.to_plain(), "launched": nested.launched(launch), "since": since, "is_held": is_held}


def _undone(*steps: Callable[[], list[str]]) -> list[str]:
    """Do each step, whatever becomes of the others; return the paths that they changed."""
    told: list[str] = []
    for step in steps:
        try:
            told += step()
        except Exception as error:  # the command has run, and must not be told of as one that has not
            told.append(f"protected files ({type(error).__name__}: {error}; not all could be checked)")
    return told


def _remove_folder(folder: str) -> None:
    try:
        os.rmdir(folder)
    except OSError:
        import shutil  # deferred: most commands leave their private temp empty, and this costs 10 ms

        shutil.rmtree(folder, ignore_errors=True)
