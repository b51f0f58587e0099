"""Goes back to an earlier turn: what the model remembers, the files, or both; and takes that back.

The conversation: an item is appended that says from where on items do not count. The files: the checkpoint of that
moment is restored, but for what somebody else than the agent has changed since.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from codex_core.agent.history import user_item
from codex_core.protocol import (
    CodexError,
    DiffBlock,
    FileDecision,
    Item,
    RewindItem,
    RewindPreview,
    RewindTurn,
    RewindWhat,
    Rewound,
    TextPart,
    TurnsListed,
    UserItem,
    new_id,
)
from codex_core.session.file_checkpoints import FileCheckpoints, FilePlan, FilesRestored
from codex_core.session.journal import SessionJournal
from codex_core.session.rows import CheckpointKind, CheckpointRow
from codex_core.session.turns import TurnSummary, turns_of

NO_CHECKPOINTS = "no checkpoints are taken here"
_NONE_SINCE = "the files of that moment were not recorded"
_PROMPT_CHARACTERS = 200
_MOST_PATHS_TOLD = 50
_MOST_NAMED = 5
_OPENS = {"call": "after", "rewind": "rewound"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    at: int
    """Its place among the items that count."""
    item: UserItem | RewindItem
    prompt: str


class Rewinding:
    """One for a session. No turn may run while it carries out; looking is possible at any time."""

    def __init__(self, journal: SessionJournal, checkpoints: FileCheckpoints | None, why_none: str = "") -> None:
        """`why_none`: why there are no checkpoints, in words."""
        self._journal = journal
        self._checkpoints = checkpoints
        self._why_none = why_none or NO_CHECKPOINTS
        self._plan: tuple[str, FilePlan] | None = None
        """The one that was shown last, and what it goes back to: what is carried out is what was shown."""

    # Looking.

    async def turns(self) -> TurnsListed:
        """Raises:
        CodexError: the journal cannot be read.
        """
        items = await self._journal.items()
        return TurnsListed(
            turns=tuple(
                RewindTurn(
                    id=turn.id,
                    number=number,
                    prompt=turn.prompt,
                    at=turn.started_at,
                    files=tuple(turn.files.values()),
                )
                for number, turn in enumerate(await self.summaries(items), start=1)
                if turn.has_prompt
            ),
            undoable=_undoable(items),
            problem="" if self._checkpoints is not None else self._why_none,
        )

    async def summaries(self, items: Sequence[Item]) -> list[TurnSummary]:
        """The turns of `items`, with all files that changed in each: also by commands."""
        turns = turns_of(items)
        if self._checkpoints is None:
            return turns
        rows, marks = await self._journal.checkpoints(), await self._journal.landmarks()
        ends = {mark.item_id: following.seq for mark, following in pairwise(marks)}
        begins = {mark.item_id: mark.seq for mark in marks}
        for turn in turns:
            own = _rows_between(rows, begins.get(turn.id), ends.get(turn.id))
            if len(own) < 2 or own[0].checkpoint == own[-1].checkpoint:
                continue
            try:
                changes = await self._checkpoints.changes(own[0].checkpoint, own[-1].checkpoint)
            except CodexError:  # pruned: what the edits tell is still true
                continue
            turn.take_changes(changes)
        return turns

    async def preview(self, to: str, what: RewindWhat) -> RewindPreview:
        """Raises:
        CodexError: there is nothing of that id to go back to, or the files cannot be compared.
        """
        items = await self._journal.items()
        target = _target(items, to)
        what = _meant(what, target)
        cuts = _cuts(what)
        problem, plan, diff = "", None, DiffBlock(files=())
        if what != "conversation":
            try:
                plan = await self._planned(target.item)
                diff = await self._store.diff(plan)
            except _NotRecorded as error:
                problem = str(error)
        self._plan = (to, plan) if plan is not None else None
        return RewindPreview(
            to=to,
            what=what,
            prompt=target.prompt,
            is_undo=isinstance(target.item, RewindItem),
            items=len(items) - target.at if cuts else 0,
            files=plan.files if plan is not None else (),
            diff=diff,
            problem=problem,
        )

    # Doing.

    async def carry_out(self, to: str, what: RewindWhat, decisions: Mapping[str, FileDecision]) -> Rewound:
        """Go back. Killed in the middle of it, it can be done again: files are restored first, each whole.

        Raises:
            RewindIncomplete: the files were restored, but that could not be written down, nor undone.
            CodexError: nothing was changed.
        """
        target = _target(await self._journal.items(), to)
        what = _meant(what, target)
        rewind_id = new_id("rewind")
        done: FilesRestored | None = None
        if what != "conversation":
            shown, self._plan = self._plan, None
            plan = shown[1] if shown is not None and shown[0] == to else await self._planned(target.item)
            await self._record("rewind", rewind_id, plan.now)
            done = await self._store.restore(plan, decisions)
            try:
                return await self._write_down(rewind_id, what, target, done)
            except CodexError as error:
                raise await self._put_back(plan, done, error) from error
        return await self._write_down(rewind_id, what, target, None)

    async def _write_down(
        self, rewind_id: str, what: RewindWhat, target: _Target, done: FilesRestored | None
    ) -> Rewound:
        if done is not None and done.now is not None:
            await self._record("rewound", rewind_id, done.now)
        cuts = _cuts(what)
        item = RewindItem(
            id=rewind_id,
            at=time.time(),
            what=what,
            rewound_from=target.item.id if cuts else "",
            undoes=target.item.id if isinstance(target.item, RewindItem) else "",
            prompt=target.prompt[:_PROMPT_CHARACTERS],
            restored=len(done.restored) if done is not None else 0,
            kept=len(done.kept) if done is not None else 0,
            failed=len(done.failed) if done is not None else 0,
        )
        told = (user_item(_for_the_model(done), "context"),) if done is not None and done.restored and not cuts else ()
        kept = await self._journal.append(item, *told)
        assert isinstance(kept[0], RewindItem)
        says_again = cuts and isinstance(target.item, UserItem)
        return Rewound(
            item=kept[0],
            prompt=target.prompt if says_again else "",
            failed=done.failed if done is not None else (),
        )

    async def _put_back(self, plan: FilePlan, done: FilesRestored, why: CodexError) -> CodexError:
        """The files have been restored and that cannot be written down: all or nothing. Returns what to say."""
        if not done.restored:
            return why
        left = set(done.restored)
        with contextlib.suppress(CodexError):
            if done.now is not None:
                back = await self._store.plan(plan.now, known=done.now, theirs=frozenset())
                keep: dict[str, FileDecision] = {file.path: "keep" for file in back.files if file.path not in left}
                left -= set((await self._store.restore(back, keep)).restored)
        return RewindIncomplete(str(why), tuple(sorted(left))) if left else why

    async def _record(self, kind: CheckpointKind, rewind_id: str, checkpoint: str) -> None:
        row = CheckpointRow(seq=self._journal.last_seq, kind=kind, ref=rewind_id, checkpoint=checkpoint)
        await self._journal.record_checkpoint(row)

    @property
    def _store(self) -> FileCheckpoints:
        if self._checkpoints is None:
            raise _NotRecorded(self._why_none)
        return self._checkpoints

    async def _planned(self, target: UserItem | RewindItem) -> FilePlan:
        store, rows = self._store, await self._journal.checkpoints()
        since = [row for row in rows if row.ref == target.id and row.kind == "rewind"]
        if isinstance(target, UserItem):
            begin = next(mark.seq for mark in await self._journal.landmarks() if mark.item_id == target.id)
            # Nothing was changed by the agent before the first checkpoint since.
            since = [row for row in rows if row.seq >= begin]
        if not since:
            raise _NotRecorded(_NONE_SINCE)
        later = rows[rows.index(since[0]) :]
        theirs: set[str] = set()
        for one, other in _foreign(later):
            theirs |= {change.path.rstrip("/") for change in await store.changes(one, other)}
        return await store.plan(later[0].checkpoint, known=later[-1].checkpoint, theirs=theirs)


class RewindIncomplete(CodexError):
    """Files were restored and could not be put back, when the rest of the rewind failed."""

    def __init__(self, why: str, restored: tuple[str, ...]) -> None:
        named = ", ".join(restored[:_MOST_NAMED])
        more = f" and {len(restored) - _MOST_NAMED} more" if len(restored) > _MOST_NAMED else ""
        super().__init__(f"{why}. Restored all the same, and still so: {named}{more}")
        self.restored = restored


class _NotRecorded(CodexError):
    """There are no files to go back to."""


def _target(items: Sequence[Item], to: str) -> _Target:
    for at, item in enumerate(items):
        if isinstance(item, UserItem) and item.id == to and item.origin == "prompt":
            return _Target(at=at, item=item, prompt=_text(item))
        if isinstance(item, RewindItem) and item.id == to:
            undone = {other.undoes for other in items if isinstance(other, RewindItem)}
            if item.undoes or item.id in undone:
                raise CodexError("that rewind was taken back already")
            return _Target(at=at, item=item, prompt=item.prompt)
    raise CodexError(f"there is no turn {to} to go back to")


def _undoable(items: Sequence[Item]) -> RewindItem | None:
    rewinds = [item for item in items if isinstance(item, RewindItem)]
    undone = {item.undoes for item in rewinds}
    return next((item for item in reversed(rewinds) if not item.undoes and item.id not in undone), None)


def _meant(what: RewindWhat, target: _Target) -> RewindWhat:
    """A rewind is taken back as it was done, whole."""
    return target.item.what if isinstance(target.item, RewindItem) else what


def _cuts(what: RewindWhat) -> bool:
    """Whether items do not count any more."""
    return what != "files"


def _rows_between(rows: Sequence[CheckpointRow], begin: int | None, end: int | None) -> list[CheckpointRow]:
    if begin is None:
        return []
    return [row for row in rows if begin <= row.seq and (end is None or row.seq < end) and row.kind in _OF_A_TURN]


_OF_A_TURN = ("turn", "call", "after")


def _foreign(rows: Sequence[CheckpointRow]) -> Iterator[tuple[str, str]]:
    """Pairs of checkpoints between which the agent did nothing, or nobody knows: what changed there is not its own."""
    for one, other in pairwise(rows):
        is_own = _OPENS.get(one.kind) == other.kind and one.ref == other.ref
        if not is_own and one.checkpoint != other.checkpoint:
            yield one.checkpoint, other.checkpoint


def _text(item: UserItem) -> str:
    return "\n".join(part.text for part in item.parts if isinstance(part, TextPart))


def _for_the_model(done: FilesRestored) -> str:
    some = "\n".join(f"- {path}" for path in done.restored[:_MOST_PATHS_TOLD])
    more = len(done.restored) - _MOST_PATHS_TOLD
    return (
        "The user has put files back to an earlier state. They are not as you left them; read them again before you "
        f"rely on them:\n{some}" + (f"\n- and {more} more" if more > 0 else "")
    )
