"""What restoring a checkpoint would do to each path, before anything is done. Pure but for reading the store.

A path is restored without a question only if it is now as it was known last: what differs is the user's own edit, and
theirs to decide on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Literal, NewType, TypeAlias

from codex_tools.checkpoints.compare import Difference, differences, state_at
from codex_tools.checkpoints.errors import ObjectDamaged
from codex_tools.checkpoints.states import IN_WORDS, FileState, FolderState, NotCovered, PathState, is_same
from codex_tools.checkpoints.store import ObjectStore

_SPECIAL = "a pipe, a socket or a device, and may be in use"
_HELD = "it holds what stays"

CheckpointId = NewType("CheckpointId", str)
"""The digest of all that is covered, in hexadecimal: the same files have the same id."""

Decision: TypeAlias = Literal["restore", "keep"]
Verdict: TypeAlias = Literal["restore", "conflict", "not_covered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPath:
    """One path that is not now as it was then. Paths that are the same have none."""

    path: str
    """Relative to the workspace."""
    verdict: Verdict
    """`restore`: it is now as it was known last, and will be put back. `conflict`: it is not; it stays unless decided
    otherwise. `not_covered`: it stays, whatever is decided."""
    to: PathState | None
    """None: it did not exist then; it will be deleted."""
    now: PathState | None
    why: str = ""
    """Why it is not simply restored, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePlan:
    to: CheckpointId
    now: CheckpointId
    """The checkpoint taken for the plan."""
    paths: tuple[PlannedPath, ...]
    """A folder before what is in it."""

    def of(self, verdict: Verdict) -> tuple[PlannedPath, ...]:
        return tuple(path for path in self.paths if path.verdict == verdict)


Forbids: TypeAlias = Callable[[str], str]
"""Why a path may not be written, in words; empty if it may."""


def planned_paths(
    store: ObjectStore, to: FolderState, known: FolderState | None, now: FolderState, forbids: Forbids
) -> tuple[PlannedPath, ...]:
    """Raises:
    ObjectDamaged: a folder of a checkpoint cannot be read.
    """
    return _with_their_folders(tuple(_planned(store, to, known, now, forbids)))


def _with_their_folders(paths: tuple[PlannedPath, ...]) -> tuple[PlannedPath, ...]:
    """A folder in which something stays in any case stays, too."""
    held: set[str] = set()
    for each in paths:
        if each.verdict == "not_covered":
            held.update(str(above) for above in PurePosixPath(each.path).parents)
    return tuple(
        replace(each, verdict="not_covered", why=_HELD)
        if each.path in held and each.to is None and each.verdict == "restore"
        else each
        for each in paths
    )


def _planned(
    store: ObjectStore, to: FolderState, known: FolderState | None, now: FolderState, forbids: Forbids
) -> Iterator[PlannedPath]:
    for difference in differences(store, to, now):
        path, then, present = difference
        if _goes_without_saying(difference):
            continue
        verdict, why = _judge(difference, forbids)
        if verdict == "restore" and (why := _why_unreadable(store, then, present)):
            verdict = "not_covered"
        if verdict == "restore" and (known is None or not is_same(state_at(store, known, path), present)):
            verdict, why = "conflict", "it was changed by somebody else"
        yield PlannedPath(path=path, verdict=verdict, to=then, now=present, why=why)


def _goes_without_saying(difference: Difference) -> bool:
    """What git ignores and what is hidden comes, goes and stays. That a repository is gone is worth a word."""
    match difference:
        case (_, None, NotCovered(reason="ignored" | "git" | "hidden")):
            return True
        case (_, NotCovered(reason="ignored" | "hidden"), None | NotCovered()):
            return True
        case _:
            return False


def _judge(difference: Difference, forbids: Forbids) -> tuple[Verdict, str]:
    path, then, present = difference
    if isinstance(then, NotCovered):
        return "not_covered", f"what it was is not recorded: {IN_WORDS[then.reason]}"
    if why := forbids(path):
        return "not_covered", why
    if isinstance(present, NotCovered) and present.reason == "special":
        # There is nothing in it that could be lost; but it may be in use, so it only makes room for what was there.
        return ("restore", "") if then is not None else ("not_covered", _SPECIAL)
    if isinstance(present, NotCovered):
        words = f"what it is now is not recorded, and could not be brought back: {IN_WORDS[present.reason]}"
        is_file = not present.is_folder and present.reason in ("too-large", "late", "unreadable")
        return ("conflict" if is_file else "not_covered"), words
    return "restore", ""


def _why_unreadable(store: ObjectStore, then: PathState | None, present: PathState | None) -> str:
    if not isinstance(then, FileState) or (isinstance(present, FileState) and present.digest == then.digest):
        return ""
    try:
        store.read(then.digest)
    except ObjectDamaged as error:
        return str(error)
    return ""
