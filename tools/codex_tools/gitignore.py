"""Which files git ignores: the rules of `.gitignore` files and `.git/info/exclude`, as git applies them.

The user's global excludes are not read. Patterns and names are bytes, as they are for git: `?` is one byte.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from codex_core.protocol import ToolError
from codex_tools.beneath import read_regular
from codex_tools.wildmatch import compile_wildmatch

LIMIT_BYTES = 1 << 20
"""A longer ignore file is not read."""
_SPECIAL = re.compile(rb"[*?\[\\]")


@dataclass(frozen=True, slots=True)
class _Pattern:
    regex: re.Pattern[bytes]
    is_negated: bool
    only_folders: bool
    has_slash: bool
    """It is matched against the path from the file's folder on, else against the name alone."""


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """The patterns of one file. The last one that matches decides."""

    patterns: tuple[_Pattern, ...]
    plain_names: dict[bytes, list[int]] = field(default_factory=dict[bytes, list[int]])
    """Patterns without wildcards and slashes by name: most are, and looking them up is quick."""
    suffixes: dict[bytes, list[int]] = field(default_factory=dict[bytes, list[int]])
    """Patterns like `*.pyc` by what follows the star."""
    others: tuple[int, ...] = ()

    @classmethod
    def parse(cls, data: bytes) -> IgnoreFile:
        patterns: list[_Pattern] = []
        plain_names: dict[bytes, list[int]] = {}
        suffixes: dict[bytes, list[int]] = {}
        others: list[int] = []
        for source, pattern in _parsed(data):
            index = len(patterns)
            patterns.append(pattern)
            if pattern.has_slash:
                others.append(index)
            elif not _SPECIAL.search(source):
                plain_names.setdefault(source, []).append(index)
            elif source.startswith(b"*.") and not _SPECIAL.search(source[1:]):
                suffixes.setdefault(source[1:], []).append(index)
            else:
                others.append(index)
        return cls(tuple(patterns), plain_names, suffixes, tuple(others))

    def verdict(self, path: bytes, *, is_folder: bool) -> bool | None:
        """Whether `path` (relative to this file's folder) is ignored; None if no pattern matches."""
        name = path.rsplit(b"/", 1)[-1]
        last = -1
        for index in self._by_name(name):
            if index > last and (is_folder or not self.patterns[index].only_folders):
                last = index
        for index in reversed(self.others):
            if index < last:
                break
            pattern = self.patterns[index]
            if pattern.only_folders and not is_folder:
                continue
            if pattern.regex.fullmatch(path if pattern.has_slash else name):
                last = index
                break
        return None if last < 0 else not self.patterns[last].is_negated

    def _by_name(self, name: bytes) -> Iterator[int]:
        yield from self.plain_names.get(name, ())
        if self.suffixes:
            dot = name.find(b".")
            while dot >= 0:
                yield from self.suffixes.get(name[dot:], ())
                dot = name.find(b".", dot + 1)


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The files that count in one folder, from the weakest to the strongest."""

    files: tuple[tuple[IgnoreFile, bytes], ...] = ()
    """Each with its folder, relative to the repository's top, as a prefix that ends in a slash (or is empty)."""
    prefix: bytes = b""
    """The folder that these rules are for, in the same form."""

    @classmethod
    def for_folder(cls, folder: Path) -> IgnoreRules:
        """The rules inside `folder` (resolved): its own and those of the repository around it. Blocking."""
        top = next((f for f in (folder, *folder.parents) if os.path.lexists(f / ".git")), folder)
        rules = cls()
        exclude = _read(top / ".git" / "info" / "exclude")
        if exclude is not None:
            rules = cls(files=((exclude, b""),))
        here = top
        rules = rules.with_file(_read(here / ".gitignore"))
        for name in folder.relative_to(top).parts:
            here /= name
            rules = rules.inside(os.fsencode(name)).with_file(_read(here / ".gitignore"))
        return rules

    def inside(self, name: bytes) -> IgnoreRules:
        """The rules for the folder `name` in this one, its own file not yet counted."""
        return IgnoreRules(files=self.files, prefix=self.prefix + name + b"/")

    def with_file(self, file: IgnoreFile | None) -> IgnoreRules:
        """These rules and those of the ignore file in this folder."""
        if file is None or not file.patterns:
            return self
        return IgnoreRules(files=(*self.files, (file, self.prefix)), prefix=self.prefix)

    def ignores(self, name: bytes, *, is_folder: bool) -> bool:
        """Whether the entry `name` of this folder is ignored. What is in an ignored folder is, too; see to it."""
        path = self.prefix + name
        for file, base in reversed(self.files):
            verdict = file.verdict(path[len(base) :], is_folder=is_folder)
            if verdict is not None:
                return verdict
        return False


class IgnoreCheck:
    """Answers for single paths below `root` (resolved) what a walk from there would leave out. Blocking."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._rules: dict[tuple[str, ...], IgnoreRules] = {(): IgnoreRules.for_folder(root)}

    def ignores(self, path: str) -> bool:
        """Whether the file `path`, relative to the root, or a folder on the way to it is ignored."""
        parts = tuple(path.split("/"))
        return any(
            self._rules_in(parts[:depth]).ignores(os.fsencode(name), is_folder=depth < len(parts) - 1)
            for depth, name in enumerate(parts)
        )

    def _rules_in(self, parts: tuple[str, ...]) -> IgnoreRules:
        if parts not in self._rules:
            inside = self._rules_in(parts[:-1]).inside(os.fsencode(parts[-1]))
            self._rules[parts] = inside.with_file(_read(self._root.joinpath(*parts) / ".gitignore"))
        return self._rules[parts]


def _read(path: Path) -> IgnoreFile | None:
    try:
        return IgnoreFile.parse(read_regular(path, LIMIT_BYTES).data)
    except (OSError, ToolError):  # none, unreadable, or a link, which git does not follow either
        return None


def _parsed(data: bytes) -> Iterator[tuple[bytes, _Pattern]]:
    """Each pattern with its source, stripped of `!` and slashes at its ends."""
    for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        source = _without_trailing_spaces(line.removesuffix(b"\r"))
        if not source or source.startswith(b"#"):
            continue
        is_negated = source.startswith(b"!")
        source = source[is_negated:]
        only_folders = source.endswith(b"/")
        source = source[: len(source) - only_folders]
        has_slash = b"/" in source
        source = source.removeprefix(b"/")
        yield source, _Pattern(compile_wildmatch(source), is_negated, only_folders, has_slash)


def _without_trailing_spaces(line: bytes) -> bytes:
    end = len(line)
    while end and line[end - 1 : end] == b" ":
        backslashes = len(line[: end - 1]) - len(line[: end - 1].rstrip(b"\\"))
        if backslashes % 2:
            break
        end -= 1
    return line[:end]
