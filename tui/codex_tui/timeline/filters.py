"""Which steps a timeline shows."""

from __future__ import annotations

from typing import Literal, TypeAlias

from codex_tui.timeline.row import TimelineRow

Filter: TypeAlias = Literal["all", "tools", "failed", "asked", "model"]
FILTERS: tuple[Filter, ...] = ("all", "tools", "failed", "asked", "model")
_FAILED = ("error", "timeout", "denied", "interrupted")


def belongs(row: TimelineRow, name: Filter) -> bool:
    """Whether the filter `name` lets a step through."""
    match name:
        case "all":
            return True
        case "tools":
            return row.kind == "tool"
        case "failed":
            return row.status in _FAILED
        case "asked":
            return row.is_question
        case "model":
            return row.kind in ("model", "compaction", "retry")


def holds(row: TimelineRow, words: str) -> bool:
    """Whether all of `words` are in what the step says."""
    text = " ".join((row.at, row.status, row.label, row.subject, *row.badges)).lower()
    return all(word in text for word in words.lower().split())
