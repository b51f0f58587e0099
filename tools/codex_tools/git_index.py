"""Which files git tracks: the paths in a repository's index, read without git. Blocking.

See gitformat-index(5). Whoever made the repository wrote it, so it is only believed as far as names go.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

from codex_core.protocol import ToolError
from codex_tools.beneath import read_regular

LIMIT_BYTES = 32 << 20
"""A longer index counts as none."""
_HEAD = struct.Struct(">4sII")
_FLAGS = struct.Struct(">H")
_FLAGS_AT = 60
"""Behind the times, the numbers and the SHA-1 of an entry."""
_EXTENDED = 0x4000
_POINTER_BYTES = 4096
_MAX_PATH_BYTES = 4096
"""What follows a longer path is not read: an index of version 4 could make paths that grow without end."""


def find_index(folder: Path) -> tuple[Path, Path] | None:
    """The top of the repository that `folder` (resolved) is in, and its index, which need not exist."""
    top = next((each for each in (folder, *folder.parents) if os.path.lexists(each / ".git")), None)
    if top is None:
        return None
    git = top / ".git"
    try:
        pointer = read_regular(git, _POINTER_BYTES).data
    except (OSError, ToolError):
        return top, git / "index"  # a folder, as nearly always
    target = os.fsdecode(pointer.removeprefix(b"gitdir:").strip())
    return top, Path(os.path.realpath(top / target)) / "index" if "\0" not in target else git / "index"


def tracked_paths(index: Path) -> Iterator[bytes]:
    """Paths relative to the repository's top; none if the index cannot be read, fewer if it is cut off."""
    try:
        data = read_regular(index, LIMIT_BYTES).data
        magic, version, count = _HEAD.unpack_from(data)
        if magic == b"DIRC":
            yield from _paths(data, version, count)
    except (OSError, ToolError, struct.error, ValueError, IndexError):
        return


def _paths(data: bytes, version: int, count: int) -> Iterator[bytes]:
    at = _HEAD.size
    path = b""
    for _ in range(count):
        (flags,) = _FLAGS.unpack_from(data, at + _FLAGS_AT)
        start = at + _FLAGS_AT + (4 if flags & _EXTENDED else 2)
        if version == 4:
            cut, start = _number(data, start)
            path = path[: len(path) - cut]
        end = data.index(0, start)
        path = path + data[start:end] if version == 4 else data[start:end]
        if len(path) > _MAX_PATH_BYTES:
            return
        yield path
        at = end + 1 if version == 4 else at + (end - at + 8) // 8 * 8


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number as git packs offsets, and where it ends."""
    value = data[at] & 0x7F
    while data[at] & 0x80:
        at += 1
        value = ((value + 1) << 7) | (data[at] & 0x7F)
    return value, at + 1
