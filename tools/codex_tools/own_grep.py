"""A small grep for machines without ripgrep, run as a script of its own with nothing but the standard library.

    python -I -S own_grep.py PATTERN i|- CONTEXT_LINES < paths, each ended by NUL

Paths are relative to the working folder; links on them are not followed. Prints what `rg --null --line-number` prints.
Exit code 2 with a message for a pattern that is no regular expression, 3 if the memory does not suffice.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator

LIMIT_BYTES = 32 << 20
MAX_LINE_CHARS = 500
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEEDS_SINGLE_LINES = re.compile(r"\\[AZ]|\(\?")
"""Patterns that can match in a line of its own and not in the whole text."""


def main() -> int:
    source, case, context = sys.argv[1:]
    try:
        regex = re.compile(source, re.MULTILINE | (re.IGNORECASE if case == "i" else 0))
    except (re.error, OverflowError, RecursionError) as error:
        sys.stderr.write(str(error))
        return 2
    paths = sys.stdin.buffer.read().split(b"\0")[:-1]
    folders = _Folders()
    for path in paths:
        text = _text(folders.read(path))
        if text is None or (not _NEEDS_SINGLE_LINES.search(source) and not regex.search(text)):
            continue
        for line in _matching_lines(text, regex, int(context)):
            sys.stdout.buffer.write(path + b"\0" + line.encode("utf-8", "surrogateescape") + b"\n")
    sys.stdout.buffer.flush()
    return 0


class _Folders:
    """Opens files folder by folder, so that no link is followed, and keeps the folders open for the next file."""

    def __init__(self) -> None:
        self._names: list[bytes] = []
        self._fds = [os.open(".", _FOLDER)]

    def read(self, path: bytes) -> bytes:
        """The content; nothing if it cannot be read, is no regular file or is too long."""
        *names, name = path.split(b"/")
        try:
            fd = os.open(name, _FILE, dir_fd=self._enter(names))
        except OSError:
            return b""
        try:
            info = os.fstat(fd)
            is_wanted = stat.S_ISREG(info.st_mode) and info.st_size <= LIMIT_BYTES
            return os.read(fd, info.st_size) if is_wanted else b""
        except OSError:
            return b""
        finally:
            os.close(fd)

    def _enter(self, names: list[bytes]) -> int:
        shared = 0
        while shared < min(len(names), len(self._names)) and names[shared] == self._names[shared]:
            shared += 1
        while len(self._names) > shared:
            self._names.pop()
            os.close(self._fds.pop())
        for name in names[shared:]:
            self._fds.append(os.open(name, _FOLDER, dir_fd=self._fds[-1]))
            self._names.append(name)
        return self._fds[-1]


def _text(data: bytes) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace").replace("\r\n", "\n")
    if b"\0" in data:
        return None
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape").replace("\r\n", "\n")


def _matching_lines(text: str, regex: re.Pattern[str], context: int) -> Iterator[str]:
    lines = text.removesuffix("\n").split("\n")
    last_shown = -1
    pending = 0
    for index, line in enumerate(lines):
        if regex.search(line):
            for before in range(max(last_shown + 1, index - context), index):
                yield f"{before + 1}-{_cut(lines[before])}"
            yield f"{index + 1}:{_cut(line)}"
            last_shown, pending = index, context
        elif pending:
            yield f"{index + 1}-{_cut(line)}"
            last_shown, pending = index, pending - 1


def _cut(line: str) -> str:
    return line if len(line) <= MAX_LINE_CHARS else f"{line[:MAX_LINE_CHARS]} [...]"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except MemoryError:
        sys.exit(3)
