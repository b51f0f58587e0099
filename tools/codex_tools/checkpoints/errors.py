"""What can go wrong with checkpoints, in words for the user."""

from __future__ import annotations

from codex_core.protocol import CodexError


class CheckpointError(CodexError):
    """A checkpoint could not be taken, read or restored. No file was changed unless the message says so."""


class CheckpointGone(CheckpointError):
    """The store does not have it, or not any more: it was pruned."""


class ObjectDamaged(CheckpointError):
    """A content in the store is not what was stored: its digest is another one, or it is lost."""


class StoreDamaged(CheckpointError):
    """The file of the store itself is broken."""
