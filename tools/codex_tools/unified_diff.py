"""Reading unified diffs, git's extended headers included. Strict: a hunk has exactly the lines that its header says."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from codex_tools.patch_model import FilePatch, Hunk, PatchError, PatchLine
from codex_tools.workspace import printable

HUNK_HEADER = re.compile(rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_NULL = b"/dev/null"
_GIT = b"diff --git "
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_ESCAPES = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_SIGNATURE = b"-- "
"""What ends a mail of `git format-patch`."""


def parse_unified_diff(data: bytes) -> tuple[FilePatch, ...]:
    """The files of a diff. Text around them, such as a commit message, is passed over.

    Raises:
        PatchError: there is no file in it, a hunk is cut off, or it holds what cannot be applied as text.
    """
    lines = data.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    header = next((line for line in lines if line.startswith((_GIT, b"--- "))), b"")
    if header.endswith(b"\r"):  # the diff itself was given CRLF line ends
        lines = [line.removesuffix(b"\r") for line in lines]
    files = _Reader(lines).read()
    if not files:
        raise PatchError("this is neither an apply_patch patch (`*** Begin Patch`) nor a unified diff")
    return files


@dataclass(slots=True)
class _Section:
    """What the headers of one file say."""

    old: bytes | None = None
    new: bytes | None = None
    is_git: bool = False
    has_prefix: bool = False
    is_new: bool = False
    is_deleted: bool = False
    is_copy: bool = False
    source: bytes | None = None
    target: bytes | None = None
    is_executable: bool | None = None
    hunks: list[Hunk] = field(default_factory=list[Hunk])

    @property
    def name(self) -> str:
        known = next((n for n in (self.target, self.new, self.old) if n is not None and n != _NULL), b"?")
        return printable(os.fsdecode(known))


class _Reader:
    def __init__(self, lines: Sequence[bytes]) -> None:
        self._lines = lines
        self._at = 0

    def read(self) -> tuple[FilePatch, ...]:
        files: list[FilePatch] = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.startswith(_GIT):
                files.append(self._git_section())
            elif self._is_file_header():
                files.append(self._plain_section())
            elif line.startswith(b"@@"):
                raise PatchError(f"line {self._at + 1}: a hunk without a file header (`--- ` and `+++ `) before it")
            elif line.startswith((b"Binary files ", b"GIT binary patch")):
                raise PatchError("binary diffs cannot be applied")
            else:
                self._at += 1
        return tuple(files)

    def _is_file_header(self) -> bool:
        following = self._lines[self._at : self._at + 2]
        return len(following) == 2 and following[0].startswith(b"--- ") and following[1].startswith(b"+++ ")

    def _plain_section(self) -> FilePatch:
        section = _Section()
        self._file_header(section)
        self._hunks(section)
        if not section.hunks:
            raise PatchError("the section has no hunk", path=section.name)
        return _file_patch(section)

    def _git_section(self) -> FilePatch:
        section = _Section(is_git=True)
        section.old, section.new = _git_names(self._lines[self._at].rstrip(b"\r"))
        section.has_prefix = _is_prefixed(section.old, section.new)
        self._at += 1
        while self._at < len(self._lines) and self._extended_header(section, self._lines[self._at]):
            self._at += 1
        if self._at < len(self._lines) and self._is_file_header():
            self._file_header(section)
            self._hunks(section)
        return _file_patch(section)

    def _extended_header(self, section: _Section, line: bytes) -> bool:
        """Take in one header line; whether it was one."""
        words = line.split(b" ")
        match words:
            case [b"new", b"file", b"mode", mode]:
                section.is_new, section.is_executable = True, _is_executable(mode, section)
            case [b"deleted", b"file", b"mode", mode]:
                section.is_deleted = True
                _is_executable(mode, section)
            case [b"old", b"mode", mode]:
                _is_executable(mode, section)
            case [b"new", b"mode", mode]:
                section.is_executable = _is_executable(mode, section)
            case [b"rename" | b"copy" as how, b"from", *_]:
                section.source, section.is_copy = _unquoted(line.split(b" ", 2)[2]), how == b"copy"
            case [b"rename" | b"copy", b"to", *_]:
                section.target = _unquoted(line.split(b" ", 2)[2])
            case [b"index", _, mode]:
                _is_executable(mode, section)
            case [b"similarity" | b"dissimilarity", b"index", _] | [b"index", _]:
                pass
            case [b"Binary", b"files", *_] | [b"GIT", b"binary", b"patch"]:
                raise PatchError("binary diffs cannot be applied", path=section.name)
            case _:
                return False
        return True

    def _file_header(self, section: _Section) -> None:
        old = _header_name(self._lines[self._at])
        new = _header_name(self._lines[self._at + 1])
        self._at += 2
        section.is_new = section.is_new or old == _NULL
        section.is_deleted = section.is_deleted or new == _NULL
        if not section.is_git:
            section.has_prefix = _is_prefixed(old, new)
        section.old, section.new = old, new

    def _hunks(self, section: _Section) -> None:
        while self._at < len(self._lines) and self._lines[self._at].startswith(b"@@"):
            section.hunks.append(self._hunk(section.name, len(section.hunks) + 1))
        if self._at >= len(self._lines) or not section.hunks:
            return
        line = self._lines[self._at]
        if line[:1] in {b" ", b"+", b"-"} and line != _SIGNATURE and not self._is_file_header():
            what = "more lines follow than its header counts"
            raise PatchError(f"{what} (line {self._at + 1} of the patch)", path=section.name, hunk=len(section.hunks))

    def _hunk(self, name: str, number: int) -> Hunk:
        match = HUNK_HEADER.match(self._lines[self._at])
        if match is None:
            shown = printable(os.fsdecode(self._lines[self._at][:80]))
            raise PatchError(f"unknown `@@` header: {shown}", path=name, hunk=number)
        old_left = 1 if match[2] is None else int(match[2])
        new_left = 1 if match[4] is None else int(match[4])
        self._at += 1
        lines: list[PatchLine] = []
        while old_left or new_left or self._is_newline_note():
            if self._is_newline_note():
                lines[-1:] = [_without_newline(lines, name, number)]
                self._at += 1
                continue
            line = self._hunk_line(name, number)
            old_left -= line.mark != "+"
            new_left -= line.mark != "-"
            if old_left < 0 or new_left < 0:
                raise PatchError("it has other lines than its header counts", path=name, hunk=number)
            lines.append(line)
        _require_newlines_inside(lines, name, number)
        return Hunk(number=number, lines=tuple(lines), old_start=int(match[1]))

    def _is_newline_note(self) -> bool:
        return self._at < len(self._lines) and self._lines[self._at].startswith(b"\\")

    def _hunk_line(self, name: str, number: int) -> PatchLine:
        if self._at < len(self._lines):
            line = self._lines[self._at]
            self._at += 1
            match line[:1]:
                case b" ":
                    return PatchLine(mark=" ", body=line[1:])
                case b"-":
                    return PatchLine(mark="-", body=line[1:])
                case b"+":
                    return PatchLine(mark="+", body=line[1:])
                case b"" | b"\r":  # an editor has cut the space off
                    return PatchLine(mark=" ", body=line, is_implied=True)
                case _:
                    pass
        raise PatchError("it is cut off: its header counts more lines", path=name, hunk=number)


def _without_newline(lines: list[PatchLine], name: str, number: int) -> PatchLine:
    if not lines:
        raise PatchError("it begins with a remark about a missing newline", path=name, hunk=number)
    return PatchLine(mark=lines[-1].mark, body=lines[-1].body, has_newline=False)


def _require_newlines_inside(lines: list[PatchLine], name: str, number: int) -> None:
    """Only the last line of a file can lack its newline."""
    for side in (" -", " +"):
        if not all(line.has_newline for line in [line for line in lines if line.mark in side][:-1]):
            raise PatchError("a line in its middle has no newline", path=name, hunk=number)


def _file_patch(section: _Section) -> FilePatch:
    hunks = tuple(section.hunks)
    name = section.name
    if section.is_new:
        if any(line.mark != "+" for hunk in hunks for line in hunk.lines):
            raise PatchError("it adds a file, but has old lines", path=name)
        content = b"".join(line.full for hunk in hunks for line in hunk.lines)
        return FilePatch(
            kind="add", path=_path(section.new, section, 1), content=content, is_executable=section.is_executable
        )
    if section.is_deleted:
        if any(line.mark != "-" for hunk in hunks for line in hunk.lines):
            raise PatchError("it deletes a file, but leaves lines", path=name)
        content = b"".join(line.full for hunk in hunks for line in hunk.lines)
        return FilePatch(kind="delete", path=_path(section.old, section, 0), content=content)
    if section.source is not None and section.target is not None:
        source, target = os.fsdecode(section.source), os.fsdecode(section.target)
        return FilePatch(
            kind="update",
            path=target,
            source=source,
            is_copy=section.is_copy,
            hunks=hunks,
            is_executable=section.is_executable,
        )
    if not hunks and section.is_executable is None:
        raise PatchError("the section changes nothing; is it cut off?", path=name)
    old, new = _path(section.old, section, 0), _path(section.new, section, 1)
    other = old if old != new else None
    return FilePatch(kind="update", path=new, other_name=other, hunks=hunks, is_executable=section.is_executable)


def _path(name: bytes | None, section: _Section, side: int) -> str:
    if name is None:
        raise PatchError(f"the header names no file: {section.name}")
    is_half_prefixed = not section.is_git and _NULL in {section.old, section.new}
    if name != _NULL and (section.has_prefix or (is_half_prefixed and name.startswith((b"a/", b"b/")[side]))):
        name = name[2:]
    return os.fsdecode(name)


def _is_prefixed(old: bytes | None, new: bytes | None) -> bool:
    """Whether the names begin with git's one-letter folders, `a/` and `b/` (or, as configured, `i/` and `w/`)."""
    if old is None or new is None or old[1:2] != b"/" or new[1:2] != b"/":
        return False
    return old[:1] != new[:1] and {old[:1], new[:1]} <= {b"a", b"b", b"c", b"i", b"o", b"w"}


