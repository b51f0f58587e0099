"""How much memory the processes of a command hold, what they hold by descriptors only included. Child side."""

# pathlib costs every child milliseconds, and knows no directory descriptors.
# ruff: noqa: PTH116, PTH208

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Sequence
from typing import Final

from codex_tools.sandbox.process_tree import read

_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_LOOKED_FOR_FROM_BYTES: Final = 32 << 20
"""By how much the shared memory of the system has to grow before it is looked for whose it is."""
_BLOCK_BYTES: Final = 512


class TreeMemory:
    """Of the processes that are started after this was made."""

    def __init__(self) -> None:
        self._shared_before = _shared_of_system()

    def bytes(self, pids: Iterable[int], limit_bytes: int) -> int:
        """Return how much the processes hold together.

        Pages that they share are counted once where it matters, that is if the quick sum is over the limit.
        """
        listed = list(pids)
        in_files = 0
        if _shared_of_system() - self._shared_before > min(_LOOKED_FOR_FROM_BYTES, limit_bytes // 4):
            in_files = _in_memory_files(listed)
        quick = in_files + sum(_resident_bytes(pid) for pid in listed)
        if quick <= limit_bytes:
            return quick
        # What is mapped of such a file is in both; the larger of the two is surely held.
        return max(in_files, sum(_proportional_bytes(pid) for pid in listed))


def _shared_of_system() -> int:
    """What all memory files, temporary file systems and shared segments of the system take: one cheap read."""
    for line in read("/proc/meminfo").splitlines():
        if line.startswith(b"Shmem:"):
            return int(line.split()[1]) * 1024
    return 0


def _in_memory_files(pids: Sequence[int]) -> int:
    """What the files of memfd_create(2) hold that these processes have open."""
    sizes: dict[tuple[int, int], int] = {}
    for pid in pids:
        with contextlib.suppress(OSError):  # gone
            for descriptor in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    link = f"/proc/{pid}/fd/{descriptor}"
                    if os.readlink(link).startswith("/memfd:"):  # noqa: PTH115
                        status = os.stat(link)
                        sizes[status.st_dev, status.st_ino] = status.st_blocks * _BLOCK_BYTES
    return sum(sizes.values())


def _resident_bytes(pid: int) -> int:
    try:
        return int(read(f"/proc/{pid}/statm").split()[1]) * _PAGE_BYTES
    except (OSError, IndexError):
        return 0


def _proportional_bytes(pid: int) -> int:
    try:
        rollup = read(f"/proc/{pid}/smaps_rollup")
    except OSError:  # gone, or a kernel without it
        return _resident_bytes(pid)
    lines = (line for line in rollup.splitlines() if line.startswith((b"Pss:", b"SwapPss:")))
    return sum(int(line.split()[1]) * 1024 for line in lines)
