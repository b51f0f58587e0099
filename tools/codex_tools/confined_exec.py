"""Becomes another program, that can read what a Landlock ruleset lets it, and no more.

Run as `python -I -S confined_exec.py RULESET_FD PROGRAM ARGUMENT...`; it must be up in milliseconds.
"""

from __future__ import annotations

import ctypes
import os
import sys

COULD_NOT_CONFINE = 125
_PR_SET_NO_NEW_PRIVS = 38
_LANDLOCK_RESTRICT_SELF = 446  # the same on every machine


def main() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    ruleset_fd = int(sys.argv[1])
    one, nothing = ctypes.c_ulong(1), ctypes.c_ulong(0)
    if libc.prctl(ctypes.c_int(_PR_SET_NO_NEW_PRIVS), one, nothing, nothing, nothing) or libc.syscall(
        ctypes.c_long(_LANDLOCK_RESTRICT_SELF), ctypes.c_int(ruleset_fd), ctypes.c_uint32(0)
    ):
        sys.exit(COULD_NOT_CONFINE)
    os.close(ruleset_fd)
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 (no shell)


if __name__ == "__main__":
    main()
