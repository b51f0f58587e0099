"""What a timeline shows, one small value per step."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

StepKind: TypeAlias = Literal["tool", "model", "compaction", "approval", "retry", "pause"]


class TimelineRow(NamedTuple):
    id: str
    at: str
    """The time of day as it is shown: `12:01:03`."""
    status: str
    """A key of `glyphs.STATUS`."""
    label: str
    subject: str = ""
    duration_s: float | None = None
    """How long it took; None while it runs or waits."""
    since_s: float | None = None
    """When a running or waiting step began, in the timeline's own clock."""
    kind: StepKind = "tool"
    badges: tuple[str, ...] = ()
    """What it could do more than others and who let it run, in a word each: `net`, `you`."""
    is_question: bool = False
    """The user is being asked, or was. One row for each question: the call while it waits, then its answer."""

    @property
    def is_users_time(self) -> bool:
        """The user takes it, for an answer or in a pause."""
        return self.kind in ("approval", "pause") or self.status == "waiting"