def _git_names(line: bytes) -> tuple[bytes | None, bytes | None]:
    """The names on a `diff --git` line; None where only other headers can tell them."""
    rest = line[len(_GIT) :]
    first = _QUOTED.match(rest)
    if first or (b' "' in rest and rest.endswith(b'"')):
        old = _unquoted(first[0]) if first else rest[: rest.index(b' "')]
        second = rest[first.end() + 1 :] if first else rest[rest.index(b' "') + 1 :]
        return old, _unquoted(second)
    middle = len(rest) // 2
    old, new = rest[:middle], rest[middle + 1 :]
    if rest[middle : middle + 1] == b" " and (old == new or old[2:] == new[2:]):
        return old, new
    return None, None  # a rename, whose names have headers of their own


def _header_name(line: bytes) -> bytes:
    """The name on a `--- ` or `+++ ` line, without the time behind it."""
    name = line[4:].rstrip(b"\r")
    return _unquoted(name) if name.startswith(b'"') else name.split(b"\t", 1)[0].rstrip(b" ")


def _unquoted(name: bytes) -> bytes:
    """A name as git quotes it when it holds unusual bytes."""
    match = _QUOTED.match(name)
    if match is None:
        return name.rstrip(b"\r")
    return _ESCAPE.sub(lambda m: _unescaped(m[1]), match[1])


def _unescaped(escape: bytes) -> bytes:
    return bytes([int(escape, 8) & 0xFF]) if escape[:1].isdigit() else _ESCAPES.get(escape, escape)


def _is_executable(mode: bytes, section: _Section) -> bool:
    """Git knows executable files and others."""
    match mode.rstrip(b"\r"):
        case b"100755":
            return True
        case b"100644" | b"100664":
            return False
        case b"120000":
            raise PatchError("symbolic links are not handled", path=section.name)
        case b"160000":
            raise PatchError("submodules are not handled", path=section.name)
        case other:
            raise PatchError(f"unknown file mode {printable(os.fsdecode(other))}", path=section.name)
