"""Remembers which repositories lie in the writable folders, so that not every command has to look for them first."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Final, NamedTuple

from codex_core.protocol import SandboxPolicy
from codex_tools.sandbox.nested import repositories_in

_KEPT_FOR_S: Final = 10.0
"""What the user clones meanwhile into a folder further down is found after this time."""


class _Found(NamedTuple):
    folders: list[str]
    changed_ns: tuple[int, ...]
    """Of the writable folders: a new folder in one of them is seen at once."""
    until: float


class NestedRepositories:
    """Safe to use from several threads."""

    def __init__(self) -> None:
        self._found: dict[tuple[Path, ...], _Found] = {}
        self._lock = threading.Lock()

    def of(self, policy: SandboxPolicy) -> list[str]:
        """Return the folders below the writable ones that hold a repository; none for a mode that protects none."""
        if policy.mode != "workspace-write":
            return []
        roots = policy.roots()
        changed_ns = tuple(root.stat().st_mtime_ns for root in roots)
        with self._lock:
            found = self._found.get(roots)
            if found is None or found.changed_ns != changed_ns or time.monotonic() > found.until:
                folders = [folder for root in roots for folder in repositories_in(str(root))]
                found = self._found[roots] = _Found(folders, changed_ns, time.monotonic() + _KEPT_FOR_S)
            return found.folders
