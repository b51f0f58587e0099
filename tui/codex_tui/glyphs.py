"""The signs for states, the same in the transcript, the timeline and the panels. Each is one cell wide everywhere."""

from __future__ import annotations

STATUS: dict[str, tuple[str, str]] = {
    "running": ("●", "accent"),
    "ok": ("✓", "success"),
    "error": ("✗", "danger"),
    "waiting": ("?", "warning"),
    "denied": ("⊘", "danger"),
    "interrupted": ("⊘", "warning"),
    "timeout": ("✗", "warning"),
    "model": ("●", "reasoning"),
    "compaction": ("≡", "reasoning"),
    "retry": ("↻", "warning"),
    "paused": ("‖", "warning"),
    "allowed": ("✓", "muted"),
    "refused": ("⊘", "danger"),
    "withdrawn": ("⊘", "muted"),
}
"""Glyph and meaning (a colour of the palette) by status."""

STEP: dict[str, tuple[str, str]] = {
    "completed": ("✓", "success"),
    "in_progress": ("▸", "accent"),
    "pending": ("○", "muted"),
}
LEVEL: dict[str, tuple[str, str]] = {
    "info": ("·", "muted"),
    "warning": ("!", "warning"),
    "error": ("✗", "danger"),
}
OUTCOME: dict[str, tuple[str, str]] = {
    "completed": ("✓", "success"),
    "stopped": ("■", "warning"),
    "failed": ("✗", "danger"),
    "limit": ("■", "warning"),
}


def duration(seconds: float) -> str:
    """A duration in at most six characters: `4ms`, `2.1s`, `48s`, `3m05`, `2h07`."""
    if seconds < 0.9995:
        return f"{max(0, round(seconds * 1000))}ms"
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    if seconds < 59.5:
        return f"{round(seconds)}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m{rest:02}"
    return f"{minutes // 60}h{minutes % 60:02}"


def spoken_duration(seconds: float) -> str:
    """A duration in a sentence: `0.4 s`, `3 s`, `2 min 5 s`."""
    if seconds < 1:
        return f"{seconds:.1f} s"
    if seconds < 59.5:
        return f"{round(seconds)} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
