"""The folder that a session works in, opened: its tools, its instructions, and whether its own settings count."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from codex_core.agent.instructions import InstructionFile
from codex_core.protocol import Rule, SandboxPolicy, Settings, ToolBox, WorkspaceChanges
from codex_core.session.file_checkpoints import FileCheckpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    workspace: Path
    is_trusted: bool
    found: tuple[str, ...]
    """What trust would let in, a line each; empty: there is nothing to ask about."""
    settings: Settings
    """What configuration says, the folder's own included if it is trusted."""
    warnings: tuple[str, ...]
    """What could not be honoured, a sentence each."""
    instruction_files: tuple[InstructionFile, ...]
    policy: Callable[[Settings], SandboxPolicy]
    toolbox: Callable[[SandboxPolicy], ToolBox]
    """The tools as they are now: servers come and go."""
    close: Callable[[], Awaitable[None]]
    rules: tuple[Rule, ...] = ()
    """What the trusted folder's own config asks or forbids; it can allow nothing."""
    checkpoints: FileCheckpoints | None = None
    """Of its files, for this session; None if none are taken here."""
    changes_since_commit: Callable[[int], Awaitable[WorkspaceChanges]] | None = None
    """Asks git; gets how many unchanged lines are wanted around a change. Raises CodexError if git fails."""
    no_checkpoints: str = ""
    """Why none are, in words, where the user has not said so."""


class OpenProject(Protocol):
    async def __call__(self, workspace: Path, *, trust: bool | None) -> Project:
        """Open a folder. `trust`: what the user has just said, to be remembered; None: what is remembered counts.

        Raises:
            CodexError: its settings, or the folder, cannot be used. Nothing stays open.
        """
        ...
