"""What people see of many files that changed together: their diffs, with moved files found again. Blocking."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from codex_core.protocol import CONTEXT_LINES, DiffBlock, FileChange, FileDiff
from codex_tools.diffs import file_diff
from codex_tools.threads import Deadline
from codex_tools.workspace import Workspace

COMPARED_BYTES = 4 << 20
"""A longer file is shown without its lines."""
_ALIKE = 0.5
"""So much of the lines of a moved file is as it was, as with git."""
_MOST_COMPARED = 2_000
"""Pairs of files whose lines are compared to find moved ones."""
_MOST_COMPARED_BYTES = 256 << 10


class Side(NamedTuple):
    """A file at one of two moments."""

    data: bytes | None
    """Of a link its target. None if it is not to be had, or too long to be compared."""
    mode: str
    """As in `FileDiff`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPath:
    path: str
    """Relative to the workspace."""
    before: Side | None
    after: Side | None
    moved_from: str | None = None


def is_comparable(side: Side) -> bool:
    return side.data is not None and len(side.data) <= COMPARED_BYTES


def tree_diff(
    changes: Iterable[ChangedPath],
    workspace: Workspace,
    deadline: Deadline,
    *,
    finds_moved: bool = False,
    context_lines: int = CONTEXT_LINES,
) -> DiffBlock:
    """The diffs in the order of their paths.

    Raises:
        ToolError: the deadline.
    """
    shown = sorted(changes, key=lambda change: change.path)
    if finds_moved:
        shown = sorted(_with_moved(shown, deadline), key=lambda change: change.path)
    files: list[FileDiff] = []
    for change in shown:
        deadline.check()
        files.append(_diff(change, workspace, context_lines))
    return DiffBlock(files=tuple(files))


def _diff(change: ChangedPath, workspace: Workspace, context_lines: int) -> FileDiff:
    before, after = change.before, change.after
    is_compared = all(side is None or is_comparable(side) for side in (before, after))
    return file_diff(
        FileChange(
            path=workspace.folder / change.path,
            before=None if before is None else before.data if is_compared else b"",
            after=None if after is None else after.data if is_compared else b"",
            moved_from=None if change.moved_from is None else workspace.folder / change.moved_from,
        ),
        workspace,
        modes=("" if before is None else before.mode, "" if after is None else after.mode),
        context_lines=context_lines,
    )


def _with_moved(changes: list[ChangedPath], deadline: Deadline) -> Iterable[ChangedPath]:
    """The same, with what is gone here and new there as one change: first the same content, then like content."""
    gone = {change.path: change.before for change in changes if change.before is not None and change.after is None}
    new = {change.path: change.after for change in changes if change.before is None and change.after is not None}
    moved = _same(gone, new)
    taken = set(moved.values())
    left = {path: side for path, side in gone.items() if path not in taken}
    moved |= _alike(left, {path: side for path, side in new.items() if path not in moved}, deadline)
    taken = set(moved.values())
    for change in changes:
        if change.path in moved:
            origin = moved[change.path]
            yield ChangedPath(path=change.path, before=gone[origin], after=change.after, moved_from=origin)
        elif change.path not in taken:
            yield change


def _same(gone: dict[str, Side], new: dict[str, Side]) -> dict[str, str]:
    """Where new files with the content of others come from. Empty files are no sign of anything."""
    by_content: dict[bytes, list[str]] = {}
    for path, side in sorted(gone.items(), reverse=True):
        if side.data:
            by_content.setdefault(_digest(side), []).append(path)
    found: dict[str, str] = {}
    for path, side in new.items():
        if side.data and (origins := by_content.get(_digest(side))):
            found[path] = origins.pop()
    return found


def _digest(side: Side) -> bytes:
    return hashlib.sha256(side.mode[:3].encode() + (side.data or b"")).digest()


def _alike(gone: dict[str, Side], new: dict[str, Side], deadline: Deadline) -> dict[str, str]:
    """The same for files that were changed as well, the most alike first."""
    lines = {path: _lines(side) for path, side in (*gone.items(), *new.items())}
    pairs: list[tuple[float, str, str]] = []
    compared = 0
    for path in new:
        for origin in gone:
            one, other = lines[path], lines[origin]
            if not one or not other or min(one.total(), other.total()) < _ALIKE * max(one.total(), other.total()):
                continue
            if (compared := compared + 1) > _MOST_COMPARED:
                break
            deadline.check()
            share = (one & other).total() / max(one.total(), other.total())
            if share >= _ALIKE:
                pairs.append((share, path, origin))
    found: dict[str, str] = {}
    taken: set[str] = set()
    for _, path, origin in sorted(pairs, key=lambda pair: (-pair[0], pair[1:])):
        if path not in found and origin not in taken:
            found[path] = origin
            taken.add(origin)
    return found


def _lines(side: Side) -> Counter[bytes]:
    """The lines that count; none of a file that is not compared."""
    data = side.data
    if data is None or len(data) > _MOST_COMPARED_BYTES or b"\0" in data or not side.mode.startswith("100"):
        return Counter()
    return Counter(line for line in data.split(b"\n") if line.strip())
