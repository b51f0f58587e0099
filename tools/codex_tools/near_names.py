"""What a path that does not exist may have meant."""

from __future__ import annotations

import os
from pathlib import Path

from codex_core.protocol import ToolError
from codex_core.spelling import close_to
from codex_tools.folder_walk import Walk
from codex_tools.threads import Deadline
from codex_tools.workspace import Workspace

_SEARCH_LIMIT = 20_000
"""Entries looked at in search of the same name elsewhere."""


def missing(path: Path, workspace: Workspace) -> ToolError:
    """The error for a file that is not there, with names that are near. Blocking."""
    names = _in_same_folder(path, workspace) or _elsewhere(path, workspace)
    hint = f" Did you mean {' or '.join(names)}?" if names else ""
    return ToolError(f"There is no {workspace.shown(path)}.{hint}")


def _in_same_folder(path: Path, workspace: Workspace) -> list[str]:
    try:
        present = os.listdir(path.parent)  # noqa: PTH208 - names are all that is needed
    except OSError:
        return []
    hidden = workspace.policy().hidden_paths
    by_key = {name.casefold(): name for name in present if path.parent / name not in hidden}
    near = close_to(path.name.casefold(), by_key, most=3, cutoff=0.7)
    return [workspace.shown(path.parent / by_key[key]) for key in near]


def _elsewhere(path: Path, workspace: Workspace) -> list[str]:
    """Files of the same name in the workspace."""
    found: list[str] = []
    walk = Walk(root=workspace.folder, policy=workspace.policy(), deadline=Deadline(1.0))
    try:
        for count, entry in enumerate(walk):
            if count >= _SEARCH_LIMIT or len(found) == 3:
                break
            if entry.name == path.name:
                found.append(workspace.shown(workspace.folder / entry.path))
    except (ToolError, OSError):
        pass
    return found
