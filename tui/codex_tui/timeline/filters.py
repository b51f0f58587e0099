"""Which steps a timeline shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from codex_tui.timeline.row import TimelineRow

Filter: TypeAlias = Literal["all", "tools", "failed", "stopped", "asked", "model"]
FILTERS: tuple[Filter, ...] = ("all", "tools", "failed", "stopped", "asked", "model")
_FAILED = ("error", "timeout")
_STOPPED = ("denied", "interrupted")


def belongs(row: TimelineRow, name: Filter) -> bool:
    """Whether the filter `name` lets a step through."""
    match name:
        case "all":
            return True
        case "tools":
            return row.kind == "tool"
        case "failed":
            return row.status in _FAILED
        case "stopped":
            return row.status in _STOPPED
        case "asked":
            return row.is_question
        case "model":
            return row.kind in ("model", "compaction", "retry")


def offered_filters(counts: Mapping[Filter, int], active: Filter) -> tuple[Filter, ...]:
    """Those that can be chosen: calls that somebody stopped are rare, and told of where there are some."""
    return tuple(name for name in FILTERS if name != "stopped" or counts[name] or name == active)


def holds(row: TimelineRow, words: str) -> bool:
    """Whether all of `words` are in what the step says."""
    text = " ".join((row.at, row.status, row.label, row.subject, *row.badges)).lower()
    return all(word in text for word in words.lower().split())
