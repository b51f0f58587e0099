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

_FEW = 8
_BATCH = 128
"""Files that are written before they get their names; each holds two descriptors."""


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
    _broken: set[str] = field(default_factory=set[str])
    _folders: set[str] = field(default_factory=set[str])
    """In which something was changed."""
    _modes: dict[str, int] = field(default_factory=dict[str, int])
    """What folders get in the end; until then they are writable."""

    def run(self, paths: Sequence[PlannedPath]) -> None:
        """What fails is in `failed`, with the reason; the rest is done all the same."""
        top_down = sorted(paths, key=lambda each: each.path.split("/"))
        for each in top_down:
            self._attempt(each, lambda each=each: require_writable(self.workspace / each.path, self.policy))
        for each in reversed(top_down):
            if _is_in_the_way(each):
                self._attempt(each, lambda each=each: self._clear(each))
        for each in top_down:
            if isinstance(each.to, FolderState):
                self._attempt(each, lambda each=each: self._make_folder(each))
        files = [each for each in top_down if isinstance(each.to, (FileState, LinkState))]
        for first in range(0, len(files), _BATCH):
            self._put(files[first : first + _BATCH])
        self._give_modes()
        self._settle()
        self.done = [each.path for each in top_down if each.path not in self._broken]

    def _attempt(self, each: PlannedPath, step: Callable[[], None]) -> None:
        if each.path in self._broken:
            return
        try:
            with explained(f"restore {printable(each.path)}"):
                step()
        except (ToolError, ObjectDamaged) as error:
            self._broken.add(each.path)
            self.failed.append(Failure(path=each.path, why=str(error)))

    def _clear(self, each: PlannedPath) -> None:
        """Remove what is there and is not to be, or is something of another kind."""
        parent, _, name = each.path.rpartition("/")
        with self._folder(parent) as folder_fd:
            if isinstance(each.now, FolderState):
                _remove_folder(folder_fd, name, each.path)
            else:
                self._require_untouched(each, folder_fd, name)
                os.unlink(name, dir_fd=folder_fd)

    def _make_folder(self, each: PlannedPath) -> None:
        assert isinstance(each.to, FolderState)
        if not isinstance(each.now, FolderState):
            parent, _, name = each.path.rpartition("/")
            with self._folder(parent, create=True) as folder_fd:
                os.mkdir(name, 0o700, dir_fd=folder_fd)
                if each.to.mode & stat.S_IRWXU == stat.S_IRWXU:
                    _change_mode(folder_fd, name, each.to.mode)
                    return
        self._modes[each.path] = each.to.mode

    def _put(self, batch: Sequence[PlannedPath]) -> None:
        """Write all contents before any of them gets its name: to sync many at once takes a tenth of the time."""
        is_few = len(batch) <= _FEW
        finishing: list[tuple[PlannedPath, Callable[[], None]]] = []
        with contextlib.ExitStack() as until_named:
            folders: dict[str, int] = {}

            def prepare(each: PlannedPath) -> None:
                parent, _, name = each.path.rpartition("/")
                if parent not in folders:
                    folders[parent] = until_named.enter_context(self._folder(parent, create=True))
                finishing.append((each, self._prepare(each, folders[parent], name, until_named, sync=is_few)))

            for each in batch:
                self._attempt(each, lambda each=each: prepare(each))
            if not is_few:
                _sync_file_systems(folders.values())
            for each, finish in finishing:
                self._attempt(each, finish)

    def _prepare(
        self, each: PlannedPath, folder_fd: int, name: str, until_named: contextlib.ExitStack, *, sync: bool
    ) -> Callable[[], None]:
        """Do what nobody sees yet; return what is left to do."""
        replaced = None
        if each.now is not None and not _is_in_the_way(each):
            replaced = self._require_untouched(each, folder_fd, name)
        match each.to:
            case LinkState(target) if replaced is None:
                return lambda: os.symlink(target, name, dir_fd=folder_fd)
            case LinkState(target):
                finish = lambda: replace_by_link(folder_fd, name, target)  # noqa: E731
            case FileState() as file if isinstance(each.now, FileState) and each.now.digest == file.digest:
                finish = lambda: _change_mode(folder_fd, name, file.mode)  # noqa: E731
            case FileState() as file:
                # The owner of a link or a pipe says nothing.
                owner = replaced if replaced is not None and stat.S_ISREG(replaced.st_mode) else None
                content = NewContent.write(folder_fd, self.store.read(file.digest), file.mode, owner, sync=sync)
                until_named.callback(content.drop)
                if replaced is None:
                    return lambda: content.create(name)
                finish = lambda: content.replace(name)  # noqa: E731
            case _:
                raise AssertionError(each)

        def finish_untouched() -> None:
            self._require_untouched(each, folder_fd, name)
            finish()

        return finish_untouched

    @contextlib.contextmanager
    def _folder(self, path: str, *, create: bool = False) -> Generator[int]:
        """A folder in which something is about to change."""
        with open_folder(self.workspace / path, create=create) as folder_fd:
            mode = stat.S_IMODE(os.fstat(folder_fd).st_mode)
            if mode & stat.S_IRWXU != stat.S_IRWXU and path:
                with contextlib.suppress(OSError):  # somebody else's: what follows says so
                    _change_mode_of(folder_fd, mode | stat.S_IRWXU)
                    self._modes.setdefault(path, mode & 0o777)
            self._folders.add(path)
            yield folder_fd

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


def _sync_file_systems(folder_fds: Iterable[int]) -> None:
    """Those that the folders are on: others may hang, or have much to write."""
    import ctypes  # deferred: hardly ever needed

    syncfs = getattr(ctypes.CDLL(None), "syncfs", None)  # not on macOS
    for folder_fd in {os.fstat(fd).st_dev: fd for fd in folder_fds}.values():
        fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder_fd)
        try:
            if syncfs is None or syncfs(fd):
                os.sync()
        finally:
            os.close(fd)


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
