"""Display blocks: what tools show to people. The screen draws blocks and knows no tool.

All text in blocks is plain: never markup, and the screen removes terminal escape sequences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from codex_core.protocol.record import Record, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class TextBlock(Record):
    text: str
    language: str = ""
    """A pygments lexer name, or empty for prose."""
    first_line: int | None = None
    """The number of the first line where the text is an excerpt of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandBlock(Record):
    command: str
    output: str
    """Head and tail of what was printed, stdout and stderr in the order of their coming."""
    exit_code: int | None
    """None while it runs, or if it was killed."""
    duration_s: float = 0.0
    cut_bytes: int = 0
    """Bytes of the output that are not shown, out of its middle."""
    sandbox: str = ""
    """How it was confined, in words for the screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff(Record):
    path: str
    """Relative to the workspace where inside it, else absolute. The new path, if the file moved."""
    kind: Literal["add", "update", "delete"]
    old_path: str | None = None
    """Where the file was before, if it moved."""
    added: int
    removed: int
    unified: str
    """Hunks of a unified diff (`@@` lines on), without file headers; empty if binary or a pure move."""
    old_mode: str = ""
    """As git writes modes: `100644`, `100755`, `120000` for a link. Empty if there was nothing, or it is not told."""
    new_mode: str = ""
    """Likewise."""
    is_binary: bool = False
    """Its content is no text, before or after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffBlock(Record):
    files: tuple[FileDiff, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep(Record):
    text: str
    status: Literal["pending", "in_progress", "completed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanBlock(Record):
    steps: tuple[PlanStep, ...]
    explanation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBlock(Record):
    path: str
    mime: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TableBlock(Record):
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block: TypeAlias = TextBlock | CommandBlock | DiffBlock | PlanBlock | ImageBlock | TableBlock | Unknown
