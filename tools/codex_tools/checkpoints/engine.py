"""One workspace and its store, for one thread at a time. Blocking: the outside is `workspace_checkpoints`."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Generator, Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from pathlib import Path

from codex_core.files.lock import LockHeld
from codex_core.protocol import CONTEXT_LINES, DiffBlock, SandboxPolicy, ToolError
from codex_tools.checkpoints.compare import PathChange, changes_between, state_at, walk
from codex_tools.checkpoints.database import Database, set_aside_damaged
from codex_tools.checkpoints.errors import CheckpointError, CheckpointGone, ObjectDamaged, StoreDamaged
from codex_tools.checkpoints.limits import CheckpointLimits
from codex_tools.checkpoints.listing import Listing
from codex_tools.checkpoints.plan import CheckpointId, Decision, PlannedPath, RestorePlan, planned_paths
from codex_tools.checkpoints.restore import Failure, Restoring
from codex_tools.checkpoints.scan import Scan
from codex_tools.checkpoints.states import FileState, FolderState, LinkState, NotCovered, PathState, is_same
from codex_tools.checkpoints.store import ObjectStore, Pruned
from codex_tools.checkpoints.tracked import TrackedPaths
from codex_tools.threads import Deadline
from codex_tools.tree_diff import ChangedPath, Side, tree_diff
from codex_tools.workspace import Workspace, printable, require_writable

_ATTEMPTS = 3
"""So often a checkpoint is begun anew because another process pruned the store meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came of a restoration."""

    restored: tuple[str, ...]
    kept: tuple[str, ...]
    """Conflicts and whatever else was decided to stay."""
    failed: tuple[Failure, ...]
    """What should have been restored and is as it was, each with the reason."""
    undo: CheckpointId
    """The files as they were before: planning and restoring this undoes it."""
    now: CheckpointId | None
    """The files as they are now, to be known from here on; None if that could not be recorded."""


def store_path(store_dir: Path, workspace: Path) -> Path:
    return store_dir / f"{hashlib.sha256(os.fsencode(workspace)).hexdigest()[:32]}.db"


@dataclass(slots=True, kw_only=True)
class Engine:
    workspace: Path
    owner: str
    policy: SandboxPolicy
    limits: CheckpointLimits
    path: Path
    """The store's file."""
    notice: str = ""
    _store: ObjectStore | None = None
    _last: Listing | None = None
    _generation: int = -1
    """Of the store when `_last` was recorded: as long as it is the same, all that `_last` needs is there."""
    _tracked: TrackedPaths = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._tracked = TrackedPaths(self.workspace)

    # Taking

    def take(self, deadline: Deadline, also: Set[str] = frozenset()) -> CheckpointId:
        try:
            return self._take(deadline, also)
        except StoreDamaged as error:
            # What it holds cannot be read. A new store is better than none: from here on all is covered again.
            assert self._store is not None
            set_aside_damaged(self._store.database)
            self._store, self._last = None, None
            self.notice = f"{error}. It was set aside and a new one was begun: earlier files cannot be brought back."
            return self._take(deadline, also)

    def _take(self, deadline: Deadline, also: Set[str]) -> CheckpointId:
        for _ in range(_ATTEMPTS):
            with contextlib.suppress(Pruned, ObjectDamaged):  # what is damaged is stored again
                return self._take_once(deadline, also)
        raise CheckpointError("no checkpoint could be taken: other processes prune the store all the time")

    def _take_once(self, deadline: Deadline, also: Set[str]) -> CheckpointId:
        store = self.store()
        generation = store.generation()
        if self._last is not None and generation != self._generation:
            also |= set(self._last.covered_paths())
            self._last = None
        elif self._last is None and (digest := store.last_of(self.owner)):
            also |= self._covered(digest)
        also = also | self._tracked.now()
        scan = Scan(
            workspace=self.workspace,
            limits=self.limits,
            deadline=deadline,
            keep=store.add,
            recorded=store.folder,
            hidden=self._hidden(),
            before=self._last,
            also=also,
        )
        try:
            now = scan.run()
            if self._last is None or now.digest != self._last.digest:
                store.record(now.digest, self.owner, generation)
        except OSError as error:
            raise CheckpointError(f"{printable(str(self.workspace))} cannot be read: {error.strerror}") from error
        finally:
            store.forget_pending()
        self._last, self._generation = now, generation
        return CheckpointId(now.digest)

    def _hidden(self) -> frozenset[str]:
        places = (*self.policy.hidden_paths, self.path.parent)
        inside = (each for each in places if each != self.workspace and each.is_relative_to(self.workspace))
        return frozenset(str(each.relative_to(self.workspace)) for each in inside)

    def _covered(self, digest: str) -> Set[str]:
        """All paths that a checkpoint covers; none if it cannot be read."""
        with contextlib.suppress(CheckpointError):
            found = walk(self.store(), _root(digest))
            return {path for path, state in found if not isinstance(state, NotCovered)}
        return frozenset()

    # Looking

    def changes(self, one: CheckpointId, other: CheckpointId) -> tuple[PathChange, ...]:
        return tuple(changes_between(self.store(), self._known(one), self._known(other)))

    def read(self, checkpoint: CheckpointId, path: str) -> bytes:
        state = state_at(self.store(), self._known(checkpoint), path)
        if isinstance(state, (FileState, LinkState)):
            return self._bytes_of(state)
        raise CheckpointGone(f"no file {printable(path)} is recorded in checkpoint {checkpoint[:16]}")

    def files(self, checkpoint: CheckpointId) -> dict[str, PathState]:
        return dict(walk(self.store(), self._known(checkpoint)))

    def diff(
        self,
        one: CheckpointId,
        other: CheckpointId,
        paths: Set[str] | None,
        deadline: Deadline,
        *,
        finds_moved: bool = False,
        context_lines: int = CONTEXT_LINES,
    ) -> DiffBlock:
        changes = [
            ChangedPath(path=change.path, before=self._side(change.before), after=self._side(change.after))
            for change in self.changes(one, other)
            if not change.is_folder and (paths is None or change.path in paths)
        ]
        changes = [change for change in changes if change.before is not None or change.after is not None]
        workspace = Workspace(folder=self.workspace, policy=lambda: self.policy)
        return tree_diff(changes, workspace, deadline, finds_moved=finds_moved, context_lines=context_lines)

    def _side(self, state: PathState | None) -> Side | None:
        match state:
            case FileState():
                return Side(self._bytes_of(state), f"100{state.mode:03o}")
            case LinkState():
                return Side(self._bytes_of(state), "120000")
            case _:
                return None

    def _bytes_of(self, state: FileState | LinkState) -> bytes:
        return os.fsencode(state.target) if isinstance(state, LinkState) else self.store().read(state.digest)

    # Restoring

    def plan(self, to: CheckpointId, known: CheckpointId | None, deadline: Deadline) -> RestorePlan:
        then = self._known(to)
        known_root = None if known is None else self._known(known)
        now = self.take(deadline, self._covered(to))
        store = self.store()
        paths = planned_paths(store, then, known_root, _root(now), self._why_forbidden)
        return RestorePlan(to=to, now=now, paths=paths)

    def restore(self, plan: RestorePlan, decisions: Mapping[str, Decision], deadline: Deadline) -> Restored:
        undo = self.take(deadline)
        assert self._last is not None
        chosen = [each for each in plan.paths if _is_chosen(each, decisions)]
        kept = [each.path for each in plan.paths if not _is_chosen(each, decisions)]
        meanwhile = {each.path for each in chosen if not self._is_as_planned(each, undo)}
        run = Restoring(workspace=self.workspace, policy=self._restoring_policy(), store=self.store(), now=self._last)
        run.run([each for each in chosen if each.path not in meanwhile])
        changed = tuple(Failure(path=path, why="it was changed after it was shown") for path in sorted(meanwhile))
        now = None
        with contextlib.suppress(CheckpointError, ToolError):
            now = self.take(Deadline(self.limits.timeout_s))
        return Restored(restored=tuple(run.done), kept=tuple(kept), failed=(*changed, *run.failed), undo=undo, now=now)

    def _is_as_planned(self, each: PlannedPath, present: CheckpointId) -> bool:
        return is_same(each.now, state_at(self.store(), _root(present), each.path))

    def _why_forbidden(self, path: str) -> str:
        try:
            require_writable(self.workspace / path, self._restoring_policy())
        except ToolError as error:
            return str(error)
        return ""

    def _restoring_policy(self) -> SandboxPolicy:
        """The user may restore what the agent may not write now, but never what is protected."""
        return replace(self.policy, mode="workspace-write", writable_roots=())

    # The store

    def share(self, checkpoints: Iterable[CheckpointId]) -> None:
        self.store().share(checkpoints, self.owner)

    def store(self) -> ObjectStore:
        """The open store; opened again if its file is not there any more."""
        if self._store is not None and not self._store.database.is_in_place():
            self.close()
        if self._store is None:
            self._last = None
            self._store = ObjectStore(self._opened())
        return self._store

    def _opened(self) -> Database:
        try:
            return Database.open(self.path)
        except StoreDamaged as error:
            self.notice = f"{error}. It was set aside and a new one was begun: earlier files cannot be brought back."
            return Database.open(self.path)
        except LockHeld as error:
            raise CheckpointError(f"checkpoints cannot be stored: {error}") from error

    def close(self) -> None:
        if self._store is not None:
            self._store.database.close()
            self._store = None

    @contextlib.contextmanager
    def alone(self, deadline: Deadline) -> Generator[None]:
        """Raises:
        CheckpointError: a thread that was left behind, because a file system hangs, still works here.
        """
        while not self._lock.acquire(timeout=0.1):
            deadline.check()
        try:
            yield
        finally:
            self._lock.release()

    def _known(self, checkpoint: CheckpointId) -> FolderState:
        self.store().require(checkpoint)
        return _root(checkpoint)


def _root(digest: str) -> FolderState:
    return FolderState(0, digest)


def _is_chosen(each: PlannedPath, decisions: Mapping[str, Decision]) -> bool:
    match each.verdict:
        case "restore":
            return decisions.get(each.path, "restore") == "restore"
        case "conflict":
            return decisions.get(each.path, "keep") == "restore"
        case "not_covered":
            return False
