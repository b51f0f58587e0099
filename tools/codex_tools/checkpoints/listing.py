"""A workspace as it was last seen: by what files are recognised without being read again.

It is kept for as long as a session lasts, so it holds no states: those of a file that is as it was are in the store.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from codex_tools.checkpoints.states import FolderState, NotCovered, PathState

Stamp: TypeAlias = bytes
"""Mode, size, time of modification, time of change, inode. Only the kernel sets the time of change."""

_STAMP = struct.Struct("=IQQQQ")
_64_BITS = (1 << 64) - 1
"""Times may be negative, or further away than fits."""
_TICK_NS = 100_000_000
"""Times of files come from a clock that advances in steps of up to 10 ms. Ten times that, for good measure."""
_COARSE_NS = 2_500_000_000
"""For file systems that keep whole seconds, or two."""


class Seen(NamedTuple):
    state: PathState
    stamp: Stamp | None = None
    """None if nothing is recognised by it."""
    is_settled: bool = False
    """The same stamp means the same content: it was old enough when the content was read. Whatever was written in the
    same tick of the clock, before and after, has the same times."""


@dataclass(slots=True)
class Listing:
    """One folder."""

    mode: int
    settled: dict[str, Stamp] = field(default_factory=dict[str, Stamp])
    """Files and links that are covered and will be recognised."""
    others: dict[str, Seen] = field(default_factory=dict[str, Seen])
    """All other entries, but folders that are covered."""
    folders: dict[str, Listing] = field(default_factory=dict[str, "Listing"])
    digest: str = ""

    @property
    def state(self) -> FolderState:
        return FolderState(self.mode, self.digest)

    def covers(self, name: str) -> bool:
        if name in self.settled or name in self.folders:
            return True
        other = self.others.get(name)
        return other is not None and not isinstance(other.state, NotCovered)

    def covered_paths(self, prefix: str = "") -> Iterator[str]:
        """Files, links and folders, at any depth."""
        for name in (*self.settled, *self.others, *self.folders):
            if self.covers(name):
                yield prefix + name
        for name, folder in self.folders.items():
            yield from folder.covered_paths(f"{prefix}{name}/")

    def stamp_at(self, path: str) -> Stamp | None:
        """Of a file or link at `path`, relative to this folder."""
        here = self
        *folders, name = path.split("/")
        for folder in folders:
            if folder not in here.folders:
                return None
            here = here.folders[folder]
        other = here.others.get(name)
        return here.settled.get(name) if other is None else other.stamp


def stamp_of(info: os.stat_result) -> Stamp:
    return _STAMP.pack(
        info.st_mode,
        info.st_size,
        info.st_mtime_ns & _64_BITS,
        info.st_ctime_ns & _64_BITS,
        info.st_ino & _64_BITS,
    )


def is_settled(modified_ns: int, changed_ns: int, read_at_ns: int) -> bool:
    """Whether a change after `read_at_ns` would show in these times of a file."""
    margin_ns = _TICK_NS if changed_ns % 1_000_000 else _COARSE_NS
    return max(modified_ns, changed_ns) + margin_ns < read_at_ns
