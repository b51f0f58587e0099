"""What is not as it was in the files of a workspace: since the session began, or since the last commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from codex_core.protocol.display import DiffBlock

ChangesSince: TypeAlias = Literal["session", "commit"]
"""`session`: the first checkpoint of the session. `commit`: what git has checked out, its HEAD."""

CONTEXT_LINES = 3
"""Unchanged lines around a change, where nothing else was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceChanges:
    since: ChangesSince
    context_lines: int
    diff: DiffBlock
    """From then to the files as they are now, whoever has changed them."""
    base: str = ""
    """What it is compared with, if that has a name: the id of a commit."""
    remarks: tuple[str, ...] = ()
    """What is not shown, a sentence each."""
    problem: str = ""
    """Why there is nothing to compare with, as a sentence; mostly empty."""
