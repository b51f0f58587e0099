"""Going through a folder: sorted, links never followed, git-ignored and hidden entries left out.

Folders are opened relative to the one before, so a folder that is swapped for a link on the way is not entered.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from codex_core.protocol import SandboxPolicy
from codex_tools.beneath import open_folder
from codex_tools.gitignore import IgnoreRules
from codex_tools.threads import Deadline

_LIST = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

MAX_DEPTH = 100
"""Folders nested deeper are not entered: each level holds a descriptor."""


@dataclass(slots=True)
class Entry:
    """Something in a folder, itself and not what a link points to. `info` and `link_target` ask the disk, and only
    until the walk goes on."""

    path: str
    """Relative to where the walk began, with `/`. Bytes that are no UTF-8 are lone surrogates."""
    depth: int
    """1 for what lies directly in the folder."""
    is_folder: bool
    is_file: bool
    is_link: bool
    _entry: os.DirEntry[str]
    _folder_fd: int

    @property
    def name(self) -> str:
        return self._entry.name

    def info(self) -> os.stat_result | None:
        """None if it is gone by now."""
        try:
            return self._entry.stat(follow_symlinks=False)
        except OSError:
            return None

    def link_target(self) -> str:
        try:
            return os.readlink(self._entry.name, dir_fd=self._folder_fd)
        except OSError:
            return ""


@dataclass(slots=True, kw_only=True)
class Walk:
    """One walk through `root` (resolved). Blocking; iterate it once."""

    root: Path
    policy: SandboxPolicy
    deadline: Deadline
    max_depth: int = MAX_DEPTH
    enters: Callable[[str], bool] = field(default=lambda _: True)
    """Whether to look into a folder; gets its relative path."""
    ignored: int = 0
    """How many entries were left out because git ignores them."""

    def __iter__(self) -> Generator[Entry, None, None]:
        """Depth first, a folder before what is in it.

        Raises:
            ToolError: the deadline.
            OSError: the root cannot be opened. What cannot be opened further down is passed over.
        """
        hidden = frozenset(
            str(p.relative_to(self.root)) for p in self.policy.hidden_paths if p.is_relative_to(self.root)
        )
        with open_folder(self.root) as root_fd:
            # Opened again: the descriptor above may not be good for listing.
            fd = os.open(".", _LIST, dir_fd=root_fd)
        try:
            yield from self._in_folder(fd, "", IgnoreRules.for_folder(self.root, self.deadline), 1, hidden)
        finally:
            os.close(fd)

    def _in_folder(
        self, folder_fd: int, prefix: str, rules: IgnoreRules, depth: int, hidden: frozenset[str]
    ) -> Generator[Entry, None, None]:
        with os.scandir(folder_fd) as scan:
            found = sorted(self._in_time(scan), key=lambda entry: entry.name)
        for one in self._in_time(found):
            name = one.name
            path = f"{prefix}{name}"
            if name == ".git" or path in hidden:
                continue
            is_folder = one.is_dir(follow_symlinks=False)
            if rules.ignores(os.fsencode(name), is_folder=is_folder):
                self.ignored += 1
                continue
            yield Entry(path, depth, is_folder, one.is_file(follow_symlinks=False), one.is_symlink(), one, folder_fd)
            if is_folder and depth < self.max_depth and self.enters(path):
                yield from self._below(folder_fd, name, path, rules, depth, hidden)

    def _in_time(self, entries: Iterable[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
        self.deadline.check()  # Also for a folder with nothing in it: there may be a million of them.
        for entry in entries:
            yield entry
            self.deadline.check()

    def _below(
        self, parent_fd: int, name: str, path: str, rules: IgnoreRules, depth: int, hidden: frozenset[str]
    ) -> Generator[Entry, None, None]:
        try:
            fd = os.open(name, _LIST, dir_fd=parent_fd)
        except OSError:
            return
        try:
            inside = rules.inside(os.fsencode(name)).with_file(self.root / path / ".gitignore", fd)
            yield from self._in_folder(fd, f"{path}/", inside, depth + 1, hidden)
        finally:
            os.close(fd)
