"""The conversation as one widget."""

from codex_tui.transcript.entries import (
    Answer,
    Entry,
    Notice,
    Plan,
    Reasoning,
    Separator,
    Status,
    ToolCall,
    UserTurn,
)
from codex_tui.transcript.widget import Transcript

__all__ = [
    "Answer",
    "Entry",
    "Notice",
    "Plan",
    "Reasoning",
    "Separator",
    "Status",
    "ToolCall",
    "Transcript",
    "UserTurn",
]
