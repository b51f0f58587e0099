"""The names of Landlock's file rights, LANDLOCK_ACCESS_FS_* of linux/landlock.h, and what we make of them."""

from __future__ import annotations

from typing import Final

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
MAKE_CHAR, MAKE_BLOCK = 1 << 6, 1 << 11
REFER, TRUNCATE, IOCTL_DEV, RESOLVE_UNIX = 1 << 13, 1 << 14, 1 << 15, 1 << 16

_FIRST: Final = (1 << 13) - 1
_LATER: Final = ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEV), (9, RESOLVE_UNIX))

READ: Final = EXECUTE | READ_FILE
LIST: Final = READ_DIR
WRITE: Final = (_FIRST | REFER | TRUNCATE | RESOLVE_UNIX) & ~(MAKE_CHAR | MAKE_BLOCK)
USE_DEVICE: Final = READ_FILE | WRITE_FILE | IOCTL_DEV

OF_A_FILE: Final = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV | RESOLVE_UNIX
"""The rights that a file which is no folder can be given; the kernel refuses a rule with any other."""


def rights_known_by(abi: int) -> int:
    """Return the file rights that Landlock of this ABI handles. A newer ABI than we know counts as the newest known."""
    return sum((rights for since, rights in _LATER if abi >= since), _FIRST)
