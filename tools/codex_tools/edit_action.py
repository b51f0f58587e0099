"""The action of a tool that writes files, and what becomes of it when the user takes some of its hunks, or edits it.

What is taken or edited is made into bytes here, once; `commit` writes exactly those.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from codex_core.protocol import (
    Action,
    ApproveEditedCommand,
    ApproveEditedFiles,
    ApproveHunks,
    DiffBlock,
    EditableFiles,
    EditHunk,
    FileChange,
    FileDiff,
    FileText,
    Revision,
    ToolError,
    hunk_texts,
)
from codex_tools.diffs import diff_block, unified_hunks, with_hunks
from codex_tools.text_codec import DecodedText, decode_text, visible
from codex_tools.workspace import Workspace

LONGEST_EDITABLE_BYTES = 262_144
"""Of a file that can be edited before it is written."""
_MOST_EDITABLE = 32
_TOLD_CHARACTERS = 20_000


def edit_action(summary: str, changes: Sequence[FileChange], workspace: Workspace) -> Action:
    """The action that writes `changes`, with what the user may choose. Blocking: it makes the diff."""
    block = diff_block(changes, workspace)
    hunks = tuple(_hunks(changes, block.files))
    files = tuple(_editable(changes, block.files))
    return Action(
        kind="write",
        summary=summary,
        paths=tuple(p for change in changes for p in (change.path, change.moved_from) if p is not None),
        display=(block,),
        changes=tuple(changes),
        hunks=hunks if len(hunks) > 1 else (),
        editable=EditableFiles(files=files) if files and len(files) <= _MOST_EDITABLE else None,
    )


def revised_edit(action: Action, revision: Revision, workspace: Workspace) -> Action:
    """The action as the user wants it. Blocking.

    Raises:
        ToolError: what was chosen is not there, cannot be written so, or leaves nothing to do.
    """
    match revision:
        case ApproveHunks(accepted=accepted):
            changes, told = _with_hunks(action, frozenset(accepted), workspace)
            summary = f"{action.summary} ({len(set(accepted))} of {len(action.hunks)} hunks)"
        case ApproveEditedFiles(files=files):
            changes, told = _with_texts(action, files)
            summary = f"{action.summary} (changed by you)"
        case ApproveEditedCommand():
            raise ToolError("this writes files; there is no command to change")
    if not changes:
        raise ToolError("nothing would be left to write; say no instead")
    revised = edit_action(summary, changes, workspace)
    return replace(revised, revised="\n".join(filter(None, (action.revised, told))))


# What may be chosen.


def _hunks(changes: Sequence[FileChange], files: Sequence[FileDiff]) -> Iterator[EditHunk]:
    for at, (change, file) in enumerate(zip(changes, files, strict=True)):
        count = len(hunk_texts(file.unified)) if _texts(change) is not None else 0
        if count == 0:
            yield EditHunk(hunk_id=f"{at}", path=file.path, number=None)
        for number in range(count):
            yield EditHunk(hunk_id=f"{at}.{number}", path=file.path, number=number)


def _texts(change: FileChange) -> tuple[DecodedText, DecodedText] | None:
    """Before and after, if parts of the change can be written by themselves."""
    if change.before is None or change.after is None or change.moved_from is not None:
        return None
    before, after = decode_text(change.before), decode_text(change.after)
    if before is None or after is None or replace(before, text="") != replace(after, text=""):
        return None
    # The diff is of what can be shown: only if that is the text itself are its hunks those of the text.
    if visible(before.text) != before.text or visible(after.text) != after.text:
        return None
    return before, after


def _editable(changes: Sequence[FileChange], files: Sequence[FileDiff]) -> Iterator[FileText]:
    for change, file in zip(changes, files, strict=True):
        if change.after is None or len(change.after) > LONGEST_EDITABLE_BYTES:
            continue
        decoded = decode_text(change.after)
        if decoded is None or visible(decoded.text) != decoded.text:
            continue
        lines = decoded.text.count("\n")
        if (ends := decoded.text.count("\r\n")) in (0, lines):  # of mixed line ends each would have to be kept
            yield FileText(path=file.path, text=decoded.text.replace("\r\n", "\n") if ends else decoded.text)


# What was chosen.


def _with_hunks(action: Action, accepted: frozenset[str], workspace: Workspace) -> tuple[list[FileChange], str]:
    files = _files(action)
    by_file: dict[int, list[EditHunk]] = {}
    for hunk in action.hunks:
        by_file.setdefault(_file_of(hunk), []).append(hunk)
    if strange := accepted - {hunk.hunk_id for hunk in action.hunks}:
        raise ToolError(f"there is no hunk {min(strange)}")
    changes: list[FileChange] = []
    for at, change in enumerate(action.changes):
        hunks = by_file.get(at, [])
        taken = [hunk for hunk in hunks if hunk.hunk_id in accepted]
        if len(taken) == len(hunks):
            changes.append(change)
        elif taken and (texts := _texts(change)) is not None:
            before, after = texts
            numbers = {hunk.number for hunk in taken if hunk.number is not None}
            part = replace(change, after=after.encode(with_hunks(before.text, after.text, numbers)))
            changes.append(part)
    written = diff_block(changes, workspace).files
    rejected = (
        (files[int(hunk.hunk_id.partition(".")[0])], hunk) for hunk in action.hunks if hunk.hunk_id not in accepted
    )
    told = (
        f"The user took {len(accepted)} of {len(action.hunks)} hunks of this edit. Written:\n"
        f"{_cut(_diffs((file.path, file.unified) for file in written))}\n"
        "Rejected, not written:\n"
        f"{_cut(_diffs((hunk.path, _hunk_text(file, hunk)) for file, hunk in rejected))}"
    )
    return changes, told


def _file_of(hunk: EditHunk) -> int:
    """Which file of the action it belongs to, from 0."""
    return int(hunk.hunk_id.partition(".")[0])


def _hunk_text(file: FileDiff, hunk: EditHunk) -> str:
    if hunk.number is not None:
        return hunk_texts(file.unified)[hunk.number]
    return file.unified or f"({file.kind}{f' from {file.old_path}' if file.old_path else ''})\n"


def _with_texts(action: Action, texts: Iterable[FileText]) -> tuple[list[FileChange], str]:
    names = {file.path: at for at, file in enumerate(_files(action))}
    changes = list(action.changes)
    differences: list[tuple[str, str]] = []
    for file in texts:
        at = names.get(file.path)
        if at is None or (proposed := changes[at].after) is None:
            raise ToolError(f"{file.path} is not among the files that would be written")
        decoded = decode_text(proposed)
        if decoded is None:
            raise ToolError(f"{file.path} is no text")
        has_crlf = "\r\n" in decoded.text
        text = file.text.replace("\r\n", "\n").replace("\n", "\r\n") if has_crlf else file.text
        changes[at] = replace(changes[at], after=decoded.encode(text))
        if text != decoded.text:
            differences.append((file.path, unified_hunks(visible(decoded.text), visible(text))))
    left = [change for change in changes if change.after != change.before or change.moved_from is not None]
    if not differences:
        return left, ""
    return (
        left,
        f"The user changed this edit before it was written. Your version and theirs:\n{_cut(_diffs(differences))}",
    )


def _files(action: Action) -> tuple[FileDiff, ...]:
    return tuple(file for block in action.display if isinstance(block, DiffBlock) for file in block.files)


def _diffs(files: Iterable[tuple[str, str]]) -> str:
    texts: list[str] = []
    last = ""
    for path, unified in files:
        texts.append(unified if path == last else f"*** {path}\n{unified}")
        last = path
    return "".join(texts).rstrip("\n") or "(nothing)"


def _cut(text: str) -> str:
    return text if len(text) <= _TOLD_CHARACTERS else f"{text[:_TOLD_CHARACTERS]}\n[cut here]"
