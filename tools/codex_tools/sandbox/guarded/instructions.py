"""Instruction files further down in a workspace: agents that are started there obey them.

A command may remove them, with the folder that they are in or by checking out another branch; what it has changed is
put back. They are not read-only meanwhile: git, in the middle of a checkout, could not go on.
"""

# pathlib costs every child milliseconds, and knows no directory descriptors.
# ruff: noqa: PTH116, PTH120

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Collection, Iterable
from typing import Final

from codex_tools.sandbox.guarded import file_state
from codex_tools.sandbox.guarded.file_state import State

_MOST_FOLDERS: Final = 500
_MOST_ENTRIES: Final = 10_000
_MOST_FILES: Final = 32
"""Those nearest to the top: each is read before every command."""
_KEPT_FOR_S: Final = 10.0


class InstructionFiles:
    """Remembers where they are, so that not every command has to look for them first. Safe to use from threads."""

    def __init__(self) -> None:
        self._found: dict[tuple[tuple[str, int], ...], tuple[list[str], float]] = {}
        self._lock = threading.Lock()

    def below(self, roots: Iterable[str], names: Collection[str]) -> list[str]:
        """Return the files in folders below `roots` whose name, casefolded, is among `names`.

        Not in folders of programs: environments, installed packages, what begins with a dot.
        """
        key = tuple((root, os.stat(root).st_mtime_ns) for root in roots)  # a new folder in one of them is seen at once
        with self._lock:
            found, until = self._found.get(key, ([], 0.0))
            if time.monotonic() > until:
                found = [path for root, _ in key for path in _search(root, names)][:_MOST_FILES]
                self._found.clear()
                self._found[key] = found, time.monotonic() + _KEPT_FOR_S
            return found


def _search(root: str, names: Collection[str]) -> list[str]:
    found: list[str] = []
    waiting, folders_seen, entries_seen = deque([root]), 0, 0
    while waiting and folders_seen < _MOST_FOLDERS and entries_seen < _MOST_ENTRIES:
        folder = waiting.popleft()
        folders_seen += 1
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                entries_seen += 1
                if entry.is_dir(follow_symlinks=False):
                    waiting += [] if entry.name == "node_modules" or entry.name.startswith(".") else [entry.path]
                elif folder != root and entry.name.casefold() in names:
                    found.append(entry.path)
    return found


class KeptInstructions:
    """What they say before a command."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._before: dict[str, State] = {path: _read(path) for path in paths}

    def put_back(self) -> list[str]:
        """Undo every change but a removal; return the paths that had been changed."""
        changed: list[str] = []
        for path, was in self._before.items():
            now = _read(path)
            if was is None or now is None or file_state.is_same(was, now):
                continue
            try:
                with file_state.opened(os.path.dirname(path)) as folder_fd:
                    file_state.write(folder_fd, os.path.basename(path), was)  # noqa: PTH119
                changed.append(path)
            except OSError as error:
                changed.append(f"{path} (could not be put back: {error.strerror})")
        return changed


def _read(path: str) -> State:
    """None too if a folder on the way has become a link: then it is not there any more."""
    if os.path.realpath(os.path.dirname(path)) != os.path.dirname(path):
        return None
    with contextlib.suppress(OSError), file_state.opened(os.path.dirname(path)) as folder_fd:
        return file_state.read(folder_fd, os.path.basename(path))  # noqa: PTH119
    return None
