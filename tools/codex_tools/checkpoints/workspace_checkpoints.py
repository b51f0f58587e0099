"""The asynchronous outside of the checkpoints of one workspace."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping, Set
from pathlib import Path
from typing import TypeVar

from codex_core.protocol import CONTEXT_LINES, DiffBlock, SandboxPolicy, ToolError
from codex_tools.checkpoints.compare import PathChange
from codex_tools.checkpoints.database import Database
from codex_tools.checkpoints.engine import Engine, Restored, store_path
from codex_tools.checkpoints.errors import CheckpointError
from codex_tools.checkpoints.limits import CheckpointLimits
from codex_tools.checkpoints.plan import CheckpointId, Decision, RestorePlan
from codex_tools.checkpoints.prune import YOUNG_S, Pruning, prune_store
from codex_tools.checkpoints.states import NotCovered, PathState
from codex_tools.checkpoints.store import ObjectStore
from codex_tools.threads import Deadline, run_to_end, run_until

Result = TypeVar("Result")

_log = logging.getLogger(__name__)

_DEFAULT_LIMITS = CheckpointLimits()


class Checkpoints:
    """Use as `async with Checkpoints.open(…) as checkpoints`. Calls may overlap; they are done one after the other.

    Every call may raise `CheckpointError`; its text is for the user.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls,
        store_dir: Path,
        workspace: Path,
        *,
        owner: str,
        policy: SandboxPolicy,
        limits: CheckpointLimits = _DEFAULT_LIMITS,
    ) -> AsyncGenerator[Checkpoints]:
        """Nothing is made or read before the first call.

        Args:
            store_dir: below our home folder; made with mode 0700. Shared by all workspaces and processes.
            workspace: absolute and resolved.
            owner: the session. `prune` drops the checkpoints of owners that are gone.
            policy: what is hidden is neither recorded nor touched, what is protected is recorded and not touched.
        """
        engine = Engine(
            workspace=workspace,
            owner=owner,
            policy=policy,
            limits=limits,
            path=store_path(store_dir, workspace),
        )
        try:
            yield cls(engine)
        finally:
            await run_to_end(lambda: _close(engine))

    @property
    def notice(self) -> str:
        """What the user should be told: a damaged store was set aside. Mostly empty."""
        return self._engine.notice

    async def take(self) -> CheckpointId:
        """Record the files as they are now; on return that outlives a power cut.

        The id is the one of an earlier checkpoint if the files are the same. It is another one, too, when names that
        git ignores came or went; `changes` tells. Cancelling it is safe at any time.
        """
        return await self._look(self._engine.take)

    async def changes(self, one: CheckpointId, other: CheckpointId | None = None) -> tuple[PathChange, ...]:
        """What differs from `one` to `other` (None: to the files as they are now), a folder before what is in it."""
        engine = self._engine
        return await self._look(lambda deadline: engine.changes(one, other or engine.take(deadline)))

    async def diff(
        self,
        one: CheckpointId,
        other: CheckpointId | None = None,
        paths: Set[str] | None = None,
        *,
        finds_moved: bool = False,
        context_lines: int = CONTEXT_LINES,
    ) -> DiffBlock:
        """The same for people, of all changed files or of some of `paths` (relative). A link counts as a file that
        holds its target; what is not covered is left out. `finds_moved`: what is gone here and new there is one."""
        engine = self._engine

        def work(deadline: Deadline) -> DiffBlock:
            now = other or engine.take(deadline)
            return engine.diff(one, now, paths, deadline, finds_moved=finds_moved, context_lines=context_lines)

        return await self._look(work)

    async def read(self, checkpoint: CheckpointId, path: str) -> bytes:
        """The content of a file at that moment, or the target of a link.

        Raises:
            CheckpointGone: there was no file, or it was not covered.
            ObjectDamaged: the store has lost it.
        """
        return await self._look(lambda _: self._engine.read(checkpoint, path))

    async def files(self, checkpoint: CheckpointId) -> dict[str, PathState]:
        """Everything that is recorded, by path: also folders, and what was there without being covered."""
        return await self._look(lambda _: self._engine.files(checkpoint))

    async def not_covered(self, checkpoint: CheckpointId) -> dict[str, NotCovered]:
        """What was there and could not be recorded: to be told the user. Without what git ignores and what is hidden.
        The path `.` stands for the workspace, of which the rest is not covered."""
        files = await self.files(checkpoint)
        found = ((path, state) for path, state in files.items() if isinstance(state, NotCovered))
        return {path: state for path, state in found if state.reason not in ("ignored", "git", "hidden")}

    async def plan_restore(self, to: CheckpointId, *, known: CheckpointId | None) -> RestorePlan:
        """What restoring `to` would do to each path; nothing is done.

        Args:
            known: the files as they were last known: the checkpoint taken after the agent's last step. Paths that are
                not as they were then are conflicts. None: all are.
        """
        return await self._look(lambda deadline: self._engine.plan(to, known, deadline))

    async def restore(self, plan: RestorePlan, decisions: Mapping[str, Decision] | None = None) -> Restored:
        """Carry out a plan. Each file is replaced whole or not at all; what changed since the plan is left alone.

        When cancelled it is finished first.

        Args:
            decisions: by path, where they differ from the plan: to restore a conflict, to keep what would be restored.

        Raises:
            CheckpointError: before anything was changed. What fails later is in the result.
        """
        engine = self._engine

        def work() -> Restored:
            deadline = Deadline(engine.limits.timeout_s)
            with engine.alone(deadline):
                return engine.restore(plan, decisions or {}, deadline)

        with _in_our_words():
            return await run_to_end(work)

    async def share(self, checkpoints: Iterable[CheckpointId]) -> None:
        """Let this owner have checkpoints of another one, too, as a session does that was branched off."""
        some = tuple(checkpoints)
        await self._look(lambda _: self._engine.share(some))

    async def _look(self, work: Callable[[Deadline], Result]) -> Result:
        def alone(deadline: Deadline) -> Result:
            with self._engine.alone(deadline):
                return work(deadline)

        with _in_our_words():
            return await run_until(alone, self._engine.limits.timeout_s)


async def prune(
    store_dir: Path, owners: Set[str], *, limits: CheckpointLimits = _DEFAULT_LIMITS, young_s: float = YOUNG_S
) -> Pruning:
    """Drop the checkpoints of all but `owners` in all workspaces, and the oldest of each workspace beyond the limit.

    Checkpoints younger than `young_s` are kept by whomever they were taken: their session may be newer than `owners`.
    """

    def work() -> Pruning:
        total = Pruning(checkpoints=0, freed_bytes=0)
        for path in sorted(store_dir.glob("*.db")):
            try:
                database = Database.open(path)
                with contextlib.closing(database):
                    total += prune_store(ObjectStore(database), owners, limits.store_bytes, young_s)
            except CheckpointError as error:  # the other workspaces have nothing to do with it
                _log.warning("checkpoints were not pruned: %s", error)
        return total

    with _in_our_words():
        return await run_to_end(work)


def _close(engine: Engine) -> None:
    # Who hangs in there is left alone; the process ends soon.
    with contextlib.suppress(ToolError), engine.alone(Deadline(1.0)):
        engine.close()


@contextlib.contextmanager
def _in_our_words() -> Generator[None]:
    try:
        yield
    except ToolError as error:
        raise CheckpointError(f"the files of the workspace could not be recorded: {error}") from error
