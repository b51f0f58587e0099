"""Checkpoints: what the files of a workspace were at a moment, and how to get back to it."""

from __future__ import annotations

from codex_tools.checkpoints.compare import PathChange
from codex_tools.checkpoints.engine import Restored
from codex_tools.checkpoints.errors import CheckpointError, CheckpointGone, ObjectDamaged, StoreDamaged
from codex_tools.checkpoints.limits import CheckpointLimits
from codex_tools.checkpoints.plan import CheckpointId, Decision, PlannedPath, RestorePlan
from codex_tools.checkpoints.prune import Pruning
from codex_tools.checkpoints.restore import Failure
from codex_tools.checkpoints.states import FileState, FolderState, LinkState, NotCovered, PathState
from codex_tools.checkpoints.workspace_checkpoints import Checkpoints, prune

__all__ = [
    "CheckpointError",
    "CheckpointGone",
    "CheckpointId",
    "CheckpointLimits",
    "Checkpoints",
    "Decision",
    "Failure",
    "FileState",
    "FolderState",
    "LinkState",
    "NotCovered",
    "ObjectDamaged",
    "PathChange",
    "PathState",
    "PlannedPath",
    "Pruning",
    "RestorePlan",
    "Restored",
    "StoreDamaged",
    "prune",
]
