"""Carrying out a plan: each file is replaced whole or not at all, and no link is followed on the way. Blocking.

A kill in between leaves some paths restored and some not; planning and restoring again does the rest.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codex_core.protocol import SandboxPolicy, ToolError
from codex_tools.beneath import explained, open_folder
from codex_tools.checkpoints.errors import ObjectDamaged
from codex_tools.checkpoints.listing import Listing, stamp_of
from codex_tools.checkpoints.plan import PlannedPath
from codex_tools.checkpoints.states import FileState, FolderState, LinkState, NotCovered
from codex_tools.checkpoints.store import ObjectStore
from codex_tools.new_content import NewContent, remove_leftovers, replace_by_link
from codex_tools.workspace import printable, require_writable

_PATH = getattr(os, "O_PATH", 0)
"""0 on macOS, which can change modes without following links in another way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    path: str
    why: str


@dataclass(slots=True, kw_only=True)
class Restoring:
    """One restoration. `run` it once."""

    workspace: Path
    policy: SandboxPolicy
    store: ObjectStore
    now: Listing
    """The workspace as it was seen a moment ago. What has changed since is left alone."""
    done: list[str] = field(default_factory=list[str])
    failed: list[Failure] = field(default_factory=list[Failure])
    _folders: set[str] = field(default_factory=set[str])
    """In which something was changed."""
    _modes: dict[str, int] = field(default_factory=dict[str, int])
    """What folders get in the end; until then they are writable."""

    def run(self, paths: Sequence[PlannedPath]) -> None:
        """What fails is in `failed`, with the reason; the rest is done all the same."""
        top_down = sorted(paths, key=lambda each: each.path.split("/"))
        bottom_up = top_down[::-1]
        broken: set[str] = set()
        for step, some in (
            (self._clear, [each for each in bottom_up if _is_in_the_way(each)]),
            (self._make_folder, [each for each in top_down if isinstance(each.to, FolderState)]),
            (self._put, [each for each in top_down if isinstance(each.to, (FileState, LinkState))]),
        ):
            self._each(step, some, broken)
        self._give_modes()
        self._settle()
        self.done = [each.path for each in top_down if each.path not in broken]

    def _each(self, step: Callable[[PlannedPath], None], paths: Iterable[PlannedPath], broken: set[str]) -> None:
        for each in paths:
            if each.path in broken:
                continue
            try:
                require_writable(self.workspace / each.path, self.policy)
                with explained(f"restore {printable(each.path)}"):
                    step(each)
            except (ToolError, ObjectDamaged) as error:
                broken.add(each.path)
                self.failed.append(Failure(path=each.path, why=str(error)))

    def _clear(self, each: PlannedPath) -> None:
        """Remove what is there and is not to be, or is something of another kind."""
        with self._folder_of(each) as (folder_fd, name):
            if isinstance(each.now, FolderState):
                _remove_folder(folder_fd, name, each.path)
            else:
                self._require_untouched(each, folder_fd, name)
                os.unlink(name, dir_fd=folder_fd)

    def _make_folder(self, each: PlannedPath) -> None:
        assert isinstance(each.to, FolderState)
        if not isinstance(each.now, FolderState):
            with self._folder_of(each) as (folder_fd, name):
                os.mkdir(name, 0o700, dir_fd=folder_fd)
                if each.to.mode & stat.S_IRWXU == stat.S_IRWXU:
                    _change_mode(folder_fd, name, each.to.mode)
                    return
        self._modes[each.path] = each.to.mode

    def _put(self, each: PlannedPath) -> None:
        with self._folder_of(each) as (folder_fd, name):
            replaced = None
            if each.now is not None and not _is_in_the_way(each):
                replaced = self._require_untouched(each, folder_fd, name)
            match each.to:
                case LinkState(target) if replaced is None:
                    os.symlink(target, name, dir_fd=folder_fd)
                case LinkState(target):
                    replace_by_link(folder_fd, name, target)
                case FileState() as file if isinstance(each.now, FileState) and each.now.digest == file.digest:
                    _change_mode(folder_fd, name, file.mode)
                case FileState() as file:
                    self._write(folder_fd, name, file, replaced)
                case _:
                    raise AssertionError(each)

    def _write(self, folder_fd: int, name: str, file: FileState, replaced: os.stat_result | None) -> None:
        # The owner of a link or a pipe says nothing.
        replaced_file = replaced if replaced is not None and stat.S_ISREG(replaced.st_mode) else None
        content = NewContent.write(folder_fd, self.store.read(file.digest), file.mode, replaced_file)
        try:
            if replaced is None:
                content.create(name)
            else:
                content.replace(name)
        finally:
            content.drop()

    @contextlib.contextmanager
    def _folder_of(self, each: PlannedPath) -> Generator[tuple[int, str]]:
        parent, _, name = each.path.rpartition("/")
        with open_folder(self.workspace / parent, create=each.to is not None) as folder_fd:
            mode = stat.S_IMODE(os.fstat(folder_fd).st_mode)
            if mode & stat.S_IRWXU != stat.S_IRWXU and parent:
                with contextlib.suppress(OSError):  # somebody else's: what follows says so
                    _change_mode_of(folder_fd, mode | stat.S_IRWXU)
                    self._modes.setdefault(parent, mode & 0o777)
            self._folders.add(parent)
            yield folder_fd, name

    def _require_untouched(self, each: PlannedPath, folder_fd: int, name: str) -> os.stat_result:
        info = os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
        stamp = self.now.stamp_at(each.path)
        if isinstance(each.now, NotCovered):
            is_untouched = each.now.size_bytes in (0, info.st_size) and each.now.modified_ns in (0, info.st_mtime_ns)
        else:
            is_untouched = stamp == stamp_of(info)
        if not is_untouched:
            raise ToolError(f"{printable(each.path)} was changed just now and is left alone.")
        return info

    def _give_modes(self) -> None:
        for path, mode in sorted(self._modes.items(), key=lambda item: item[0].split("/"), reverse=True):
            parent, _, name = path.rpartition("/")
            with contextlib.suppress(OSError, ToolError), open_folder(self.workspace / parent) as folder_fd:
                _change_mode(folder_fd, name, mode)

    def _settle(self) -> None:
        """Make it last. The files are right already, so a file system that cannot do this is no error."""
        for path in self._folders:
            with contextlib.suppress(OSError, ToolError), open_folder(self.workspace / path) as folder_fd:
                remove_leftovers(folder_fd)
                fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder_fd)
                try:
                    os.fsync(fd)
                finally:
                    os.close(fd)


