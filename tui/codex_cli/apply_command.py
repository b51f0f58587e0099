"""`codex-py apply`: apply a patch to the files of one folder, all or nothing. Needs no git, no trust and no session."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from codex_core.protocol import CodexError, FileDiff, JsonObject, SandboxPolicy
from codex_tools.commit import commit_changes
from codex_tools.diffs import change_words, file_diff
from codex_tools.patch_apply import PatchPaths, changes_of
from codex_tools.patch_model import PatchError
from codex_tools.patch_parser import parse_patch
from codex_tools.workspace import Workspace, printable, require_writable

LIMIT_BYTES = 64 << 20


def run_apply(source: str | None, *, folder: Path, dry_run: bool, as_json: bool) -> int:
    """Apply the patch in the file `source` (None or `-`: stdin) inside `folder`; return the exit code.

    With `as_json` one object goes to stdout: `{"applied": bool, "dry_run": bool, "files": [{"path", "kind", "old_path",
    "added", "removed"}], "error": {"message", "path", "hunk"} | null}`. Paths are relative to the folder.
    """
    try:
        diffs = _apply(_patch_of(source), folder, dry_run=dry_run)
    except CodexError as error:
        _tell_error(error, dry_run=dry_run, as_json=as_json)
        return 1
    _tell(diffs, dry_run=dry_run, as_json=as_json)
    return 0


def _patch_of(source: str | None) -> bytes:
    try:
        if source in {None, "-"}:
            data = sys.stdin.buffer.read(LIMIT_BYTES + 1)
        else:
            with Path(source or "").open("rb") as file:
                data = file.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise PatchError(f"the patch {printable(source or 'on stdin')} cannot be read: {error.strerror}") from error
    if len(data) > LIMIT_BYTES:
        raise PatchError(f"the patch is longer than {LIMIT_BYTES >> 20} MiB")
    return data


def _apply(patch: bytes, folder: Path, *, dry_run: bool) -> list[FileDiff]:
    if not folder.is_dir():
        raise PatchError(f"{printable(str(folder))} is no folder")
    folder = folder.resolve()
    policy = SandboxPolicy(mode="workspace-write", workspace=folder)
    workspace = Workspace(folder=folder, policy=lambda: policy)

    def resolve(name: str) -> Path:
        # A patch names files below the folder; `~` is a name like any other there.
        path = workspace.resolve(f"./{name}" if name.startswith("~") else name)
        require_writable(path, policy)
        return path

    changes = changes_of(parse_patch(patch), PatchPaths(folder=folder, resolve=resolve))
    diffs = [file_diff(change, workspace) for change in changes]
    if not dry_run:
        commit_changes(changes, policy)
    return diffs


def _tell(diffs: Sequence[FileDiff], *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        _print_json({"applied": not dry_run, "dry_run": dry_run, "files": [_json(d) for d in diffs], "error": None})
        return
    lines = [f"{f'would {diff.kind}' if dry_run else _DONE[diff.kind]} {change_words(diff)}\n" for diff in diffs]
    sys.stdout.write("".join(lines) or "nothing to change\n")


_DONE = {"add": "added", "update": "updated", "delete": "deleted"}


def _tell_error(error: CodexError, *, dry_run: bool, as_json: bool) -> None:
    # The message quotes lines of the patch and of the files: nothing of them may steer the terminal.
    said = "\n".join(printable(line.expandtabs()) for line in str(error).split("\n"))
    sys.stderr.write(f"codex-py apply: {said}\n")
    if as_json:
        where: JsonObject = {
            "message": str(error),
            "path": error.path if isinstance(error, PatchError) else None,
            "hunk": error.hunk if isinstance(error, PatchError) else None,
        }
        _print_json({"applied": False, "dry_run": dry_run, "files": [], "error": where})


def _json(diff: FileDiff) -> JsonObject:
    return {
        "path": diff.path,
        "kind": diff.kind,
        "old_path": diff.old_path,
        "added": diff.added,
        "removed": diff.removed,
    }


def _print_json(value: JsonObject) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
