"""Which files git ignores: the rules of `.gitignore` files and `.git/info/exclude`, as git applies them.

The user's global excludes are not read. Patterns and names are bytes, as they are for git: `?` is one byte.

The files come from whoever made the repository: what they can cost is bounded, and what goes beyond does not count.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from codex_core.protocol import ToolError
from codex_tools.beneath import read_regular, read_regular_at
from codex_tools.threads import Deadline
from codex_tools.wildmatch import compile_wildmatch

LIMIT_BYTES = 1 << 20
"""The ignore files that count in one folder are not longer than this together: one that goes beyond is not read."""
WILDCARD_BYTES = 64 << 10
"""Patterns with wildcards that count in one folder, together: each costs memory, and time for every name. More are
passed over."""
MAX_WILDCARD_BYTES = 1024
"""A longer pattern with wildcards is passed over."""
_SPECIAL = re.compile(rb"[*?\[\\]")


class _Names:
    """Patterns that are a name and nothing else, to be looked up. Of each only the last one counts."""

    def __init__(self) -> None:
        self._for_files: dict[bytes, int] = {}
        self._for_folders: dict[bytes, int] = {}

    def add(self, name: bytes, rank: int, *, only_folders: bool) -> None:
        self._for_folders[name] = rank
        if not only_folders:
            self._for_files[name] = rank

    def rank(self, name: bytes, *, is_folder: bool) -> int:
        """-1 if there is none."""
        return (self._for_folders if is_folder else self._for_files).get(name, -1)

    def __bool__(self) -> bool:
        return bool(self._for_folders)


@dataclass(frozen=True, slots=True)
class _Wildcard:
    regex: re.Pattern[bytes]
    rank: int
    only_folders: bool
    has_slash: bool
    """It is matched against the path from the file's folder on, else against the name alone."""


