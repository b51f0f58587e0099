"""All steps of a session that the screen has heard of: tool calls, model calls, and the edits that came of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from codex_core.protocol import (
    ApprovalItem,
    ApprovalRequest,
    Block,
    DiffBlock,
    FileDiff,
    Item,
    PauseItem,
    RetryItem,
    StepEnded,
    StepItem,
    TextBlock,
    ToolCallItem,
    ToolResultItem,
    WorkspaceChanges,
)
from codex_tui import present
from codex_tui.calls import Call, Step
from codex_tui.raw import raw_json
from codex_tui.waits import Wait, WaitItem, wait_blocks, wait_of


class Ledger:
    """Calls by call id, in the order of their coming; whatever is unknown is answered with None."""

    def __init__(self) -> None:
        self._calls: dict[str, Call] = {}
        self._steps: dict[str, Step] = {}
        self._waits: dict[str, Wait] = {}
        self._running: dict[str, Call] = {}
        self._orphans: dict[str, ToolResultItem] = {}
        """Results whose calls lie earlier than what has come."""
        self._entry_ids: dict[str, str] = {}
        """Item id of a call -> call id."""
        self._changed: list[FileDiff] = []
        """Every edit that was made, oldest first."""
        self._measured: tuple[int, int] | None = None
        """Lines added and removed in the files when somebody last looked, and by edits since; None: nobody has."""

    def clear(self) -> None:
        """Forget all of it."""
        for known in (self._calls, self._steps, self._waits, self._running, self._orphans, self._entry_ids):
            known.clear()
        self._changed = []
        self._measured = None

    # Tool calls.

    def call(self, call_id: str) -> Call | None:
        return self._calls.get(call_id)

    def know(self, item: ToolCallItem, agent: tuple[str, ...] = ()) -> Call:
        """The call of that item, new or not."""
        if (call := self._calls.get(item.call_id)) is None:
            call = self._calls[item.call_id] = Call(item=item, agent=agent)
            self._entry_ids[item.id] = item.call_id
            if (result := self._orphans.pop(item.call_id, None)) is not None:
                call.result, call.state = result, result.status
        return call

    def run(self, item: ToolCallItem, agent: tuple[str, ...], at: float) -> Call:
        call = self.know(item, agent)
        call.state, call.started = "running", at
        self._running[call.id] = call
        return call

    def ask(self, request: ApprovalRequest, at: float) -> Call | None:
        if (call := self._calls.get(request.call_id)) is not None:
            call.request, call.state, call.asked_at = request, "asked", at
        return call

    def answered(self, call_id: str) -> Call | None:
        call = self._calls.get(call_id)
        if call is None or call.state != "asked":
            return None
        call.state = "waiting"
        return call

    def finish(self, result: ToolResultItem) -> Call | None:
        edits = _edits(result)
        self._changed += edits
        if self._measured is not None:
            self._measured = _sum(self._measured, edits)
        self._running.pop(result.call_id, None)
        return self._settle(result)

    def take_stored(self, items: Sequence[Item], *, at_front: bool) -> list[Call | Step | Wait | Item]:
        """Take stored items, oldest first; returns them with what they stand for in their place, results left out."""
        later = self._calls if at_front else {}
        if at_front:
            self._calls = {}
        shown: list[Call | Step | Wait | Item] = []
        edits: list[FileDiff] = []
        for item in items:
            match item:
                case ToolCallItem():
                    shown.append(self.know(item))
                case ToolResultItem():
                    edits += _edits(item)
                    self._settle(item)
                case StepItem():
                    shown.append(self.settle_step(item))
                case ApprovalItem() | PauseItem() | RetryItem():
                    shown.append(self.settle_wait(item))
                case _:
                    shown.append(item)
        self._calls |= later
        self._changed = [*edits, *self._changed] if at_front else [*self._changed, *edits]
        return shown

    def stop_all(self) -> None:
        """The turn has ended: nothing runs any more."""
        self._running.clear()

    def entry_id(self, item_id: str) -> str:
        """How the transcript calls the entry of an item."""
        return self._entry_ids.get(item_id, item_id)

    def _settle(self, result: ToolResultItem) -> Call | None:
        if (call := self._calls.get(result.call_id)) is None:
            self._orphans[result.call_id] = result
            return None
        call.result, call.state = result, result.status
        return call

    # Model calls.

    def begin_step(self, step: Step) -> None:
        self._steps[step.id] = step

    def end_step(self, event: StepEnded) -> Step | None:
        if (step := self._steps.get(event.step_id)) is not None:
            step.duration_s, step.error = event.duration_s, event.error
        return step

    def settle_step(self, item: StepItem, agent: tuple[str, ...] = ()) -> Step:
        """The model call of that item, new or not, as it is stored: its last word."""
        step = self._steps[item.id] = Step(
            id=item.id,
            model=item.model,
            at=item.at,
            purpose=item.purpose,
            agent=agent,
            usage=item.usage,
            duration_s=item.duration_s,
            error=item.error,
            item=item,
        )
        return step

    # Waits.

    def begin_wait(self, kind: Literal["pause", "retry"], at: float, why: str, item_id: str) -> Wait:
        """`item_id` is that of the item which will be stored of it."""
        wait = Wait(id=item_id or f"{kind}-{len(self._waits)}", kind=kind, at=at, why=why)
        self._waits[wait.id] = wait
        return wait

    def end_wait(self, kind: Literal["pause", "retry"], at: float) -> Wait | None:
        """The newest wait of that kind, over now; None if none goes on."""
        for wait in reversed(self._waits.values()):
            if wait.kind == kind and wait.duration_s is None:
                wait.duration_s = max(0.0, at - wait.at)
                return wait
        return None

    def settle_wait(self, item: WaitItem) -> Wait:
        """The wait of that item, new or not, as it is stored: its last word."""
        wait = self._waits[item.id] = wait_of(item)
        return wait

    # What is asked about them.

    @property
    def running_words(self) -> str:
        """What runs, in words; empty if nothing does."""
        if not self._running:
            return ""
        call = next(iter(self._running.values()))
        more = f" and {len(self._running) - 1} more" if len(self._running) > 1 else ""
        return f"{call.verb} {call.subject}{more}".strip()

    @property
    def running_since(self) -> float | None:
        """When what runs for the longest time began; seconds since 1970."""
        return min((call.started for call in self._running.values() if call.started is not None), default=None)

    @property
    def runs_users_command(self) -> bool:
        return any(call.is_users for call in self._running.values())

    @property
    def newest_call(self) -> Call | None:
        return next(reversed(self._calls.values()), None)

    def is_newer(self, call_id: str, than_id: str) -> bool:
        """Whether that call came later; anything is newer than a call that is not known."""
        if than_id not in self._calls:
            return True
        return next((known for known in reversed(self._calls) if known in (call_id, than_id)), than_id) == call_id

    def detail(self, row_id: str) -> tuple[str, tuple[Block, ...]] | None:
        """Title and blocks of a timeline row; None if there is nothing to see of it."""
        if (call := self._calls.get(row_id)) is not None:
            return f"{call.verb} {call.subject}".strip(), call.blocks()
        if (step := self._steps.get(row_id)) is not None:
            return f"model {step.model}", present.step_blocks(step)
        if (wait := self._waits.get(row_id)) is not None:
            return wait.kind, wait_blocks(wait)
        return None

    def pages(self, row_id: str) -> tuple[str, ...]:
        """The sides from which a row can be seen; `detail` is the first one."""
        if (call := self._calls.get(row_id)) is not None:
            return call.pages
        return ("facts", "raw") if self._item(row_id) is not None else ("facts",)

    def page(self, row_id: str, name: str) -> tuple[str, tuple[Block, ...]] | None:
        """Title and blocks of one side of a row."""
        if (call := self._calls.get(row_id)) is not None:
            return f"{call.verb} {call.subject}".strip(), call.page(name)
        shown = self.detail(row_id)
        if shown is not None and name == "raw" and (item := self._item(row_id)) is not None:
            return shown[0], (TextBlock(text=raw_json(item), language="json"),)
        return shown

    def _item(self, row_id: str) -> StepItem | WaitItem | None:
        """As the row is stored; None before that, and for calls."""
        known = self._steps.get(row_id) or self._waits.get(row_id)
        return known.item if known is not None else None

    def blocks(self, call_id: str) -> tuple[Block, ...]:
        """What a call has to show; nothing if it is not known."""
        return call.blocks() if (call := self._calls.get(call_id)) is not None else ()

    def words(self, call_id: str) -> str:
        """All text in that."""
        return call.words() if (call := self._calls.get(call_id)) is not None else ""

    def changes(self) -> DiffBlock:
        """Every edit that was made, oldest first."""
        return DiffBlock(files=tuple(self._changed))

    @property
    def changed_lines(self) -> tuple[int, int] | None:
        """Lines added and removed, as far as is known; None if there are none."""
        lines = self._measured if self._measured is not None else _sum((0, 0), self._changed)
        return lines if any(lines) else None

    def measure(self, changes: WorkspaceChanges) -> None:
        """The files were looked at: what commands or others have done to them counts, too, from now on."""
        if changes.since == "session" and not changes.problem:
            self._measured = _sum((0, 0), changes.diff.files)


def _sum(lines: tuple[int, int], files: Iterable[FileDiff]) -> tuple[int, int]:
    """Lines added and removed, with those of these files."""
    added, removed = lines
    for file in files:
        added, removed = added + file.added, removed + file.removed
    return added, removed


def _edits(result: ToolResultItem) -> list[FileDiff]:
    """What a call changed; nothing if it did not get that far."""
    if result.status != "ok":
        return []
    return [file for block in result.display if isinstance(block, DiffBlock) for file in block.files]
