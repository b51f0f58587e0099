"""Reading patches: the dialect of `apply_patch` here, unified diffs in `codex_tools.unified_diff`.

*** Begin Patch
*** Update File: PATH
*** Move to: NEW PATH           (may be missing)
@@ a line further up            (any number of them, or none)
 context
-old line
+new line
*** End of File                 (the lines above are the file's last; may be missing)
*** Add File: PATH
+line
*** Delete File: PATH
*** End Patch
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from codex_tools.patch_model import FilePatch, Hunk, Patch, PatchError, PatchLine
from codex_tools.unified_diff import HUNK_HEADER, parse_unified_diff
from codex_tools.workspace import printable

_BEGIN, _END = b"*** Begin Patch", b"*** End Patch"
_END_OF_FILE = b"*** End of File"
_FILE = re.compile(rb"\*\*\*\s+(Add|Delete|Update)\s+File:\s*(.*?)\s*")
_MOVE = re.compile(rb"\*\*\*\s+Move\s+to:\s*(.*?)\s*")
_HEREDOC = re.compile(rb"""(?:apply_patch\s*)?<<-?\s*['"]?(\w+)['"]?""")


def parse_patch(data: bytes) -> Patch:
    """Read a patch of either dialect.

    Raises:
        PatchError: it is neither, or not whole.
    """
    lines = data.split(b"\n")
    first = next((line.strip() for line in lines if line.strip()), b"")
    if not first:
        raise PatchError("the patch is empty")
    if first == _BEGIN or _HEREDOC.fullmatch(first):
        return Patch(dialect="codex", files=_CodexReader(_unwrapped(lines)).read())
    if any(line.strip() == _BEGIN for line in lines):
        raise PatchError("there is text before `*** Begin Patch`; the patch must start with it")
    return Patch(dialect="unified", files=parse_unified_diff(data))


def _unwrapped(lines: list[bytes]) -> list[bytes]:
    """Without blank lines around it, a shell's here-document, and CRs where the patch itself has CRLF line ends."""
    while lines and not lines[-1].strip():
        lines.pop()
    while not lines[0].strip():
        del lines[0]
    heredoc = _HEREDOC.fullmatch(lines[0].strip())
    if heredoc is not None:
        end = 1 if lines[-1].strip() == heredoc[1] else 0
        lines = lines[1 : len(lines) - end]
    if lines and lines[0].endswith(b"\r"):
        lines = [line.removesuffix(b"\r") for line in lines]
    return lines


class _CodexReader:
    def __init__(self, lines: Sequence[bytes]) -> None:
        self._lines = lines
        self._at = 0

    def read(self) -> tuple[FilePatch, ...]:
        if self._next().strip() != _BEGIN:
            raise PatchError("the patch must start with `*** Begin Patch`")
        files: list[FilePatch] = []
        while (line := self._next()).strip() != _END:
            if not line.strip():
                continue
            match = _FILE.fullmatch(line.strip())
            if match is None:
                raise self._error("expected `*** Add|Delete|Update File: ` or the end", line)
            files.append(self._file(match[1], _name(match[2])))
        if any(line.strip() for line in self._lines[self._at :]):
            raise PatchError("there is text after `*** End Patch`")
        if not files:
            raise PatchError("the patch names no file")
        return tuple(files)

    def _file(self, kind: bytes, path: str) -> FilePatch:
        if not path:
            raise PatchError(f"line {self._at}: the header names no file")
        match kind:
            case b"Add":
                return FilePatch(kind="add", path=path, content=self._content(path))
            case b"Delete":
                return FilePatch(kind="delete", path=path, is_content_known=False)
            case _:
                return self._update(path)

    def _content(self, path: str) -> bytes:
        lines: list[bytes] = []
        while not (line := self._peek()).startswith(b"***"):
            self._at += 1
            if line.startswith(b"+"):
                lines.append(line[1:] + b"\n")
            elif line.strip() or self._peek().startswith(b"+"):
                raise self._error(f"{printable(path)}: each line of a new file begins with +", line)
        return b"".join(lines)

    def _update(self, path: str) -> FilePatch:
        move = _MOVE.fullmatch(self._peek())
        if move is not None:
            self._at += 1
        hunks: list[Hunk] = []
        while not self._is_section_end():
            hunks.append(self._hunk(path, len(hunks) + 1))
        if not hunks and move is None:
            raise PatchError("the section has no hunk", path=printable(path))
        if move is None:
            return FilePatch(kind="update", path=path, hunks=tuple(hunks))
        target = _name(move[1])
        if not target:
            raise PatchError("`*** Move to: ` names no file", path=printable(path))
        return FilePatch(kind="update", path=target, source=path, hunks=tuple(hunks))

    def _hunk(self, path: str, number: int) -> Hunk:
        headers, old_start = self._headers()
        lines: list[PatchLine] = []
        is_at_end = False
        while not is_at_end and not self._is_section_end() and not self._peek().startswith(b"@@"):
            line = self._next()
            if line.rstrip() == _END_OF_FILE:
                is_at_end = True
            else:
                lines.append(self._line(line, path))
        if is_at_end:
            self._skip_blank_lines()
        if all(line.mark == " " for line in lines):
            raise PatchError("it changes nothing; is it cut off?", path=printable(path), hunk=number)
        return Hunk(number=number, lines=tuple(lines), headers=headers, old_start=old_start, is_at_end=is_at_end)

    def _headers(self) -> tuple[tuple[bytes, ...], int | None]:
        headers: list[bytes] = []
        old_start: int | None = None
        while self._peek().startswith(b"@@"):
            line = self._next().rstrip()
            numbered = HUNK_HEADER.match(line)
            if numbered is not None:  # a unified diff's header: a place to look at first, nothing more
                old_start = int(numbered[1])
            elif text := line[2:].strip():
                headers.append(text)
        return tuple(headers), old_start

    def _line(self, line: bytes, path: str) -> PatchLine:
        match line[:1]:
            case b" ":
                return PatchLine(mark=" ", body=line[1:])
            case b"-":
                return PatchLine(mark="-", body=line[1:])
            case b"+":
                return PatchLine(mark="+", body=line[1:])
            case b"":
                return PatchLine(mark=" ", body=b"", is_implied=True)
            case _:
                what = "a line of a hunk begins with a space, + or -"
                raise self._error(f"{printable(path)}: {what}", line)

    def _is_section_end(self) -> bool:
        line = self._peek().rstrip()
        return line.startswith(b"***") and line != _END_OF_FILE

    def _skip_blank_lines(self) -> None:
        while not self._peek().strip():
            self._at += 1

    def _peek(self) -> bytes:
        if self._at >= len(self._lines):
            raise PatchError("the end marker `*** End Patch` is missing; is the patch cut off?")
        return self._lines[self._at]

    def _next(self) -> bytes:
        line = self._peek()
        self._at += 1
        return line

    def _error(self, message: str, line: bytes) -> PatchError:
        shown = printable(os.fsdecode(line[:80]))
        return PatchError(f"line {self._at}: {message}, not `{shown}`")


def _name(name: bytes) -> str:
    return os.fsdecode(name)
