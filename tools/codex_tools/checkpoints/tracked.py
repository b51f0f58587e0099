"""The files of a workspace that git tracks: they are covered even if a pattern would ignore them. Blocking."""

from __future__ import annotations

import os
from collections.abc import Set
from pathlib import Path

from codex_tools.checkpoints.listing import Stamp, stamp_of
from codex_tools.git_index import find_index, tracked_paths

MOST_CHARACTERS = 16 << 20
"""Paths beyond that do not count: whoever made the repository must not fill our memory."""


class TrackedPaths:
    """Reads the index again when it has changed."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._stamp: Stamp | None = None
        self._paths: Set[str] = frozenset()

    def now(self) -> Set[str]:
        """Relative to the workspace, with the folders above them."""
        found = find_index(self._workspace)
        stamp = None if found is None else _stamp_at(found[1])
        if stamp != self._stamp:
            self._stamp = stamp
            self._paths = frozenset() if found is None else self._read(*found)
        return self._paths

    def _read(self, top: Path, index: Path) -> Set[str]:
        inside = os.fsencode(self._workspace.relative_to(top))
        prefix = b"" if inside == b"." else inside + b"/"
        paths: set[str] = set()
        room = MOST_CHARACTERS
        for path in tracked_paths(index):
            if not path.startswith(prefix):
                continue
            room -= _add_with_folders(paths, os.fsdecode(path[len(prefix) :]))
            if room < 0:
                break
        return paths


def _add_with_folders(paths: set[str], path: str) -> int:
    """Return how many characters that were."""
    added = 0
    while path and path not in paths and added < MOST_CHARACTERS:
        paths.add(path)
        added += len(path)
        path = path.rpartition("/")[0]
    return added


def _stamp_at(path: Path) -> Stamp | None:
    try:
        return stamp_of(path.lstat())
    except OSError:
        return None
