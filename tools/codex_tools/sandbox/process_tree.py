"""The descendants of a process: finding and signalling them. Child side.

A signal reaches a process only if it still is a descendant when it is sent: numbers are used again.
"""

# pathlib costs every child milliseconds, and knows no directory descriptors.
# ruff: noqa: PTH208

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import Final

_SWEEP_EVERY_S: Final = 0.002
_HAS_CHILDREN_FILES: Final = os.access("/proc/thread-self/children", os.R_OK)  # CONFIG_PROC_CHILDREN


def descendants(root: int) -> list[int]:
    """Return the pids below `root`, parents before their children. Zombies count."""
    found: list[int] = []
    parents = [root]
    while parents:
        parents = [child for parent in parents for child in children(parent)]
        found += parents
    return found


def children(pid: int) -> list[int]:
    """Return the pids whose parent is any thread of `pid`; none if it is gone."""
    if not _HAS_CHILDREN_FILES:
        return _children_by_search(pid)
    found: list[int] = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return found
    for thread in threads:
        with contextlib.suppress(OSError):
            found += map(int, read(f"/proc/{pid}/task/{thread}/children").split())
    return found


def _children_by_search(pid: int) -> list[int]:
    found: list[int] = []
    for name in os.listdir("/proc"):
        if name.isdecimal():
            with contextlib.suppress(OSError):
                if _state_and_parent(int(name))[1] == pid:
                    found.append(int(name))
    return found


def signal_all(root: int, number: int) -> list[int]:
    """Signal every living descendant of `root`; return their pids."""
    signalled: list[int] = []
    parents = [root]
    while parents:
        below: list[int] = []
        for parent in parents:
            for child in children(parent):
                if _signal_child(child, parent, root, number):
                    signalled.append(child)
                below.append(child)
        parents = below
    return signalled


def _signal_child(pid: int, parent: int, root: int, number: int) -> bool:
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        # The handle is of whoever has the number now. A parent that ended has left its children to `root`.
        state, actual_parent = _state_and_parent(pid)
        if actual_parent not in (parent, root) or state in "ZX":
            return False
        signal.pidfd_send_signal(handle, number)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(handle)


def _state_and_parent(pid: int) -> tuple[str, int]:
    # The command's name, in parentheses, may itself hold parentheses and spaces.
    state, parent = read(f"/proc/{pid}/stat").rpartition(b")")[2].split()[:2]
    return state.decode(), int(parent)


def kill_all(limit_s: float) -> None:
    """Kill and reap everything below this process, which must adopt orphans; give up after `limit_s`.

    Whoever is looked for may just then pass from a dying parent to us, unseen in both places. So that nothing was
    found proves nothing; that there is nobody to wait for does.
    """
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        signal_all(os.getpid(), signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0] != 0:
                pass
        except ChildProcessError:
            return
        time.sleep(_SWEEP_EVERY_S)


def threads_of_system() -> int:
    """Return how many threads the kernel runs: one cheap read, to see a fork bomb coming."""
    return int(read("/proc/loadavg").split()[3].partition(b"/")[2])


def read(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        parts: list[bytes] = []
        while part := os.read(descriptor, 65536):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)