@dataclass(slots=True)
class IgnoreFile:
    """The patterns of one file. The last one that matches decides: each has a rank, higher further down, even for
    what is ignored and odd for what is not (`!`)."""

    names: _Names = field(default_factory=_Names)
    """Most patterns have neither wildcards nor slashes, and looking them up is quick."""
    paths: _Names = field(default_factory=_Names)
    """Patterns with slashes and without wildcards."""
    suffixes: _Names = field(default_factory=_Names)
    """Patterns like `*.pyc` by what follows the star."""
    wildcards: list[_Wildcard] = field(default_factory=list[_Wildcard])
    wildcard_bytes: int = 0

    @classmethod
    def parse(cls, data: bytes, deadline: Deadline, room_bytes: int = WILDCARD_BYTES) -> IgnoreFile:
        """Blocking. `room_bytes` of patterns with wildcards are taken.

        Raises:
            ToolError: the deadline.
        """
        file = cls()
        for position, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n")):
            deadline.check()
            source = _without_trailing_spaces(line.removesuffix(b"\r"))
            if source and not source.startswith(b"#"):
                file._add(source, 2 * position, room_bytes)
        return file

    def _add(self, source: bytes, rank: int, room_bytes: int) -> None:
        if source.startswith(b"!"):
            source, rank = source[1:], rank + 1
        only_folders = source.endswith(b"/")
        source = source[: len(source) - only_folders]
        has_slash = b"/" in source
        source = source.removeprefix(b"/")
        if not _SPECIAL.search(source):
            (self.paths if has_slash else self.names).add(source, rank, only_folders=only_folders)
        elif not has_slash and source.startswith(b"*.") and not _SPECIAL.search(source, 1):
            self.suffixes.add(source[1:], rank, only_folders=only_folders)
        elif len(source) <= min(MAX_WILDCARD_BYTES, room_bytes - self.wildcard_bytes):
            self.wildcard_bytes += len(source)
            self.wildcards.append(_Wildcard(compile_wildmatch(source), rank, only_folders, has_slash))

    def verdict(self, path: bytes, deadline: Deadline, *, is_folder: bool) -> bool | None:
        """Whether `path` (relative to this file's folder) is ignored; None if no pattern matches.

        Raises:
            ToolError: the deadline.
        """
        name = path.rsplit(b"/", 1)[-1]
        last = max(self.names.rank(name, is_folder=is_folder), self.paths.rank(path, is_folder=is_folder))
        if self.suffixes:
            last = max(last, self._rank_by_suffix(name, is_folder=is_folder))
        for tried, pattern in enumerate(reversed(self.wildcards), start=1):
            if pattern.rank < last:
                break
            if tried % 64 == 0:
                deadline.check()
            if pattern.only_folders and not is_folder:
                continue
            if pattern.regex.fullmatch(path if pattern.has_slash else name):
                last = pattern.rank
                break
        return None if last < 0 else last % 2 == 0

    def _rank_by_suffix(self, name: bytes, *, is_folder: bool) -> int:
        rank = -1
        dot = name.find(b".")
        while dot >= 0:
            rank = max(rank, self.suffixes.rank(name[dot:], is_folder=is_folder))
            dot = name.find(b".", dot + 1)
        return rank


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The files that count in one folder, from the weakest to the strongest."""

    deadline: Deadline
    files: tuple[tuple[IgnoreFile, bytes], ...] = ()
    """Each with its folder, relative to the repository's top, as a prefix that ends in a slash (or is empty)."""
    prefix: bytes = b""
    """The folder that these rules are for, in the same form."""
    room_bytes: int = LIMIT_BYTES
    """How long the next file may be."""
    wildcard_room_bytes: int = WILDCARD_BYTES

    @classmethod
    def for_folder(cls, folder: Path, deadline: Deadline) -> IgnoreRules:
        """The rules inside `folder` (resolved): its own and those of the repository around it. Blocking.

        Raises:
            ToolError: the deadline.
        """
        top = next((f for f in (folder, *folder.parents) if os.path.lexists(f / ".git")), folder)
        rules = cls(deadline).with_file(top / ".git" / "info" / "exclude").with_file(top / ".gitignore")
        here = top
        for name in folder.relative_to(top).parts:
            here /= name
            rules = rules.inside(os.fsencode(name)).with_file(here / ".gitignore")
        return rules

    def inside(self, name: bytes) -> IgnoreRules:
        """The rules for the folder `name` in this one, its own file not yet counted."""
        return replace(self, prefix=self.prefix + name + b"/")

    def with_file(self, path: Path, folder_fd: int | None = None) -> IgnoreRules:
        """These rules and those of the ignore file `path`, which counts from this folder on.

        It is opened in `folder_fd`, if that is given. None is there, or none that can be read: nothing is added. A
        link counts as none, as it does for git.
        """
        try:
            if folder_fd is None:
                data = read_regular(path, self.room_bytes).data
            else:
                data = read_regular_at(folder_fd, path.name, path, self.room_bytes).data
        except (OSError, ToolError):
            return self
        file = IgnoreFile.parse(data, self.deadline, self.wildcard_room_bytes)
        return replace(
            self,
            files=(*self.files, (file, self.prefix)),
            room_bytes=self.room_bytes - len(data),
            wildcard_room_bytes=self.wildcard_room_bytes - file.wildcard_bytes,
        )

    def ignores(self, name: bytes, *, is_folder: bool) -> bool:
        """Whether the entry `name` of this folder is ignored. What is in an ignored folder is, too; see to it.

        Raises:
            ToolError: the deadline.
        """
        path = self.prefix + name
        for file, base in reversed(self.files):
            verdict = file.verdict(path[len(base) :], self.deadline, is_folder=is_folder)
            if verdict is not None:
                return verdict
        return False


def _without_trailing_spaces(line: bytes) -> bytes:
    """Without the spaces at the end, but for one that a backslash keeps."""
    stripped = line.rstrip(b" ")
    backslashes = len(stripped) - len(stripped.rstrip(b"\\"))
    return line[: len(stripped) + backslashes % 2]
