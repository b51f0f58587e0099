"""A patch as data, whatever dialect it was written in. Lines are bytes: what is not touched is never decoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codex_core.protocol import ToolError


class PatchError(ToolError):
    """The patch cannot be read or applied; nothing was changed."""

    def __init__(self, message: str, *, path: str | None = None, hunk: int | None = None) -> None:
        where = ", ".join(part for part in (path, f"hunk {hunk}" if hunk else None) if part)
        super().__init__(f"{where}: {message}" if where else message)
        self.path = path
        """The file it is about, as the patch names it."""
        self.hunk = hunk
        """Which of the file's hunks, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchLine:
    mark: Literal[" ", "-", "+"]
    body: bytes
    """Without LF; a CR before it belongs to the body."""
    has_newline: bool = True
    is_implied: bool = False
    """A blank context line that came without its leading space: perhaps only a blank line in the patch."""

    @property
    def full(self) -> bytes:
        return self.body + b"\n" if self.has_newline else self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    number: int
    """In its file, from 1."""
    lines: tuple[PatchLine, ...]
    headers: tuple[bytes, ...] = ()
    """Lines that have to be passed first, one after the other (`@@ class A`, `@@ def f`)."""
    old_start: int | None = None
    """The line number that the patch names, from 1; for a hunk without old lines, the line to insert after."""
    is_at_end: bool = False
    """Its old lines are the last ones of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePatch:
    kind: Literal["add", "update", "delete"]
    path: str
    """The file; after a move, its new path."""
    hunks: tuple[Hunk, ...] = ()
    source: str | None = None
    """What the file is moved or copied from."""
    is_copy: bool = False
    other_name: str | None = None
    """The file may be called so instead: a diff's `---` name where it differs."""
    content: bytes = b""
    """Of a file to add; of a file to delete, what it must hold."""
    is_content_known: bool = True
    """False if a deletion does not say what the file holds."""
    is_executable: bool | None = None
    """What the file shall be; None leaves it as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    dialect: Literal["codex", "unified"]
    files: tuple[FilePatch, ...]
