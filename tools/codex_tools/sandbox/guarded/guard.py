"""Puts protected files back that a command changed. Child side, for where mounts cannot protect them beforehand.

Landlock cannot make a file read-only inside a folder that is writable. So the files that make *other* programs do
something (git's hooks and config, instruction files, our own project folder) are read before the command, and what
differs after everything of it is dead is put back.

Of a repository, what git itself must be able to do stays: a new repository, commits, branches, worktrees, remotes.
"""

# pathlib costs every child milliseconds, and knows no directory descriptors.

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, cast

from codex_tools.sandbox.guarded import file_state, git_config
from codex_tools.sandbox.guarded.file_state import File, Folder, State, Unkept

_MODULE_DEPTH_LIMIT: Final = 8
STEERING: Final = ("config", "config.worktree", "hooks", "commondir")
"""What makes git run something, in a folder of its own."""
_CONFIGS: Final = ("config", "config.worktree")
_REBASE_TODO: Final = "rebase-merge/git-rebase-todo"
"""What a rebase that was begun will do when it goes on, programs to run among it."""
_REBASE_STRATEGY: Final = "rebase-merge/strategy"
_SEQUENCER_OPTIONS: Final = "sequencer/opts"
_PLANS: Final = (_REBASE_TODO, _REBASE_STRATEGY, _SEQUENCER_OPTIONS)
_STRATEGIES: Final = frozenset((b"", b"ort", b"recursive", b"resolve", b"octopus", b"ours", b"subtree"))
"""Git runs a program by the name of any other."""


class _Kept(NamedTuple):
    """What was protected in one folder."""

    folder: str
    git: str
    """Where the repository is in it: `.git`, or another name, or `.` for the folder itself."""
    exact: frozenset[str]
    """Paths relative to the folder that are put back whatever git could have done with them."""
    before: dict[str, State]
    """By path relative to the folder."""


class Guard:
    """The protected files of some folders, as they were."""

    def __init__(self, kept: list[_Kept]) -> None:
        self._kept = kept

    @classmethod
    def take(
        cls, roots: Iterable[str], files: Iterable[str], git_dirs: Iterable[str] = (), exact: Iterable[str] = ()
    ) -> Guard:
        """Read the git files of each of `roots`, and those of `files` that lie below it. All absolute.

        `git_dirs` are repositories that are not called `.git`. Files inside a repository are judged by what git does
        with them, whether they are among `files` or not; only those in `exact` are put back in any case.
        """
        folders, wanted, unchangeable = list(roots), list(files), list(exact)
        places = [(root, ".git") for root in folders]
        places += [(git, ".") if git in folders else _split(git) for git in git_dirs]
        kept: list[_Kept] = []
        for folder, git in places:
            prefix = folder.rstrip("/") + "/"
            names = [p.removeprefix(prefix) for p in wanted if p.startswith(prefix) and "/.git/" not in p]
            # Links and repositories further down hold some of them too, but to put them back once is enough.
            ours = [p.removeprefix(prefix) for p in unchangeable if p.startswith(prefix)] if git == ".git" else []
            with contextlib.suppress(FileNotFoundError, NotADirectoryError), file_state.opened(folder) as root_fd:
                kept.append(_keep(root_fd, folder, git, [] if git != ".git" else [*names, *ours], frozenset(ours)))
        return cls(kept)

    @classmethod
    def of_nothing(cls, folder: str) -> Guard:
        """Take all that is in the repository of a folder for new."""
        return cls([_Kept(folder, ".git", frozenset(), {".git": None})])

    @classmethod
    def from_plain(cls, plain: object) -> Guard:
        """The reverse of `to_plain`."""
        kept = cast(list[tuple[str, str, list[str], dict[str, object]]], plain)
        return cls(
            [
                _Kept(folder, git, frozenset(exact), {name: file_state.from_plain(was) for name, was in before.items()})
                for folder, git, exact, before in kept
            ]
        )

    def to_plain(self) -> object:
        """Return what `marshal` can carry."""
        return [
            (
                kept.folder,
                kept.git,
                list(kept.exact),
                {name: file_state.to_plain(was) for name, was in kept.before.items()},
            )
            for kept in self._kept
        ]

    def put_back(self, *, aside: str = "") -> list[str]:
        """Undo what may not be; return the paths that had been changed. What is replaced is kept below `aside`."""
        changed: dict[str, None] = {}
        for kept in self._kept:
            try:
                with file_state.opened(kept.folder) as root_fd:
                    for name in _restore(root_fd, kept, f"{aside}{kept.folder}" if aside else ""):
                        changed[f"{kept.folder.rstrip('/')}/{name.removeprefix('./')}"] = None
            except OSError as error:
                changed[f"{kept.folder} ({error.strerror}: its protected files could not be checked)"] = None
        return list(changed)