def _is_in_the_way(each: PlannedPath) -> bool:
    """Whether what is there has to go first: it is a folder where none is to be, or the other way round, or nothing."""
    if each.now is None:
        return False
    return each.to is None or isinstance(each.to, FolderState) != isinstance(each.now, FolderState)


def _remove_folder(folder_fd: int, name: str, path: str) -> None:
    try:
        os.rmdir(name, dir_fd=folder_fd)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        raise ToolError(f"{printable(path)} stays: it holds files that are left alone.") from error


def _change_mode(folder_fd: int, name: str, mode: int) -> None:
    """Set the permission bits; others, such as set-group-id, stay."""
    if not _PATH:
        os.chmod(name, mode, dir_fd=folder_fd, follow_symlinks=False)
        return
    fd = os.open(name, _PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder_fd)
    try:
        info = os.fstat(fd)
        if stat.S_ISLNK(info.st_mode):
            raise ToolError(f"{printable(name)} became a symbolic link just now and is left alone.")
        _change_mode_of(fd, (stat.S_IMODE(info.st_mode) & ~0o777) | mode)
    finally:
        os.close(fd)


def _change_mode_of(fd: int, mode: int) -> None:
    """`fd` may be good for nothing else, which fchmod(2) does not accept."""
    if _PATH:
        Path(f"/proc/self/fd/{fd}").chmod(mode)
    else:
        os.fchmod(fd, mode)
