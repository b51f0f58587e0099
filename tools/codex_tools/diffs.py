"""What people see of a change: `FileDiff` and `DiffBlock` made from the bytes before and after."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from codex_core.protocol import CONTEXT_LINES, DiffBlock, FileChange, FileDiff
from codex_tools.line_diff import Run, common_runs
from codex_tools.text_codec import decode_text, visible
from codex_tools.workspace import Workspace

_NO_NEWLINE = "\n\\ No newline at end of file\n"


def diff_block(changes: Iterable[FileChange], workspace: Workspace) -> DiffBlock:
    """Blocking: long files take up to half a second each."""
    return DiffBlock(files=tuple(file_diff(change, workspace) for change in changes))


def file_diff(
    change: FileChange,
    workspace: Workspace,
    *,
    modes: tuple[str, str] = ("", ""),
    context_lines: int = CONTEXT_LINES,
) -> FileDiff:
    """The change as a unified diff with paths relative to the workspace. `modes` are those of `FileDiff`."""
    old, new = _lines_of(change.before), _lines_of(change.after)
    is_binary = old is None or new is None
    hunks = "" if old is None or new is None else "".join(_unified(old, new, context_lines))
    return FileDiff(
        path=workspace.shown(change.path),
        kind=_kind_of(change),
        old_path=None if change.moved_from is None else workspace.shown(change.moved_from),
        added=_count(hunks, "+"),
        removed=_count(hunks, "-"),
        unified=hunks,
        old_mode=modes[0],
        new_mode=modes[1] or ("" if change.mode is None else f"100{change.mode:03o}"),
        is_binary=is_binary,
    )


def unified_hunks(old: str, new: str) -> str:
    """The hunks of a unified diff that turns `old` into `new`; empty if they are the same."""
    return "".join(_unified(_split(old), _split(new)))


def change_words(diff: FileDiff) -> str:
    """`src/clock.py (+3 -1)`."""
    moved = f"{diff.old_path} -> " if diff.old_path else ""
    return f"{moved}{diff.path} (+{diff.added} -{diff.removed})"


def _kind_of(change: FileChange) -> Literal["add", "update", "delete"]:
    if change.after is None:
        return "delete"
    return "add" if change.before is None else "update"


def _lines_of(data: bytes | None) -> list[str] | None:
    """Lines with their ends; None if binary."""
    if not data:
        return []
    decoded = decode_text(data)
    return None if decoded is None else _split(visible(decoded.text))


def _split(text: str) -> list[str]:
    """Lines as git counts them: only LF ends one."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop()
    return lines if last == "\n" else [*lines, last[:-1]]


@dataclass(frozen=True, slots=True)
class _Change:
    """`old[a_from:a_to]` becomes `new[b_from:b_to]`."""

    a_from: int
    a_to: int
    b_from: int
    b_to: int


def _changes(runs: list[Run], size_a: int, size_b: int) -> Iterator[_Change]:
    a = b = 0
    for run in (*runs, Run(size_a, size_b, 0)):
        if (a, b) != (run.a, run.b):
            yield _Change(a, run.a, b, run.b)
        a, b = run.a + run.size, run.b + run.size


def _unified(old: Sequence[str], new: Sequence[str], context_lines: int = CONTEXT_LINES) -> Iterator[str]:
    for group in _groups(old, new, context_lines):
        yield from _hunk(group, old, new, context_lines)


def _groups(old: Sequence[str], new: Sequence[str], context_lines: int = CONTEXT_LINES) -> Iterator[list[_Change]]:
    """The changes of each hunk."""
    group: list[_Change] = []
    for change in _changes(common_runs(old, new), len(old), len(new)):
        if group and change.a_from - group[-1].a_to > 2 * context_lines:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def with_hunks(old: str, new: str, taken: Container[int]) -> str:
    """`old` with the hunks of `unified_hunks(old, new)` whose numbers are taken, from 0."""
    old_lines, new_lines = _split(old), _split(new)
    pieces: list[str] = []
    at = 0
    for number, group in enumerate(_groups(old_lines, new_lines)):
        for change in group if number in taken else ():
            pieces += (*old_lines[at : change.a_from], *new_lines[change.b_from : change.b_to])
            at = change.a_to
    return "".join((*pieces, *old_lines[at:]))


def _hunk(group: list[_Change], old: Sequence[str], new: Sequence[str], context_lines: int) -> Iterator[str]:
    first, last = group[0], group[-1]
    lead = min(context_lines, first.a_from)
    trail = min(context_lines, len(old) - last.a_to)
    a_from, b_from = first.a_from - lead, first.b_from - lead
    a_to, b_to = last.a_to + trail, last.b_to + trail
    yield f"@@ -{_range(a_from, a_to)} +{_range(b_from, b_to)} @@\n"
    at = a_from
    for change in group:
        yield from _marked(" ", old[at : change.a_from])
        yield from _marked("-", old[change.a_from : change.a_to])
        yield from _marked("+", new[change.b_from : change.b_to])
        at = change.a_to
    yield from _marked(" ", old[at:a_to])


def _range(start: int, end: int) -> str:
    match end - start:
        case 0:
            return f"{start},0"
        case 1:
            return f"{start + 1}"
        case size:
            return f"{start + 1},{size}"


def _marked(mark: str, lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}{_NO_NEWLINE}"


def _count(hunks: str, mark: str) -> int:
    return hunks.count(f"\n{mark}")
