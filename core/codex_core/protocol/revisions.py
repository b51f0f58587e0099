"""Changing what was asked instead of only answering: another command line, other content, some of the hunks.

A tool offers with its `Action` what may be changed; the user's change becomes another action, which is judged again.
The model is told what was changed.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TypeAlias

from codex_core.protocol.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class EditHunk(Record):
    """One hunk of a change, to be taken or left by itself. Hunks come in the order of the diff."""

    hunk_id: str
    """Unique within the action."""
    path: str
    """As in the action's `FileDiff`."""
    number: int | None
    """Which hunk of that file it is, from 0: `hunk_texts(file.unified)[number]`. None: the file as a whole, which is
    new, deleted, moved or no text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditableCommand(Record):
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileText(Record):
    path: str
    """As in the action's `FileDiff`."""
    text: str
    """The whole content, lines ended by LF whatever the file has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditableFiles(Record):
    """The content that would be written, per file. Files that are deleted, binary or very long are not among them."""

    files: tuple[FileText, ...]


Editable: TypeAlias = EditableCommand | EditableFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveEditedCommand(Record):
    """Yes, but run this line instead."""

    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveEditedFiles(Record):
    """Yes, but write this instead; files that are not named are written as they were shown."""

    files: tuple[FileText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveHunks(Record):
    """Yes to these hunks and no to the others."""

    accepted: tuple[str, ...]
    """`EditHunk.hunk_id`s; none is a no to all."""


Revision: TypeAlias = ApproveEditedCommand | ApproveEditedFiles | ApproveHunks

_HEADER = re.compile(r"^@@ ", re.MULTILINE)
"""Every other line of a hunk begins with a mark."""


def hunk_texts(unified: str) -> tuple[str, ...]:
    """Divide the hunks of one file; each begins with its `@@` line."""
    starts = [found.start() for found in _HEADER.finditer(unified)]
    return tuple(unified[start:end] for start, end in itertools.pairwise([*starts, len(unified)]))
