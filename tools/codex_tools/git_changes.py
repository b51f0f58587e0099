"""What is not as it is in the commit that is checked out: git says which files, untracked ones included; they are read
by us, and compared as everywhere else."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from codex_core.protocol import DiffBlock, SandboxPolicy, ToolError, WorkspaceChanges
from codex_core.session.commit import commit_of
from codex_tools.beneath import open_folder, read_regular_at
from codex_tools.neutral_git import CONTENT_BYTES, Repository, TrackedChange, find_repository, neutral_git
from codex_tools.reading_process import find_program
from codex_tools.threads import Deadline, run_until
from codex_tools.tree_diff import COMPARED_BYTES, ChangedPath, Side, is_comparable, tree_diff
from codex_tools.workspace import Workspace, is_under, printable

TIMEOUT_S = 30.0
MOST_UNTRACKED = 2_000
_MOST_NAMED = 3


class GitChanges:
    """Of one workspace; call it as often as wanted."""

    def __init__(self, workspace: Path, policy: Callable[[], SandboxPolicy]) -> None:
        """`workspace`: absolute and resolved."""
        self._workspace = workspace
        self._policy = policy

    async def __call__(self, context_lines: int) -> WorkspaceChanges:
        """That there is no repository, or no git, is told as the `problem`.

        Raises:
            ToolError: it took too long, or git broke off.
        """
        policy, folder = self._policy(), self._workspace
        repository, commit = await run_until(lambda _: (find_repository(folder), commit_of(folder)), TIMEOUT_S)
        program = find_program("git", policy)
        if repository is None or program is None or repository.is_unreadable:
            return _nothing(context_lines, _why_not(repository, program))
        async with neutral_git(program, repository, commit, folder, policy) as git:
            looking = _Looking(folder, policy)
            listed = await git.tracked_changes()
            tracked = await run_until(lambda deadline: list(looking.changed(listed, deadline)), TIMEOUT_S)
            contents = await git.contents(each.object_id for each, _ in tracked if not each.is_new)
            names = await git.untracked(_exclude_files(repository))
            untracked = await run_until(lambda deadline: list(looking.new(names, deadline)), TIMEOUT_S)
        changes = [_change(each, after, contents) for each, after in tracked] + untracked
        workspace = Workspace(folder=folder, policy=lambda: policy)
        diff = await run_until(
            lambda deadline: tree_diff(changes, workspace, deadline, finds_moved=True, context_lines=context_lines),
            TIMEOUT_S,
        )
        remarks = tuple(_remarks(changes, len(names)))
        return WorkspaceChanges(since="commit", context_lines=context_lines, diff=diff, base=commit, remarks=remarks)


def _change(tracked: TrackedChange, after: Side | None, contents: Mapping[str, bytes]) -> ChangedPath:
    before = None if tracked.is_new else Side(contents.get(tracked.object_id), tracked.mode)
    return ChangedPath(path=tracked.path, before=before, after=after)


def _remarks(changes: Sequence[ChangedPath], untracked: int) -> Iterator[str]:
    """What cannot be seen of the diff."""
    incomparable = [
        change.path
        for change in changes
        if any(side is not None and not is_comparable(side) for side in (change.before, change.after))
    ]
    if incomparable:
        more = len(incomparable) - _MOST_NAMED
        names = ", ".join(map(printable, incomparable[:_MOST_NAMED])) + (f" and {more:,} more" if more > 0 else "")
        yield f"Too long to be compared line by line, or not to be read: {names}."
    if (more := untracked - MOST_UNTRACKED) > 0:
        yield f"{more:,} more untracked files are not shown."


def _why_not(repository: Repository | None, program: str | None) -> str:
    if repository is None:
        return "This folder is in no git repository."
    if program is None:
        return "There is no git in the folders of PATH."
    return "The repository keeps its branches in a form that cannot be read here (reftable)."


def _nothing(context_lines: int, problem: str) -> WorkspaceChanges:
    return WorkspaceChanges(since="commit", context_lines=context_lines, diff=DiffBlock(files=()), problem=problem)


def _exclude_files(repository: Repository) -> Iterator[Path]:
    """What git reads besides `.gitignore`, where users mostly have it."""
    config = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")  # noqa: PTH111 (Path.home() raises)
    for path in (repository.exclude_file, Path(config) / "git" / "ignore"):
        if path.is_file():
            yield path


class _Looking:
    """Reads the files as they are now; in a thread."""

    def __init__(self, folder: Path, policy: SandboxPolicy) -> None:
        self._folder = folder
        self._policy = policy
        self._room = CONTENT_BYTES

    def changed(
        self, listed: Iterable[TrackedChange], deadline: Deadline
    ) -> Iterator[tuple[TrackedChange, Side | None]]:
        """Those that really are not as they were, and what they are."""
        for each in listed:
            deadline.check()
            if not self._is_hidden(each.path):
                after = self._now(each.path)
                if not (_is_same(each, after) or (each.is_new and after is None)):
                    yield each, after

    def new(self, names: Iterable[str], deadline: Deadline) -> Iterator[ChangedPath]:
        for path in sorted(names)[:MOST_UNTRACKED]:
            deadline.check()
            if not self._is_hidden(path) and (after := self._now(path)) is not None:
                yield ChangedPath(path=path, before=None, after=after)

    def _is_hidden(self, path: str) -> bool:
        return is_under(self._folder / path, self._policy.hidden_paths)

    def _now(self, name: str) -> Side | None:
        """None if there is no file, and no link."""
        path = self._folder / name
        try:
            with open_folder(path.parent) as folder_fd:
                info = os.stat(path.name, dir_fd=folder_fd, follow_symlinks=False)
                if stat.S_ISLNK(info.st_mode):
                    return Side(os.fsencode(os.readlink(path.name, dir_fd=folder_fd)), "120000")
                if not stat.S_ISREG(info.st_mode):
                    return None
                data = None
                if info.st_size <= min(COMPARED_BYTES, self._room):
                    with contextlib.suppress(ToolError, PermissionError):
                        data = read_regular_at(folder_fd, path.name, path, COMPARED_BYTES).data
                        self._room -= len(data)
                return Side(data, "100755" if info.st_mode & 0o100 else "100644")
        except (OSError, ToolError):
            return None


def _is_same(tracked: TrackedChange, now: Side | None) -> bool:
    """Whether git would store the file as it did."""
    if now is None or now.data is None or now.mode != tracked.mode:
        return False
    make = hashlib.sha256 if len(tracked.object_id) == 64 else hashlib.sha1
    return make(b"blob %d\0" % len(now.data) + now.data).hexdigest() == tracked.object_id
