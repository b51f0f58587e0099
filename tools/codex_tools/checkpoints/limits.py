"""How much of a workspace is covered, and what looking through it may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointLimits:
    """What goes beyond is recorded as not covered, and reported, not left out silently."""

    file_bytes: int = 16 << 20
    """A longer file is not covered."""
    tree_bytes: int = 512 << 20
    """Files are covered as long as they are not longer than this together; folders near the top come first."""
    entries: int = 50_000
    """In all folders together, ignored ones included: about a quarter of a second for each checkpoint. A folder that
    would exceed it is not covered; folders near the top come first."""
    depth: int = 100
    """Folders nested deeper are not covered."""
    reading_s: float = 20.0
    """So long new contents are read in one checkpoint. What is left is not covered in it, and read by the next one."""
    timeout_s: float = 60.0
    """For one checkpoint, after which it fails: a file system hangs."""
    store_bytes: int = 4 << 30
    """What pruning leaves of the checkpoints of one workspace."""
