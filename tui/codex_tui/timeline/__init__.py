"""The steps of a session as one widget."""

from codex_tui.timeline.row import StepKind, TimelineRow
from codex_tui.timeline.widget import Timeline

__all__ = ["StepKind", "Timeline", "TimelineRow"]
