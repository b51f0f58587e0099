"""What a patch makes of the files: from the disk as it is to the changes that would be written. It writes nothing.

Several sections may touch one file; each sees what those before it have made. Blocking.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from codex_core.protocol import FileChange, ToolError
from codex_tools.beneath import read_regular
from codex_tools.commit import LIMIT_BYTES
from codex_tools.hunk_placing import apply_hunks
from codex_tools.patch_model import FilePatch, Patch, PatchError
from codex_tools.text_codec import DecodedText, decode_text
from codex_tools.workspace import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchPaths:
    """How the names in a patch become files."""

    folder: Path
    """Where relative names start. Absolute and resolved."""
    resolve: Callable[[str], Path]
    """The resolved path of a name. Raises ToolError for one that may not be touched."""


def changes_of(patch: Patch, paths: PatchPaths) -> tuple[FileChange, ...]:
    """The changes that apply the patch, in its order. A file that ends as it began is left out.

    Raises:
        PatchError: it does not fit the files as they are; names the file and the hunk.
    """
    tree = _Tree(paths)
    for file in patch.files:
        try:
            _apply(file, tree, patch.dialect)
        except PatchError:
            raise
        except ToolError as error:
            raise PatchError(str(error), path=printable(file.path)) from error
    return tree.changes()


@dataclass(slots=True, kw_only=True)
class _File:
    path: Path
    before: bytes | None
    now: bytes | None
    disk_mode: int
    """Permission bits of the file on the disk, 0 if there is none."""
    mode: int | None = None
    moved_from: _File | None = None


@dataclass(slots=True)
class _Tree:
    """The files that the patch touches, as they are on the disk and as they will be."""

    paths: PatchPaths
    _files: dict[Path, _File] = field(default_factory=dict[Path, "_File"])

    def file(self, name: str) -> _File:
        path = self.paths.resolve(name)
        if path not in self._files:
            self._files[path] = _on_disk(path)
        return self._files[path]

    def changes(self) -> tuple[FileChange, ...]:
        moved = {id(file.moved_from) for file in self._files.values() if _is_move(file)}
        return tuple(
            _change_of(file)
            for file in self._files.values()
            if id(file) not in moved and (file.before != file.now or file.mode not in {None, file.disk_mode})
        )


def _on_disk(path: Path) -> _File:
    try:
        content = read_regular(path, LIMIT_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return _File(path=path, before=None, now=None, disk_mode=0)
    except OSError as error:
        raise ToolError(f"cannot be read: {error.strerror}") from error
    return _File(path=path, before=content.data, now=content.data, disk_mode=content.info.st_mode & 0o777)


def _is_move(file: _File) -> bool:
    """Whether the file can be told as a move: all of it comes from a file that goes away."""
    source = file.moved_from
    return source is not None and file.before is None and file.now is not None and source.now is None


def _change_of(file: _File) -> FileChange:
    mode = file.mode if file.mode != file.disk_mode else None
    if _is_move(file) and file.moved_from is not None:
        source = file.moved_from
        return FileChange(path=file.path, before=source.before, after=file.now, mode=mode, moved_from=source.path)
    return FileChange(path=file.path, before=file.before, after=file.now, mode=mode)


def _apply(file: FilePatch, tree: _Tree, dialect: Literal["codex", "unified"]) -> None:
    match file.kind:
        case "add":
            _add(file, tree)
        case "delete":
            _delete(file, tree)
        case "update" if file.source is not None and file.source != file.path:
            _move(file, tree, dialect)
        case "update":
            _update(file, tree, dialect)


def _add(file: FilePatch, tree: _Tree) -> None:
    target = tree.file(file.path)
    if target.now is not None:
        raise PatchError("the file to add exists already; update it instead", path=printable(file.path))
    target.now = file.content
    if file.is_executable:
        target.mode = 0o755


def _delete(file: FilePatch, tree: _Tree) -> None:
    _refuse_link(file.path, tree)
    target = tree.file(file.path)
    content = _content(target, file.path)
    if file.is_content_known and _lines(content) != _lines(file.content):
        raise PatchError("the file to delete does not hold what the patch says", path=printable(file.path))
    target.now = None


def _update(file: FilePatch, tree: _Tree, dialect: Literal["codex", "unified"]) -> None:
    target = tree.file(file.path)
    name = file.path
    if target.now is None and file.other_name is not None and tree.file(file.other_name).now is not None:
        target, name = tree.file(file.other_name), file.other_name
    if target.now is None and [hunk.old_start for hunk in file.hunks] == [0]:
        target.now = b""  # `@@ -0,0 +1,N @@`: the diff makes the file without saying so
    target.now = _patched(_content(target, name), file, dialect)
    _set_mode(target, file)


def _move(file: FilePatch, tree: _Tree, dialect: Literal["codex", "unified"]) -> None:
    assert file.source is not None
    _refuse_link(file.source, tree)
    source, target = tree.file(file.source), tree.file(file.path)
    if source is target:
        _update(file, tree, dialect)
        return
    if target.now is not None:
        raise PatchError("the file to move to exists already", path=printable(file.path))
    target.now = _patched(_content(source, file.source), file, dialect)
    target.mode = source.mode or source.disk_mode or None
    _set_mode(target, file)
    if not file.is_copy:
        target.moved_from = source if source.before is not None else None
        source.now = None


def _set_mode(target: _File, file: FilePatch) -> None:
    if file.is_executable is None:
        return
    mode = target.mode or target.disk_mode or 0o644
    target.mode = mode | (mode & 0o444) >> 2 if file.is_executable else mode & ~0o111


def _content(file: _File, name: str) -> bytes:
    if file.now is None:
        raise PatchError("there is no such file", path=printable(name))
    return file.now


def _refuse_link(name: str, tree: _Tree) -> None:
    path = tree.paths.folder / name
    if path.is_symlink():
        target = printable(os.readlink(path))  # noqa: PTH115 - only for show, as it is written
        raise PatchError(f"it is a symbolic link to {target}; links are not moved or deleted", path=printable(name))


def _lines(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").removesuffix(b"\n")


def _patched(content: bytes, file: FilePatch, dialect: Literal["codex", "unified"]) -> bytes:
    """The content after the hunks, which are UTF-8 as a rule, in the file's own encoding."""
    if not file.hunks:
        return content
    name = printable(file.path)
    decoded = decode_text(content)
    if decoded is None:
        if dialect == "codex":
            raise PatchError("the file is binary", path=name)
        return apply_hunks(content, file.hunks, dialect, name)
    if decoded.codec == "utf-8":
        return apply_hunks(content, file.hunks, dialect, name)
    if dialect == "unified" and decoded.codec in {"cp1252", "latin-1"}:
        try:  # A program's diff of such a file is in the file's encoding.
            return apply_hunks(content, file.hunks, dialect, name)
        except PatchError:
            pass
    return _transcoded(decoded, file, dialect, name)


def _transcoded(decoded: DecodedText, file: FilePatch, dialect: Literal["codex", "unified"], name: str) -> bytes:
    after = apply_hunks(decoded.text.encode(), file.hunks, dialect, name)
    try:
        text = after.decode()
    except UnicodeDecodeError as error:
        raise PatchError(f"what it adds is no UTF-8, and the file is {decoded.label}", path=name) from error
    return decoded.encode(text)
