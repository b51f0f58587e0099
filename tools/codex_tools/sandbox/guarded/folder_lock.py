"""Locks on folders that a command can open too, and so hold for ever. Child side."""

from __future__ import annotations

import fcntl
import time
from typing import Final

_WAIT_S: Final = 0.2
_LOOK_EVERY_S: Final = 0.01


def share(folder_fd: int) -> bool:
    """Take a shared lock; False if somebody does not let go of an exclusive one."""
    until = time.monotonic() + _WAIT_S
    while True:
        try:
            fcntl.flock(folder_fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(_LOOK_EVERY_S)
        else:
            return True


def is_alone(folder_fd: int) -> bool:
    """Whether nobody else shares the lock that `share` has taken; then nobody can until the descriptor is closed."""
    try:
        fcntl.flock(folder_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
