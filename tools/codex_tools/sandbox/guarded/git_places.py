"""What of git lies in the writable folders of a policy: found, and remembered so that not every command has to look."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from codex_core.protocol import SandboxPolicy
from codex_tools.sandbox.guarded.git_layout import is_within, layout_of, shared_repository
from codex_tools.sandbox.guarded.git_steering import Steering
from codex_tools.sandbox.guarded.nested import Found, search
from codex_tools.sandbox.guarded.protected import GIT_FILES

_KEPT_FOR_S: Final = 10.0
"""What the user clones meanwhile into a folder further down is found after this time."""
_MOST_READ: Final = 32
"""Repositories whose configuration is read, those nearest to the top."""

_Stamp: TypeAlias = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class GitPlaces:
    """All paths are absolute and, but for the last part of those in `steering`, without links."""

    shared: tuple[Path, ...] = ()
    """Repositories outside that writable folders are worktrees of; git needs to write to them."""
    folders: tuple[str, ...] = ()
    """That have a `.git`, nearest first; without the writable folders themselves."""
    git_dirs: tuple[str, ...] = ()
    """Repositories that are not the `.git` of one of these folders: bare ones, and where pointers and links lead."""
    steering: tuple[Path, ...] = ()
    """What the configurations name: nobody but the user changes it."""
    since: float = 0.0
    """When the oldest server was started that could have made some of these; 0 if there is none."""
    made_since: frozenset[str] = frozenset()
    """Those of `folders` and `git_dirs` that were not there then."""

    def known_folders(self) -> tuple[str, ...]:
        """The folders that nothing confined can have made without being looked at since."""
        return tuple(folder for folder in self.folders if folder not in self.made_since)

    def known_git_dirs(self) -> tuple[str, ...]:
        return tuple(git for git in self.git_dirs if git not in self.made_since)

    def widened(self, policy: SandboxPolicy) -> SandboxPolicy:
        """Return `policy` with what git needs to write, and what it must not find changed."""
        if not self.shared and not self.steering:
            return policy
        return replace(
            policy,
            writable_roots=(*policy.writable_roots, *self.shared),
            protected_paths=tuple(dict.fromkeys((*policy.protected_paths, *self.steering))),
        )

    def protecting(self, policy: SandboxPolicy) -> SandboxPolicy:
        """Return `policy` as `widened` does, naming the git files that it protects too: to tell what was refused."""
        named = (Path(git) / name for git in self.git_dirs for name in GIT_FILES)
        policy = self.widened(policy)
        return replace(policy, protected_paths=(*policy.protected_paths, *named))


def git_places(policy: SandboxPolicy, *, is_server: bool = False) -> GitPlaces:
    """Look for it, once."""
    return GitPlacesCache().of(policy, is_server=is_server)


class _Searched(NamedTuple):
    found: list[Found]
    """In the order of the writable folders."""
    changed_ns: tuple[int, ...]
    """Of the writable folders: a new folder in one of them is seen at once."""
    until: float


class _Kept(NamedTuple):
    searched: _Searched
    places: GitPlaces
    stamps: dict[str, _Stamp]


class _Server(NamedTuple):
    since: float
    roots: tuple[Path, ...]
    known: frozenset[str]


class GitPlacesCache:
    """Safe to use from several threads."""

    def __init__(self) -> None:
        self._servers: dict[object, _Server] = {}
        self._kept: dict[tuple[Path, ...], _Kept] = {}
        self._lock = threading.Lock()

    def of(self, policy: SandboxPolicy, *, is_server: bool = False) -> GitPlaces:
        """Return what lies in the writable folders of `policy`; nothing for a mode that protects nothing.

        What a server may not write to in any case is not shared with it.
        """
        if policy.mode != "workspace-write":
            return GitPlaces()
        with self._lock:
            places = self._of(policy)
            if is_server:
                return replace(places, shared=()) if places.shared else places
            return self._with_servers(places, policy)

    def server_starts(self, policy: SandboxPolicy, places: GitPlaces) -> object:
        """Count a server among those that may make repositories until `server_ended`, for which pass what is returned.

        It is looked at when it ends, and may never end. So meanwhile what it makes is looked at after each command.
        """
        mark = object()
        if policy.roots():
            with self._lock:
                known = frozenset((*places.folders, *places.git_dirs))
                self._servers[mark] = _Server(time.time(), policy.roots(), known)
        return mark

    def server_ended(self, mark: object) -> None:
        with self._lock:
            self._servers.pop(mark, None)

    def _with_servers(self, places: GitPlaces, policy: SandboxPolicy) -> GitPlaces:
        roots = policy.roots()
        running = [server for server in self._servers.values() if _overlap(server.roots, roots)]
        if not running:
            return places
        known = frozenset[str].intersection(*(server.known for server in running))
        made = frozenset((*places.folders, *places.git_dirs)) - known
        return replace(places, since=min(server.since for server in running), made_since=made)

    def last(self, policy: SandboxPolicy) -> GitPlaces:
        """Return what was found last time, without looking."""
        with self._lock:
            kept = self._kept.get(policy.roots())
        return kept.places if kept is not None and policy.mode == "workspace-write" else GitPlaces()

    def _of(self, policy: SandboxPolicy) -> GitPlaces:
        roots = policy.roots()
        kept = self._kept.get(roots)
        changed_ns = tuple(root.stat().st_mtime_ns for root in roots)
        searched = kept.searched if kept is not None else None
        if searched is None or searched.changed_ns != changed_ns or time.monotonic() > searched.until:
            found = [search(str(root)) for root in roots]
            searched = _Searched(found, changed_ns, time.monotonic() + _KEPT_FOR_S)
        elif kept is not None and all(_stamp(path) == stamp for path, stamp in kept.stamps.items()):
            return kept.places
        places, looked_at = _places(policy, searched.found)
        self._kept[roots] = _Kept(searched, places, {path: _stamp(path) for path in looked_at})
        return places


def _places(policy: SandboxPolicy, found: list[Found]) -> tuple[GitPlaces, Iterable[str]]:
    roots = policy.roots()
    shared = tuple(dict.fromkeys(Path(c) for root in roots if (c := shared_repository(str(root))) is not None))
    shared = tuple(c for c in shared if not any(map(c.is_relative_to, (*roots, *policy.hidden_paths))))
    writable = tuple(map(str, (*roots, *shared)))
    folders = [folder for one in found for folder in one.with_git if folder not in writable]
    steering = Steering(writable)
    git_dirs: dict[str, None] = dict.fromkeys(map(str, shared))
    plain: set[str] = set()
    for folder in (*map(str, roots), *folders)[: len(roots) + _MOST_READ]:
        git = f"{folder.rstrip('/')}/.git"
        steering.looked_at[git] = None
        if (layout := layout_of(folder)) is None:
            continue
        for way in layout.ways:
            steering.add_way(way)
        steering.add_repository(folder, layout.common, layout.own)
        plain |= {git} if layout.own == git else set[str]()
        git_dirs |= dict.fromkeys(path for path in (layout.common, layout.own) if path != git)
    for bare in (bare for one in found for bare in one.bare):
        if not any(is_within(bare, git) for git in (*plain, *git_dirs)):
            git_dirs[bare] = None
            steering.add_repository(bare, bare)
    for common in shared:
        for path in common.glob("worktrees/*/gitdir"):
            steering.paths[str(path)] = None
    return (
        GitPlaces(
            shared=shared,
            folders=tuple(dict.fromkeys(folders)),
            git_dirs=tuple(_outermost(git_dirs, plain, writable)),
            steering=tuple(map(Path, steering.paths)),
        ),
        steering.looked_at,
    )


def _outermost(git_dirs: Iterable[str], plain: set[str], writable: Iterable[str]) -> Iterator[str]:
    """Those that can be written to, but for the ones in another one: that of a worktree is looked after with it."""
    found = [git for git in git_dirs if any(is_within(git, root) for root in writable)]
    for git in found:
        if not any(other != git and is_within(git, other) for other in (*plain, *found)) and git not in plain:
            yield git


def _overlap(some: tuple[Path, ...], others: tuple[Path, ...]) -> bool:
    return any(one.is_relative_to(other) or other.is_relative_to(one) for one in some for other in others)


def _stamp(path: str) -> _Stamp:
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return (0, 0, 0, 0)
    return (status.st_dev, status.st_ino, status.st_size, status.st_ctime_ns)
