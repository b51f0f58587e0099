"""One process at a time: a lock that is waited for, but not for ever, and whose holder is named.

Who holds a lock of ours needs milliseconds; one that is stopped in the middle (Ctrl+Z, a debugger) would keep every
other process from starting, without a word.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from codex_core.protocol.errors import CodexError

PATIENCE_S = 10.0
_LOOK_AGAIN_S = 0.02


class LockHeld(CodexError):
    """Another process does not give the lock free."""


def lock(descriptor: int, path: Path) -> None:
    """Take the exclusive lock on an open file or folder; closing `descriptor` gives it free. Blocks.

    Raises:
        LockHeld: another process has held it all the time, and which.
        OSError: the file system has no locks.
    """
    patient_until = time.monotonic() + PATIENCE_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > patient_until:
                raise LockHeld(f"{path} is held by {_holder(descriptor)}") from None
            time.sleep(_LOOK_AGAIN_S)
        else:
            return


def _holder(descriptor: int) -> str:
    pid = _pid_of_holder(os.fstat(descriptor))
    if pid is None:
        return "another process, which does not give it free"
    state = _state_of(pid)
    if state in ("T", "t"):
        return f"process {pid}, which is stopped: let it go on (kill -CONT {pid}) or end it"
    return f"process {pid}, which does not give it free: end it if it hangs"


def _pid_of_holder(info: os.stat_result) -> int | None:
    """As the kernel lists it: `1: FLOCK  ADVISORY  WRITE 1234 08:02:5678 0 EOF`; devices in hexadecimal."""
    device = f"{os.major(info.st_dev):02x}:{os.minor(info.st_dev):02x}:{info.st_ino}"
    try:
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:  # not Linux
        return None
    for line in lines:
        match line.split():
            case [_, "FLOCK", _, _, pid, place, *_] if place == device and pid.isdecimal() and pid != "0":
                return int(pid)
            case _:
                pass
    return None


def _state_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0].decode()
    except (OSError, IndexError):
        return ""
