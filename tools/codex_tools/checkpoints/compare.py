"""What differs between two checkpoints. It costs what differs, not the tree: folders with one digest are the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from codex_tools.checkpoints.states import FileState, FolderState, LinkState, NotCovered, PathState, is_same
from codex_tools.checkpoints.store import ObjectStore
from codex_tools.checkpoints.visit import WHOLE

ChangeKind: TypeAlias = Literal["added", "modified", "deleted", "mode", "type", "not_covered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PathChange:
    """One path that is not the same in two checkpoints."""

    path: str
    """Relative to the workspace, with `/`. Bytes that are no UTF-8 are lone surrogates."""
    kind: ChangeKind
    """`type`: a file became a folder, a link a file, and so on. `not_covered`: on one side or both it is not recorded
    what was there."""
    before: PathState | None
    after: PathState | None

    @property
    def is_folder(self) -> bool:
        """Only the folder itself is meant; what is in it has changes of its own."""
        return all(state is None or isinstance(state, FolderState) for state in (self.before, self.after))


class Difference(NamedTuple):
    path: str
    one: PathState | None
    other: PathState | None


def differences(
    store: ObjectStore, one: PathState | None, other: PathState | None, path: str = ""
) -> Iterator[Difference]:
    """All paths that differ, a folder before what is in it. Below what is not covered nothing is known.

    Raises:
        ObjectDamaged: a folder cannot be read.
    """
    if path and not is_same(one, other):
        yield Difference(path, one, other)
    if isinstance(one, NotCovered) or isinstance(other, NotCovered):
        return
    if isinstance(one, FolderState) and isinstance(other, FolderState) and one.digest == other.digest:
        return
    ours, theirs = _entries(store, one), _entries(store, other)
    if not path and (WHOLE in ours or WHOLE in theirs):
        yield Difference(WHOLE, ours.get(WHOLE), theirs.get(WHOLE))
        return
    prefix = f"{path}/" if path else ""
    for name in sorted(ours.keys() | theirs.keys()):
        mine, yours = ours.get(name), theirs.get(name)
        if mine != yours:
            yield from differences(store, mine, yours, prefix + name)


def changes_between(store: ObjectStore, one: FolderState, other: FolderState) -> Iterator[PathChange]:
    """The changes that people want to see: what git ignores comes and goes without a word."""
    for path, before, after in differences(store, one, other):
        if not (_is_nobodys(before) and _is_nobodys(after)):
            yield PathChange(path=path, kind=_kind_of(before, after), before=before, after=after)


def state_at(store: ObjectStore, root: FolderState, path: str) -> PathState | None:
    """What was at `path`; below what is not covered, that."""
    state: PathState | None = root
    for name in path.split("/"):
        if not isinstance(state, FolderState):
            return state if isinstance(state, NotCovered) else None
        entries = store.folder(state.digest)
        state = entries.get(name, entries.get(WHOLE) if state is root else None)
    return state


def walk(store: ObjectStore, root: FolderState) -> Iterator[tuple[str, PathState]]:
    """Everything below `root`."""
    todo = [("", root)]
    while todo:
        prefix, folder = todo.pop()
        for name, state in store.folder(folder.digest).items():
            yield prefix + name, state
            if isinstance(state, FolderState):
                todo.append((f"{prefix}{name}/", state))


def _entries(store: ObjectStore, state: PathState | None) -> dict[str, PathState]:
    return store.folder(state.digest) if isinstance(state, FolderState) else {}


def _is_nobodys(state: PathState | None) -> bool:
    return state is None or (isinstance(state, NotCovered) and state.reason in ("ignored", "git", "hidden"))


def _kind_of(before: PathState | None, after: PathState | None) -> ChangeKind:
    match before, after:
        case (NotCovered(), _) | (_, NotCovered()):
            return "not_covered"
        case None, _:
            return "added"
        case _, None:
            return "deleted"
        case FileState(), FileState():
            return "mode" if before.digest == after.digest else "modified"
        case LinkState(), LinkState():
            return "modified"
        case FolderState(), FolderState():
            return "mode"
        case _:
            return "type"
