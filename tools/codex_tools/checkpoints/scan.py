"""Looking through a workspace: what is at each path now, compared with how it was seen last. Blocking.

Every entry is asked for its stamp, always; only contents whose stamp is new are read. It goes level by level, so that
limits cut off what lies deepest. No link is followed, and nothing in `.git` is looked at but its presence.
"""

from __future__ import annotations

import os
import stat
import time
from collections import deque
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter
from pathlib import Path

from codex_tools.beneath import open_folder
from codex_tools.checkpoints.descent import Descent
from codex_tools.checkpoints.limits import CheckpointLimits
from codex_tools.checkpoints.listing import Listing, Seen, is_settled, stamp_of
from codex_tools.checkpoints.states import FileState, LinkState, NotCovered, PathState, digest_of
from codex_tools.checkpoints.visit import Keep, Visit
from codex_tools.gitignore import IgnoreRules
from codex_tools.new_content import is_own_name
from codex_tools.threads import Deadline

_IGNORE_FILE = ".gitignore"
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_ATTEMPTS = 3
"""So often a file that is written while it is read is read again; then what was read last counts."""
_BY_NAME = attrgetter("name")


@dataclass(slots=True, kw_only=True)
class Scan:
    """One look through `workspace` (resolved). Run it once."""

    workspace: Path
    limits: CheckpointLimits
    deadline: Deadline
    keep: Keep
    """Gets contents and lists of folders that may be new."""
    recorded: Callable[[str], Mapping[str, PathState]]
    """The entries of a folder in `before`, by its digest."""
    hidden: Set[str] = frozenset()
    """Paths that are not looked into, relative to the workspace."""
    before: Listing | None = None
    """How the workspace was seen last. What was covered then stays so when git begins to ignore it."""
    also: Set[str] = frozenset()
    """Further paths that are covered although git ignores them, with the folders above them."""
    _entries_left: int = field(init=False)
    _bytes_left: int = field(init=False)
    _reading_until: float = field(init=False)

    def run(self) -> Listing:
        """Raises:
        ToolError: the deadline, or the workspace is a link by now.
        OSError: the workspace cannot be opened.
        """
        self._entries_left, self._bytes_left = self.limits.entries, self.limits.tree_bytes
        self._reading_until = time.monotonic() + self.limits.reading_s
        with open_folder(self.workspace) as top_fd:
            root = Listing(stat.S_IMODE(os.fstat(top_fd).st_mode) & 0o777)
            rules = IgnoreRules.for_folder(self.workspace, self.deadline)
            queue = deque([Visit(listing=root, before=self.before, path="", above=None, rules=rules)])
            visited: list[Visit] = []
            descent = Descent(top_fd)
            try:
                while queue:
                    visit = queue.popleft()
                    if self._enter(visit, descent, queue):
                        visited.append(visit)
            finally:
                descent.close()
        for visit in reversed(visited):
            visit.seal(self.keep, self.recorded)
        return root

    def _enter(self, visit: Visit, descent: Descent, queue: deque[Visit]) -> bool:
        """Whether the folder is there and covered."""
        self.deadline.check()
        if visit.depth > self.limits.depth:
            visit.drop(NotCovered("too-deep", is_folder=True))
            return False
        try:
            fd = descent.open(visit.path)
        except OSError as error:
            if visit.above is None:
                raise
            is_gone = isinstance(error, (FileNotFoundError, NotADirectoryError))
            visit.drop(None if is_gone else NotCovered("unreadable", is_folder=True))
            return False
        try:
            with os.scandir(fd) as entries:
                found = list(islice(entries, self._entries_left + 1))
            if len(found) > self._entries_left:
                visit.drop(NotCovered("too-large", is_folder=True))
                return visit.above is None
            self._entries_left -= len(found)
            self._look_at_all(visit, fd, found, queue)
        finally:
            os.close(fd)
        return True

    def _look_at_all(self, visit: Visit, fd: int, found: list[os.DirEntry[str]], queue: deque[Visit]) -> None:
        settled, known = visit.listing.settled, {} if visit.before is None else visit.before.settled
        new: list[os.DirEntry[str]] = []
        found.sort(key=_BY_NAME)
        # Nearly always it goes no further than this loop, so this is what a checkpoint costs. What was covered before
        # still is, so nobody asks what git ignores.
        for entry in found:
            last = known.get(entry.name)
            if last is None:
                new.append(entry)
                continue
            try:
                info = entry.stat(follow_symlinks=False)
            except OSError:
                new.append(entry)
                continue
            if stamp_of(info) != last or self._bytes_left < info.st_size:
                new.append(entry)
                continue
            self._bytes_left -= info.st_size
            settled[entry.name] = last
        if new:
            self._look_at_new(visit, fd, new, queue)

    def _look_at_new(self, visit: Visit, fd: int, found: list[os.DirEntry[str]], queue: deque[Visit]) -> None:
        """What is not known to be as it was, and all folders."""
        rules = visit.rules
        prefix = f"{visit.path}/" if visit.path else ""
        if visit.path and (_IGNORE_FILE in visit.listing.settled or any(entry.name == _IGNORE_FILE for entry in found)):
            rules = rules.with_file(self.workspace / visit.path / _IGNORE_FILE, fd)
        for entry in found:
            name = entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if name[0] == "." and (state := _own_kind(name)) is not None:
                if state.reason == "git":
                    visit.put(name, Seen(state))
                continue
            if self.hidden and prefix + name in self.hidden:
                visit.put(name, Seen(NotCovered("hidden", is_folder)))
                continue
            is_ignored = visit.is_ignored or rules.ignores(os.fsencode(name), is_folder=is_folder)
            if is_ignored and not visit.was_covered(name) and prefix + name not in self.also:
                visit.put(name, Seen(NotCovered("ignored", is_folder)))
                continue
            try:
                info = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            except OSError:  # a folder that may be listed and not searched
                visit.put(name, Seen(NotCovered("unreadable", is_folder)))
                continue
            if stat.S_ISDIR(info.st_mode):
                queue.append(visit.put_folder(name, stat.S_IMODE(info.st_mode) & 0o777, rules, is_ignored=is_ignored))
            else:
                self._look_at(visit, fd, name, info)

    def _look_at(self, visit: Visit, fd: int, name: str, info: os.stat_result) -> None:
        self.deadline.check()
        is_too_large = info.st_size > min(self._bytes_left, self.limits.file_bytes)
        if stat.S_ISREG(info.st_mode) and (is_too_large or time.monotonic() > self._reading_until):
            why = "too-large" if is_too_large else "late"
            visit.put(name, Seen(NotCovered(why, False, info.st_size, info.st_mtime_ns)))
            return
        self._bytes_left -= info.st_size
        try:
            visit.put(name, self._look_closely(fd, name, info))
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError:
            visit.put(name, Seen(NotCovered("unreadable", False, info.st_size, info.st_mtime_ns)))

    def _look_closely(self, fd: int, name: str, info: os.stat_result) -> Seen:
        if stat.S_ISLNK(info.st_mode):
            is_old = is_settled(info.st_mtime_ns, info.st_ctime_ns, time.time_ns())
            return Seen(LinkState(os.readlink(name, dir_fd=fd)), stamp_of(info), is_old)
        if not stat.S_ISREG(info.st_mode):
            return Seen(NotCovered("special"))
        return self._read(fd, name)

    def _read(self, folder_fd: int, name: str) -> Seen:
        fd = os.open(name, _READ, dir_fd=folder_fd)
        try:
            for _ in range(_ATTEMPTS - 1):
                seen = self._read_once(fd)
                if seen.stamp is None or seen.stamp == stamp_of(os.fstat(fd)):
                    return seen
            return self._read_once(fd)._replace(is_settled=False)
        finally:
            os.close(fd)

    def _read_once(self, fd: int) -> Seen:
        read_at_ns, info = time.time_ns(), os.fstat(fd)
        if not stat.S_ISREG(info.st_mode):
            return Seen(NotCovered("special"))
        data = _content(fd, self.limits.file_bytes)
        if data is None:
            return Seen(NotCovered("too-large", False, info.st_size, info.st_mtime_ns))
        digest = digest_of(data)
        self.keep(data, digest)
        state = FileState(stat.S_IMODE(info.st_mode) & 0o777, len(data), digest)
        return Seen(state, stamp_of(info), is_settled(info.st_mtime_ns, info.st_ctime_ns, read_at_ns))


def _own_kind(name: str) -> NotCovered | None:
    """Names that are never looked at: git's, and those of files that we are just writing."""
    if name.casefold() == ".git":
        return NotCovered("git")
    return NotCovered("hidden") if is_own_name(name) else None


def _content(fd: int, limit_bytes: int) -> bytes | None:
    """All of it from the beginning; None if it is longer than the limit."""
    os.lseek(fd, 0, os.SEEK_SET)
    chunks: list[bytes] = []
    size = 0
    while chunk := os.read(fd, 1 << 20):
        chunks.append(chunk)
        size += len(chunk)
        if size > limit_bytes:
            return None
    return b"".join(chunks)
