"""Going back to an earlier turn: what there is to go back to, what that would do, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from codex_core.protocol.display import DiffBlock

RewindWhat: TypeAlias = Literal["conversation", "files", "both"]
FileVerdict: TypeAlias = Literal["restore", "conflict", "not_covered"]
"""`restore`: it is now as the agent left it. `conflict`: somebody else has changed it since; it stays unless the user
decides otherwise. `not_covered`: it stays in any case."""
FileDecision: TypeAlias = Literal["restore", "keep"]
FileDeed: TypeAlias = Literal["create", "change", "delete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFile:
    """A file that was not the same at the end of a turn, whoever changed it meanwhile."""

    path: str
    """Relative to the workspace; outside of it absolute."""
    kind: Literal["add", "update", "delete"]
    added: int | None = None
    """Lines, as far as edits tell; None if a command changed it."""
    removed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RewindTurn:
    """A turn that one can go back to: to before its prompt."""

    id: str
    """Of its prompt."""
    number: int
    """From 1; turns without a prompt have one, too."""
    prompt: str
    at: float
    """Seconds since 1970, UTC."""
    files: tuple[TurnFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RewindFile:
    """One path that is not now as it was then."""

    path: str
    verdict: FileVerdict
    does: FileDeed
    """What restoring does to it."""
    why: str = ""
    """Why it is not simply restored, in words."""

    def is_restored(self, decision: FileDecision | None) -> bool:
        """Whether it will be restored, if the user has decided so or (None) not decided."""
        match self.verdict:
            case "restore":
                return decision != "keep"
            case "conflict":
                return decision == "restore"
            case "not_covered":
                return False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFailure:
    """A file that should have been restored and is as it was."""

    path: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RewindPreview:
    """What a rewind would do; nothing is done."""

    to: str
    what: RewindWhat
    prompt: str
    """Of the turn; for a rewind that is taken back, what that was."""
    is_undo: bool
    items: int
    """How many items would not count any more."""
    files: tuple[RewindFile, ...]
    diff: DiffBlock
    """From the files as they are now to those of then."""
    problem: str = ""
    """Why no files can be restored, in words."""

    @property
    def conflicts(self) -> tuple[RewindFile, ...]:
        return tuple(file for file in self.files if file.verdict == "conflict")