def _keep(root_fd: int, folder: str, git: str, names: list[str], exact: frozenset[str]) -> _Kept:
    present = set(os.listdir(root_fd))
    states = {name: file_state.read(root_fd, name) for name in _protected(names, present, root_fd, git)}
    links = {name: file_state.read(root_fd, name) for name in _links(root_fd, git)}
    before = {git: file_state.kind(root_fd, git), **dict.fromkeys(names), **links, **states}
    return _Kept(folder, git, exact, before)


def _split(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    return folder or "/", name


def git_files(git: str) -> list[str]:
    """Return the paths of all files of a repository that make git run something, if they exist or not."""
    with file_state.opened(git) as git_fd:
        return [f"{git}/{name.removeprefix('./')}" for name in _git_names(git_fd, ".")]


def git_dirs(git: str) -> list[str]:
    """Return a repository's own folder, and those of its worktrees and submodules; none if there is none."""
    try:
        with file_state.opened(git) as git_fd:
            found = _git_dirs(git_fd, ".", _MODULE_DEPTH_LIMIT)
            return [git if name == "." else f"{git}/{name.removeprefix('./')}" for name in found]
    except OSError:
        return []


def clean_bare(folder: str) -> list[str]:
    """Take what runs something out of a repository without a work tree; return the paths that were changed."""
    changed: list[str] = []
    with file_state.opened(folder) as folder_fd:
        for name in STEERING:
            now = file_state.read(folder_fd, name)
            if now is not None and not _may_stay(name, None, now, depth=1):
                file_state.write(folder_fd, name, _wanted(name, None, now, depth=1))
                changed.append(f"{folder}/{name}")
    return changed


def _protected(names: Iterable[str], present: set[str], root_fd: int, git: str) -> Iterator[str]:
    """The protected paths that can exist at all, given what is `present` in the root."""
    yield from (name for name in names if name.partition("/")[0] in present)
    if git in present or git == ".":
        yield from _git_names(root_fd, git)
        for git_dir in _git_dirs(root_fd, git, _MODULE_DEPTH_LIMIT):
            yield from (f"{git_dir}/{plan}" for plan in _PLANS)


def _git_names(root_fd: int, git: str) -> Iterator[str]:
    """The paths of all git files that make git run something, whether they exist or not."""
    for git_dir in _git_dirs(root_fd, git, _MODULE_DEPTH_LIMIT):
        for name in STEERING:
            yield f"{git_dir}/{name}"


def _git_dirs(root_fd: int, git_dir: str, depth: int) -> Iterator[str]:
    """A repository's own folder, those of its worktrees, and those of its submodules, each with theirs."""
    yield git_dir
    for worktree in file_state.folders(root_fd, f"{git_dir}/worktrees") if depth else ():
        yield from _git_dirs(root_fd, f"{git_dir}/worktrees/{worktree}", depth - 1)
    pending = [f"{git_dir}/modules"]
    while pending and depth:
        depth -= 1
        # A submodule's name may hold slashes: what is no repository is a folder on the way to one.
        found = [f"{parent}/{name}" for parent in pending for name in file_state.folders(root_fd, parent)]
        pending = [path for path in found if file_state.kind(root_fd, f"{path}/HEAD") is None]
        for module in found:
            if module not in pending:
                yield from _git_dirs(root_fd, module, depth)


def _links(root_fd: int, git: str) -> Iterator[str]:
    """The links beside git's own folders: git follows them, we do not, and it never makes any there."""
    for git_dir in _git_dirs(root_fd, git, _MODULE_DEPTH_LIMIT):
        for folder in (git_dir, f"{git_dir}/worktrees", f"{git_dir}/modules"):
            yield from (f"{folder}/{link}" for link in file_state.links(root_fd, folder))


def _restore(root_fd: int, kept: _Kept, aside: str) -> Iterator[str]:
    before, git = kept.before, kept.git
    if git != "." and _is_redirected(before[git], file_state.kind(root_fd, git)):
        file_state.write(root_fd, git, before[git])
        yield git
    present = set(os.listdir(root_fd))
    may_differ = [name for name, was in before.items() if was is not None and name != git]
    for name in dict.fromkeys((*may_differ, *_protected(before, present, root_fd, git))):
        if name == git:
            continue
        was = before.get(name)
        now = file_state.read(root_fd, name, was)
        if file_state.is_same(was, now):
            continue
        inner = name.removeprefix(f"{git}/")
        is_gits = inner != name and name not in kept.exact
        depth = name.removeprefix("./").count("/")
        if is_gits and _may_stay(inner, was, now, depth=depth):
            continue
        if isinstance(was, Unkept) and not is_gits:
            yield f"{name} (too large to be put back)"
            continue
        try:
            if aside:
                _set_aside(aside, name, now)
            file_state.write(root_fd, name, _wanted(inner, was, now, depth=depth) if is_gits else was)
        except OSError as error:
            yield f"{name} (could not be put back: {error.strerror})"
        else:
            yield f"{name} (too large to be put back; set aside)" if isinstance(was, Unkept) else name
    for link in list(_links(root_fd, git)):
        if link not in before:
            file_state.write(root_fd, link, None)
            yield link


def _set_aside(folder: str, name: str, state: State) -> None:
    os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103
    with file_state.opened(folder) as folder_fd:
        file_state.write(folder_fd, name, state)


def _is_redirected(was: State, now: State) -> bool:
    """Whether `.git` has become a pointer to somewhere else. That it is gone, or a new repository, is allowed."""
    if now is None or file_state.is_same(was, now):
        return False
    return not (isinstance(now, Folder) and (was is None or isinstance(was, Folder)))


def _may_stay(name: str, was: State, now: State, *, depth: int) -> bool:
    """Whether git itself could have made this of a file of a repository, `name` being relative to its folder."""
    if now is None:
        return True
    kind = name.rpartition("/")[2]
    if kind == "hooks":
        return was is None and isinstance(now, Folder) and all(map(_is_sample, now.entries))
    if not isinstance(now, File):
        return False
    if name.endswith(_REBASE_TODO):
        return not _added_programs(was, now)
    if name.endswith(_REBASE_STRATEGY):
        return now.data.strip() in _STRATEGIES
    if name.endswith(_SEQUENCER_OPTIONS):
        return all(
            (entry.value or "").encode(errors="surrogateescape") in _STRATEGIES
            for entry in git_config.parse(now.data) or [git_config.Entry("", "", "strategy", "unreadable")]
            if entry.key == "strategy"
        )
    if kind == "commondir":
        # Exactly what git writes for a new worktree, where it writes it.
        in_worktree = name.startswith("worktrees/") and name.count("/") == len(("worktrees", "NAME"))
        return in_worktree and now.data == b"../..\n"
    return git_config.harmless(was.data if isinstance(was, File) else b"", now.data, depth=depth)


def _added_programs(was: State, now: File) -> set[bytes]:
    """The lines of a rebase's plan that run a program and were not in it before."""
    before = set(was.data.splitlines()) if isinstance(was, File) else set[bytes]()
    return {line for line in now.data.splitlines() if line.split()[:1] in ([b"exec"], [b"x"]) and line not in before}


def _wanted(name: str, was: State, now: State, *, depth: int) -> State:
    """What to put there. The harmless part of what is new stays: without it a new repository would not work, and
    what the user changes meanwhile from outside would be lost."""
    if name.endswith(_REBASE_TODO) and isinstance(now, File):
        added = _added_programs(was, now)
        lines = now.data.splitlines(keepends=True)
        return now._replace(data=b"".join(line for line in lines if line.rstrip(b"\r\n") not in added))
    if name.endswith(("commondir", *_PLANS)):
        return was
    match was, now:
        case None, File(data=data):
            return now._replace(data=git_config.cleaned(data, depth=depth))
        case None, Folder(entries=entries):
            return now._replace(entries={hook: state for hook, state in entries.items() if _is_sample(hook)})
        case File(data=old), File(data=data) if name.endswith(_CONFIGS):
            merged = git_config.merged(old, data, depth=depth)
            return was if merged is None else was._replace(data=merged)
        case _:
            return was


def _is_sample(hook: str) -> bool:
    return hook.endswith(".sample") or hook == "README"
