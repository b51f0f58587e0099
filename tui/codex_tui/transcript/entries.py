"""What a transcript shows, one small value per entry. Knows nothing of core.

Named tuples, not dataclasses: they are made at start-up, where each dataclass would cost a millisecond. Texts are raw;
the transcript makes them printable.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Status: TypeAlias = Literal["running", "ok", "error", "waiting", "denied", "interrupted", "timeout"]


class UserTurn(NamedTuple):
    id: str
    text: str
    at: str = ""
    """When it was said, as it is shown: `12:01`."""


class Answer(NamedTuple):
    """Markdown of the model. Grows by `Transcript.stream`."""

    id: str
    text: str = ""


class Reasoning(NamedTuple):
    """What the model thought. One line until it is opened. Grows by `Transcript.stream`."""

    id: str
    text: str = ""
    duration_s: float | None = None
    """None while it thinks, or if it is not known."""


class ToolCall(NamedTuple):
    id: str
    name: str
    """What it does, in a word: `read`, `shell`."""
    subject: str
    """What it does it to: a path, a command."""
    status: Status = "running"
    detail: str = ""
    """Quiet facts: `2.1 s · exit 1`; numbers like `+3` and `−1` are coloured."""
    tail: tuple[str, ...] = ()
    """Lines shown below it: the end of a failure's output."""
    decided: tuple[str, ...] = ()
    """How it came to run, or not: lines shown first below it."""


class Plan(NamedTuple):
    id: str
    steps: tuple[tuple[Literal["pending", "in_progress", "completed"], str], ...]
    explanation: str = ""


class Notice(NamedTuple):
    id: str
    text: str
    level: Literal["info", "warning", "error"] = "info"


class Separator(NamedTuple):
    """The end of a turn."""

    id: str
    text: str
    """`done · 14 s`, `stopped`, `failed: …`"""
    outcome: Literal["completed", "stopped", "failed", "limit"] = "completed"


Entry: TypeAlias = UserTurn | Answer | Reasoning | ToolCall | Plan | Notice | Separator
