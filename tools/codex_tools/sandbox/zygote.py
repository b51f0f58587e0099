"""The fork server: started once, it has a supervised child ready for each command before there is one. Child side.

Who wants to start commands asks for supervisors, and gets the channel of each. On that channel it hands the command to
the supervisor, and talks to it directly; the zygote only reaps supervisors, and kills what one that was itself killed
has left behind.

Run as `python -I -S -c BOOT FD PATH...`: no site-packages, nothing from the environment or the working folder.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import sys
import time
from typing import Final

from codex_tools.sandbox import handover, kernel, process_tree
from codex_tools.sandbox.child_watch import ChildWatch
from codex_tools.sandbox.shared_network import SharedNetwork
from codex_tools.sandbox.supervisor import supervise_next
from codex_tools.sandbox.wire import Hello, Namespaces, pack

_OUTLAST_S: Final = 15.0
_KILL_FOR_S: Final = 5.0


def main() -> None:
    """Serve until the agent closes its end, or dies."""
    agent = socket.socket(fileno=int(sys.argv[1]))
    agent.set_inheritable(False)
    _reset_signals()
    kernel.adopt_orphans()
    hello = Hello(landlock_abi=kernel.landlock_abi(), machine=os.uname().machine)
    agent.sendall(pack(hello))
    gc.collect()
    gc.freeze()  # a collection in a forked child would copy every page
    _serve(agent, SharedNetwork.make())


def _reset_signals() -> None:
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _serve(agent: socket.socket, network: SharedNetwork | None) -> None:
    children = ChildWatch()
    poll = select.poll()
    poll.register(agent, select.POLLIN)
    poll.register(children, select.POLLIN)
    supervisors: set[int] = set()
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == children.fileno():
                children.drain()
                _reap(supervisors)
                continue
            wanted = handover.receive_request(agent)
            if wanted is None:
                _outlast(supervisors, children)
                return
            supervisors.add(_fork_supervisor(agent, wanted, children, network))


def _fork_supervisor(
    agent: socket.socket, namespaces: Namespaces, children: ChildWatch, network: SharedNetwork | None
) -> int:
    """Fork one, give the agent its channel, and return its pid."""
    channel, supervisors_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        try:
            children.forget()
            supervise_next(supervisors_end, namespaces, network)
        finally:
            os._exit(1)
    supervisors_end.close()
    with channel, contextlib.suppress(OSError):  # the agent may be gone: then the supervisor ends, and so do we
        handover.send_channel(agent, channel)
    return pid


def _outlast(supervisors: set[int], children: ChildWatch) -> None:
    """Stay until all supervisors, who see by themselves that the agent is gone, have cleaned up."""
    until = time.monotonic() + _OUTLAST_S
    while supervisors and (left := until - time.monotonic()) > 0:
        select.select([children], [], [], left)
        children.drain()
        _reap(supervisors)
    process_tree.kill_all(_KILL_FOR_S)


def _reap(supervisors: set[int]) -> None:
    """Reap who ended. A child that is no supervisor is the orphan of one that was killed, and is killed itself.

    Its own children then come to us, each with a SIGCHLD that leads here again.
    """
    with contextlib.suppress(ChildProcessError):
        while (pid := os.waitpid(-1, os.WNOHANG)[0]) != 0:
            supervisors.discard(pid)
    for orphan in set(process_tree.children(os.getpid())) - supervisors:
        process_tree.signal_all(orphan, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(orphan, signal.SIGKILL)
