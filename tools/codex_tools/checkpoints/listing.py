"""A workspace as it was last seen: what was at each path, and by what it is recognised without reading it again."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from codex_tools.checkpoints.states import FolderState, NotCovered, PathState

Stamp: TypeAlias = tuple[int, int, int, int, int]
"""Mode, size, time of modification, time of change (both in ns), inode. Only the kernel sets the time of change."""

_TICK_NS = 100_000_000
"""Times of files come from a clock that advances in steps of up to 10 ms. Ten times that, for good measure."""
_COARSE_NS = 2_500_000_000
"""For file systems that keep whole seconds, or two."""


class Seen(NamedTuple):
    state: PathState
    stamp: Stamp | None = None
    is_settled: bool = False
    """The same stamp means the same content: it was old enough when the content was read. Whatever was written in the
    same tick of the clock, before and after, has the same times."""


@dataclass(slots=True)
class Listing:
    """One folder."""

    mode: int
    seen: dict[str, Seen] = field(default_factory=dict[str, Seen])
    """All entries but folders that are covered."""
    folders: dict[str, Listing] = field(default_factory=dict[str, "Listing"])
    digest: str = ""

    @property
    def state(self) -> FolderState:
        return FolderState(self.mode, self.digest)

    def entries(self) -> dict[str, PathState]:
        states = {name: seen.state for name, seen in self.seen.items()}
        for name, folder in self.folders.items():
            states[name] = folder.state
        return states

    def covers(self, name: str) -> bool:
        seen = self.seen.get(name)
        return name in self.folders if seen is None else not isinstance(seen.state, NotCovered)

    def find(self, path: str) -> Seen | None:
        """What was at `path`, relative to this folder; None if nothing, or a folder that is covered."""
        here: Listing | None = self
        *folders, name = path.split("/")
        for folder in folders:
            here = here.folders.get(folder) if here else None
        return here.seen.get(name) if here else None


def stamp_of(info: os.stat_result) -> Stamp:
    return (info.st_mode, info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino)


def is_settled(stamp: Stamp, read_at_ns: int) -> bool:
    """Whether a change after `read_at_ns` would show in the stamp."""
    _, _, modified_ns, changed_ns, _ = stamp
    margin_ns = _TICK_NS if changed_ns % 1_000_000 else _COARSE_NS
    return max(modified_ns, changed_ns) + margin_ns < read_at_ns
