"""Records the files of the workspace while the agent works: when a turn begins, before and after each call.

What changed between the two checkpoints of a call is the agent's; whatever changed at other times is somebody else's.
Nothing here ever stops the agent: what goes wrong is told, and it goes on without; the next step tries again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from codex_core.protocol import CodexError
from codex_core.session.file_checkpoints import FileCheckpoints
from codex_core.session.journal import SessionJournal
from codex_core.session.rows import CheckpointKind, CheckpointRow

log = logging.getLogger(__name__)

PATIENCE_S: Final = 15.0
"""How long a call waits. Only the first checkpoint of a large workspace takes more than a moment."""
_LAST_S: Final = 2.0
"""For what is still being recorded when the session is closed."""


class FileHistory:
    """One for a session; implements `codex_core.agent.collaborators.FileRecorder`. It owns the tasks that record."""

    def __init__(
        self,
        journal: SessionJournal,
        checkpoints: Callable[[], FileCheckpoints | None],
        tell: Callable[[str], Awaitable[None]],
        *,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`checkpoints`: None where none are taken. `tell` warns the user, and stores that."""
        self._journal = journal
        self._checkpoints = checkpoints
        self._tell = tell
        self._patience_s = patience_s
        self._newest: asyncio.Task[None] | None = None
        self._newest_kind: CheckpointKind = "turn"
        self._known_gaps: FileCheckpoints | None = None
        """The one whose gaps were told."""
        self._is_failing = False
        self._is_off = False

    def begin_turn(self, item_id: str) -> None:
        """Have the files recorded as they are when the turn of that prompt begins; nobody waits for it."""
        self._record("turn", item_id)

    async def before_call(self, call_id: str) -> None:
        task = self._record("call", call_id)
        if task is None:
            return
        done, _ = await asyncio.wait({task}, timeout=self._patience_s)
        if not done:
            self._is_off = True
            task.cancel()
            await self._fail("it took too long; no more checkpoints are taken in this session")

    def after_call(self, call_id: str) -> None:
        self._record("after", call_id)

    async def settle(self) -> None:
        """Wait until what was begun is recorded, within reason."""
        if self._newest is not None:
            await asyncio.wait({self._newest}, timeout=self._patience_s)

    async def settle_calls(self) -> None:
        """The same, if it is what calls have changed: what changes from here on is somebody else's."""
        if self._newest_kind != "turn":
            await self.settle()

    async def close(self) -> None:
        if self._newest is None:
            return
        await asyncio.wait({self._newest}, timeout=_LAST_S)
        self._newest.cancel()
        await asyncio.wait({self._newest})

    def _record(self, kind: CheckpointKind, ref: str) -> asyncio.Task[None] | None:
        checkpoints = self._checkpoints()
        if checkpoints is None or self._is_off:
            return None
        # One after the other: each task waits for the one before.
        row = CheckpointRow(seq=self._journal.last_seq, kind=kind, ref=ref, checkpoint="")
        self._newest = asyncio.create_task(self._take(checkpoints, row, self._newest), name="checkpoint")
        self._newest_kind = kind
        return self._newest

    async def _take(self, checkpoints: FileCheckpoints, row: CheckpointRow, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        if self._is_off:
            return
        try:
            if self._known_gaps is None:
                await self._keep_what_there_is(checkpoints)
            checkpoint = await checkpoints.take()
            await self._journal.record_checkpoint(replace(row, checkpoint=checkpoint))
            if self._is_failing:
                self._is_failing = False
                await self._tell("The files are recorded again. What changed meanwhile counts as somebody else's.")
            if checkpoints is not self._known_gaps:
                self._known_gaps = checkpoints
                if gaps := await checkpoints.gaps(checkpoint):
                    await self._tell(f"Not covered by checkpoints, so not restored by /rewind: {gaps}")
        except CodexError as error:
            await self._fail(str(error))
        except Exception as error:  # the border of this task: a bug here is no reason for the agent to stop
            log.exception("no checkpoint")
            await self._fail(f"{type(error).__name__}: {error}")

    async def _keep_what_there_is(self, checkpoints: FileCheckpoints) -> None:
        """A session that was branched off has its checkpoints from another one, which may be deleted."""
        with contextlib.suppress(CodexError):  # one that was pruned: it is missed when it is asked for
            if ids := {row.checkpoint for row in await self._journal.checkpoints()}:
                await checkpoints.share(ids)

    async def _fail(self, why: str) -> None:
        """Told once, until it has worked again."""
        if self._is_failing:
            return
        self._is_failing = True
        what = "The files of this folder are not recorded, so /rewind cannot restore them"
        if self._known_gaps is not None:  # what came before is there
            what = "From this step on the files are not recorded, so /rewind cannot take back what changes now"
        with contextlib.suppress(CodexError):  # where nothing can be written, this cannot either
            await self._tell(f"{what}: {why}")
