"""What a session needs of a store of file states. It knows neither how files are found nor where they are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Protocol

from codex_core.protocol import DiffBlock, FileDecision, FileFailure, RewindFile, TurnFile


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlan:
    now: str
    """The checkpoint taken for the plan: restoring it takes the restoration back."""
    files: tuple[RewindFile, ...]
    """Only paths that are not now as they were then."""
    native: object
    """What the store needs to carry it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesRestored:
    restored: tuple[str, ...]
    kept: tuple[str, ...]
    failed: tuple[FileFailure, ...]
    now: str | None
    """The files as they are now; None if that could not be recorded."""


class FileCheckpoints(Protocol):
    """The checkpoints of one workspace, taken for one session. They are told by ids.

    Every call raises CodexError if it cannot be done; its text is for the user. Nothing was changed then.
    """

    async def take(self) -> str:
        """Record the files as they are now. The same files have the same id. May be cancelled."""
        ...

    async def gaps(self, checkpoint: str) -> str:
        """What was there and is not covered, as a sentence for the user; empty if all is."""
        ...

    async def changes(self, one: str, other: str) -> tuple[TurnFile, ...]:
        """The files that differ from `one` to `other`."""
        ...

    async def plan(self, to: str, *, known: str, theirs: Set[str]) -> FilePlan:
        """What restoring `to` would do.

        Args:
            known: the files as they were last known; what is not now as it was then is a conflict.
            theirs: paths that somebody else changed before that: conflicts as well.
        """
        ...

    async def diff(self, plan: FilePlan) -> DiffBlock:
        """What the plan would change, of all files that may be restored."""
        ...

    async def diff_since(self, one: str, context_lines: int) -> DiffBlock:
        """What has changed from `one` to now, files that were moved found again."""
        ...

    async def restore(self, plan: FilePlan, decisions: Mapping[str, FileDecision]) -> FilesRestored:
        """Carry it out, each file whole or not at all. When cancelled it is finished first."""
        ...

    async def share(self, checkpoints: Iterable[str]) -> None:
        """Keep these for this session, too, whoever took them."""
        ...
