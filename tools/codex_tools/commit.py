"""Writing approved changes: exactly the bytes that were seen, all files or none, no half a file ever.

Every new content is written into the file's folder and synced first; then the files are swapped in. What fails on the
way is undone from the content that was there before. A file reached through a link is replaced where it is, the
link stays; a file with several hard links gets a content of its own under this name.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from codex_core.protocol import FileChange, SandboxPolicy, ToolError
from codex_tools.beneath import explained, open_folder, read_regular
from codex_tools.new_content import NewContent, remove_leftovers
from codex_tools.workspace import printable, require_writable

LIMIT_BYTES = 256 << 20
"""Longer files are not edited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Write:
    """One name in one folder and what becomes of it."""

    path: Path
    before: bytes | None
    after: bytes | None
    mode: int | None
    info: os.stat_result | None
    """Of the file as it was verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Staged:
    write: _Write
    folder_fd: int
    content: NewContent | None
    """None to delete."""


def commit_changes(changes: Sequence[FileChange], policy: SandboxPolicy) -> None:
    """Write all `changes`, or none. Blocking.

    Raises:
        ToolError: the policy forbids it, a file is not any more as it was seen, or the system refuses. Nothing
            has changed then; if undoing failed too, the text says which files are affected.
    """
    writes = [_verify(write, policy) for change in changes for write in _writes_of(change)]
    # Left in this order: what was staged goes before the folders that were made for it.
    with ExitStack() as on_failure, ExitStack() as always:
        staged = [_stage(write, always, on_failure) for write in writes]
        _swap_in_all(staged)
        on_failure.pop_all()
        for folder_fd in {one.write.path.parent: one.folder_fd for one in staged}.values():
            remove_leftovers(folder_fd)
            _sync_folder(folder_fd)


def _writes_of(change: FileChange) -> tuple[_Write, ...]:
    write = _Write(path=change.path, before=change.before, after=change.after, mode=change.mode, info=None)
    if change.moved_from is None:
        return (write,)
    gone = _Write(path=change.moved_from, before=change.before, after=None, mode=None, info=None)
    with contextlib.suppress(OSError):
        mode = change.mode if change.mode is not None else change.moved_from.lstat().st_mode & 0o777
        return (_Write(path=change.path, before=None, after=change.after, mode=mode, info=None), gone)
    return (write, gone)  # The old file is away; verifying it says so.


def _verify(write: _Write, policy: SandboxPolicy) -> _Write:
    """The write with the state of the file that it was verified against."""
    require_writable(write.path, policy)
    name = printable(str(write.path))
    try:
        with explained(f"read {name}"):
            content = read_regular(write.path, LIMIT_BYTES)
    except ToolError as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            raise
        if write.before is None:
            return write
        raise ToolError(f"{name} is gone: it was deleted or moved after it was read. Nothing was written.") from error
    if write.before is None:
        raise ToolError(f"{name} exists by now; it was created after it was looked for. Nothing was written.")
    if content.data != write.before:
        raise ToolError(f"{name} has changed since it was read. Nothing was written; read it again and redo the edit.")
    return _Write(path=write.path, before=write.before, after=write.after, mode=write.mode, info=content.info)


def _stage(write: _Write, always: ExitStack, on_failure: ExitStack) -> _Staged:
    def remove_later(folder: Path) -> None:
        on_failure.callback(_remove_folder, folder)

    with explained(f"write {printable(str(write.path))}"):
        folder = open_folder(write.path.parent, create=write.before is None, on_created=remove_later)
        folder_fd = always.enter_context(folder)
        if write.after is None:
            return _Staged(write=write, folder_fd=folder_fd, content=None)
        content = NewContent.write(folder_fd, write.after, write.mode, write.info)
        always.callback(content.drop)
        return _Staged(write=write, folder_fd=folder_fd, content=content)


def _swap_in_all(staged: Sequence[_Staged]) -> None:
    done: list[_Staged] = []
    try:
        for one in staged:
            with explained(f"write {printable(str(one.write.path))}"):
                _swap_in(one)
            done.append(one)
    except BaseException as error:
        lost = [one for one in reversed(done) if not _undo(one)]
        if lost:
            names = ", ".join(printable(str(one.write.path)) for one in lost)
            raise ToolError(f"{error} Undoing what was written before it failed too: look at {names}.") from error
        raise


def _swap_in(one: _Staged) -> None:
    name = one.write.path.name
    if one.write.info is None:
        _create(one, name)
        return
    _require_untouched(one, name, one.write.info)
    if one.content is None:
        os.unlink(name, dir_fd=one.folder_fd)
    else:
        one.content.replace(name)


def _create(one: _Staged, name: str) -> None:
    """Give the new file its name, never over another one that has appeared there."""
    if one.content is None:
        return
    try:
        one.content.create(name)
    except FileExistsError:
        raise ToolError(f"{printable(str(one.write.path))} was created by somebody else just now.") from None


def _require_untouched(one: _Staged, name: str, seen: os.stat_result) -> None:
    now = os.stat(name, dir_fd=one.folder_fd, follow_symlinks=False)
    if _identity(now) != _identity(seen):
        raise ToolError(f"{printable(str(one.write.path))} has changed since it was read. Nothing was written.")


def _identity(info: os.stat_result) -> tuple[int, int, int, int, int]:
    return (info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, info.st_mode)


def _undo(one: _Staged) -> bool:
    """Put back what was there before; whether that worked."""
    name, before = one.write.path.name, one.write.before
    try:
        if before is None:
            os.unlink(name, dir_fd=one.folder_fd)
            return True
        content = NewContent.write(one.folder_fd, before, None, one.write.info)
        try:
            content.replace(name)
        finally:
            content.drop()
    except OSError:
        return False
    return True


def _remove_folder(path: Path) -> None:
    with contextlib.suppress(OSError, ToolError), open_folder(path.parent) as parent_fd:
        os.rmdir(path.name, dir_fd=parent_fd)


def _sync_folder(folder_fd: int) -> None:
    """Make the renames last. The files are right already, so a file system that cannot do this is no error."""
    with contextlib.suppress(OSError):
        fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder_fd)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
