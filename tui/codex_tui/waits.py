"""What a session waited for: pauses, failed model calls that are made again, and answers of the user.

They come twice: as they begin, and, when they are over, as the items that are stored. The item has the last word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

from codex_core.protocol import ApprovalItem, Block, PauseItem, RetryItem
from codex_tui import present, spoken
from codex_tui.detail.blocks import facts_block
from codex_tui.glyphs import duration
from codex_tui.quoted import unquoted
from codex_tui.timeline import TimelineRow

WaitItem: TypeAlias = ApprovalItem | PauseItem | RetryItem
WaitKind: TypeAlias = Literal["approval", "pause", "retry"]


@dataclass(slots=True, kw_only=True)
class Wait:
    id: str
    kind: WaitKind
    at: float
    why: str
    duration_s: float | None = None
    """None while it goes on."""
    item: WaitItem | None = None
    """As it is stored; None until it is over."""

    @property
    def noted_at(self) -> float:
        """When its row came: an answer has one once it is given, the others as soon as they begin."""
        return self.at + (self.duration_s or 0.0) if self.kind == "approval" else self.at


def wait_of(item: WaitItem) -> Wait:
    match item:
        case ApprovalItem(summary=summary):
            kind, why = "approval", f"{spoken.approval_words(item).removeprefix('you said ')} · {summary}"
        case PauseItem(waited_for=waited_for):
            words = f" · after {waited_for}" if waited_for else ""
            kind, why = "pause", f"{spoken.pause_words(item)}{words}"
        case RetryItem(attempt=attempt, error=error):
            kind, why = "retry", f"attempt {attempt} · {error}"
        case _:
            assert_never(item)
    return Wait(id=item.id, kind=kind, at=item.at, why=why, duration_s=item.duration_s, item=item)


def wait_row(wait: Wait) -> TimelineRow:
    return TimelineRow(
        id=wait.id,
        at=present.time_of_day(wait.noted_at),
        status=_status(wait),
        label="asked" if wait.kind == "approval" else wait.kind,
        subject=wait.why,
        duration_s=wait.duration_s,
        since_s=wait.at,
        kind=wait.kind,
        is_question=wait.kind == "approval",
    )


def wait_blocks(wait: Wait) -> tuple[Block, ...]:
    """What there is to say of it."""
    match wait.item:
        case None:
            facts = [("why", wait.why)]
        case ApprovalItem(tool=tool, summary=summary, why=why):
            facts = [("asked", summary), ("tool", tool), ("because", unquoted(why))]
            facts.append(("answer", spoken.approval_words(wait.item)))
        case PauseItem(waited_for=waited_for):
            facts = [("waited", f"for {waited_for}" if waited_for else ""), ("ended", spoken.pause_words(wait.item))]
        case RetryItem(attempt=attempt, error=error, delay_s=delay_s):
            facts = [("failed", error), ("attempt", str(attempt)), ("wait", duration(delay_s))]
        case _:
            assert_never(wait.item)
    if wait.duration_s is not None:
        facts.append(("took", duration(wait.duration_s)))
    return (facts_block(*facts),)


def _status(wait: Wait) -> str:
    match wait.item:
        case ApprovalItem(answer=answer):
            return {"yes": "allowed", "no": "refused", "withdrawn": "withdrawn"}[answer]
        case _:
            return "paused" if wait.kind == "pause" else "retry"
