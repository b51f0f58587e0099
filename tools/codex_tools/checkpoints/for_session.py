"""The checkpoints of a workspace as a session uses them: `codex_core.session.file_checkpoints` over the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from typing import assert_never, cast

from codex_core.protocol import DiffBlock, FileDecision, FileDeed, FileFailure, RewindFile, TurnFile
from codex_core.session.file_checkpoints import FilePlan, FilesRestored
from codex_tools.checkpoints.compare import PathChange
from codex_tools.checkpoints.limits import CheckpointLimits
from codex_tools.checkpoints.plan import CheckpointId, PlannedPath, RestorePlan
from codex_tools.checkpoints.states import IN_WORDS
from codex_tools.checkpoints.workspace_checkpoints import Checkpoints
from codex_tools.workspace import printable

LIMITS = CheckpointLimits(reading_s=5.0, timeout_s=30.0)
"""A call waits for its checkpoint: what could not be read in time is read before the next ones."""
_MOST_NAMED = 5
_SOMEBODY_ELSE = "it was changed by somebody else meanwhile"


class SessionCheckpoints:
    """Implements `codex_core.session.file_checkpoints.FileCheckpoints`."""

    def __init__(self, checkpoints: Checkpoints) -> None:
        self._checkpoints = checkpoints

    async def take(self) -> str:
        return await self._checkpoints.take()

    async def gaps(self, checkpoint: str) -> str:
        found = await self._checkpoints.not_covered(CheckpointId(checkpoint))
        told = [
            "the rest of a folder as large as this" if path == "." else f"{printable(path)} ({IN_WORDS[state.reason]})"
            for path, state in sorted(found.items())
            if state.reason != "special"
        ]
        more = f" and {len(told) - _MOST_NAMED} more" if len(told) > _MOST_NAMED else ""
        return ", ".join(told[:_MOST_NAMED]) + more

    async def changes(self, one: str, other: str) -> tuple[TurnFile, ...]:
        found = await self._checkpoints.changes(CheckpointId(one), CheckpointId(other))
        return tuple(_turn_files(found))

    async def plan(self, to: str, *, known: str, theirs: Set[str]) -> FilePlan:
        native = await self._checkpoints.plan_restore(CheckpointId(to), known=CheckpointId(known))
        native = replace(native, paths=tuple(_judged(path, theirs) for path in native.paths))
        return FilePlan(now=native.now, files=tuple(map(_rewind_file, native.paths)), native=native)

    async def diff(self, plan: FilePlan) -> DiffBlock:
        native = cast(RestorePlan, plan.native)
        paths = {path.path for path in native.paths if path.verdict != "not_covered"}
        return await self._checkpoints.diff(native.now, native.to, paths)

    async def diff_since(self, one: str, context_lines: int) -> DiffBlock:
        return await self._checkpoints.diff(CheckpointId(one), finds_moved=True, context_lines=context_lines)

    async def restore(self, plan: FilePlan, decisions: Mapping[str, FileDecision]) -> FilesRestored:
        done = await self._checkpoints.restore(cast(RestorePlan, plan.native), decisions)
        return FilesRestored(
            restored=done.restored,
            kept=done.kept,
            failed=tuple(FileFailure(path=failure.path, why=failure.why) for failure in done.failed),
            now=done.now,
        )

    async def share(self, checkpoints: Iterable[str]) -> None:
        await self._checkpoints.share(CheckpointId(each) for each in checkpoints)


def _turn_files(changes: Iterable[PathChange]) -> Iterator[TurnFile]:
    for change in changes:
        if change.is_folder and change.kind != "added" and change.kind != "deleted":
            continue
        path = f"{change.path}/" if change.is_folder else change.path
        match change.kind:
            case "added":
                yield TurnFile(path=path, kind="add")
            case "deleted":
                yield TurnFile(path=path, kind="delete")
            case "modified" | "mode" | "type" | "not_covered":
                yield TurnFile(path=path, kind="update")
            case _:
                assert_never(change.kind)


def _judged(path: PlannedPath, theirs: Set[str]) -> PlannedPath:
    if path.verdict == "restore" and path.path in theirs:
        return replace(path, verdict="conflict", why=_SOMEBODY_ELSE)
    return path


def _rewind_file(path: PlannedPath) -> RewindFile:
    return RewindFile(path=path.path, verdict=path.verdict, does=_deed(path), why=path.why)


def _deed(path: PlannedPath) -> FileDeed:
    if path.to is None:
        return "delete"
    return "create" if path.now is None else "change"
