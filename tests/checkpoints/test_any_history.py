"""Any sequence of changes, with checkpoints in between: restoring one gives exactly the files of that moment."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from codex_tools.checkpoints import (
    CheckpointId,
    Checkpoints,
    FileState,
    FolderState,
    LinkState,
    NotCovered,
    PathState,
)
from tests.checkpoints.conftest import Place
from tests.support.workspace import git

_NAMES = ("a", "b", "c", "d.log", ".gitignore", "x\ny", "\udcff")
_paths = st.lists(st.sampled_from(_NAMES), min_size=1, max_size=3).map("/".join)
_contents = st.one_of(st.binary(max_size=40), st.sampled_from([b"*.log\n", b"a\n", b"/b/\n!d.log\n", b"x" * 5000]))


def _clear(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()


def _way(folder: Path, path: str, *, make: bool = False) -> Path | None:
    """The place; None where the way there is not of real folders, so that nothing outside is ever touched."""
    here = folder
    for name in path.split("/")[:-1]:
        here /= name
        if make and not os.path.lexists(here):
            here.mkdir()
        if here.is_symlink() or not here.is_dir():
            return None
    return here / path.rpartition("/")[2]


def _write(folder: Path, path: str, data: bytes) -> None:
    place = _way(folder, path, make=True)
    if place is not None:
        _clear(place)
        place.write_bytes(data)


def _file(folder: Path, path: str) -> Path | None:
    place = _way(folder, path)
    return place if place is not None and place.is_file() and not place.is_symlink() else None


def _append(folder: Path, path: str, data: bytes) -> None:
    place = _file(folder, path)
    if place is not None:
        with place.open("ab") as file:
            file.write(data)


def _same_size(folder: Path, path: str) -> None:
    """Another content of the same length, with the times of the one before."""
    place = _file(folder, path)
    if place is not None:
        info = place.stat()
        place.write_bytes(bytes(255 - byte for byte in place.read_bytes()))
        os.utime(place, ns=(info.st_atime_ns, info.st_mtime_ns))


def _move(folder: Path, path: str, to: str) -> None:
    place, target = _way(folder, path), _way(folder, to, make=True)
    is_inside = f"{to}/".startswith(f"{path}/") or f"{path}/".startswith(f"{to}/")
    if place is not None and target is not None and os.path.lexists(place) and not is_inside:
        _clear(target)
        place.rename(target)


def _remove(folder: Path, path: str) -> None:
    place = _way(folder, path)
    if place is not None:
        _clear(place)


def _mode(folder: Path, path: str, mode: int) -> None:
    place = _way(folder, path)
    if place is not None and os.path.lexists(place) and not place.is_symlink():
        place.chmod(mode | (0o700 if place.is_dir() else 0o400))


def _link(folder: Path, path: str, target: str) -> None:
    place = _way(folder, path, make=True)
    if place is not None:
        _clear(place)
        place.symlink_to(target)


def _folder(folder: Path, path: str) -> None:
    place = _way(folder, path, make=True)
    if place is not None:
        _clear(place)
        place.mkdir()


Operation = tuple[Callable[..., None], tuple[object, ...]]
_operations: st.SearchStrategy[Operation] = st.one_of(
    st.tuples(st.just(_write), st.tuples(_paths, _contents)),
    st.tuples(st.just(_append), st.tuples(_paths, _contents)),
    st.tuples(st.just(_same_size), st.tuples(_paths)),
    st.tuples(st.just(_move), st.tuples(_paths, _paths)),
    st.tuples(st.just(_remove), st.tuples(_paths)),
    st.tuples(st.just(_mode), st.tuples(_paths, st.sampled_from([0o644, 0o755, 0o600, 0o777, 0o555]))),
    st.tuples(st.just(_link), st.tuples(_paths, st.sampled_from(["a", "../..", "/etc/passwd", "\udcff\n"]))),
    st.tuples(st.just(_folder), st.tuples(_paths)),
)
_histories = st.lists(st.lists(_operations, max_size=6), min_size=1, max_size=5)


class _Moment:
    """What was on the disk when a checkpoint was taken, and what the checkpoint says."""

    def __init__(self, checkpoint: CheckpointId, disk: dict[str, object], recorded: dict[str, PathState]) -> None:
        self.id = checkpoint
        self.disk = disk
        self.recorded = recorded

    @classmethod
    async def now(cls, place: Place, checkpoints: Checkpoints) -> _Moment:
        checkpoint = await checkpoints.take()
        return cls(checkpoint, place.files(), await checkpoints.files(checkpoint))

    def covers(self, path: str) -> bool:
        """Also that nothing was there is known, unless something is above it that is not covered."""
        parts = path.split("/")
        states = (self.recorded.get("/".join(parts[:length])) for length in range(1, len(parts) + 1))
        return not any(isinstance(state, NotCovered) for state in states)

    def holds_uncovered(self, path: str) -> bool:
        found = (each for each, state in self.recorded.items() if isinstance(state, NotCovered))
        return any(each == path or each.startswith(f"{path}/") for each in found)


def _apply(folder: Path, operations: list[Operation]) -> None:
    for operation, arguments in operations:
        operation(folder, *arguments)


def _is_ignored_by_git(folder: Path, paths: list[str]) -> set[str]:
    """By git itself, of paths that exist."""
    names = b"\0".join(os.fsencode(path) for path in paths)
    arguments = ["git", "check-ignore", "--no-index", "--stdin", "-z"]
    run = subprocess.run(arguments, cwd=folder, input=names, capture_output=True, check=False)
    return {os.fsdecode(name) for name in run.stdout.split(b"\0") if name}


@settings(max_examples=40)
@given(_histories, st.data())
def test_restoring_gives_exactly_the_files_of_that_moment(history: list[list[Operation]], data: st.DataObject) -> None:
    async def scenario(folder: Path) -> None:
        place = Place(folder)
        git(place.folder, "init", "--quiet")
        async with place.open() as checkpoints:
            moments: list[_Moment] = []
            for operations in history:
                _apply(place.folder, operations)
                moment = await _Moment.now(place, checkpoints)
                _check_what_is_covered(place.folder, moment)
                moments.append(moment)
            target = data.draw(st.sampled_from(moments))
            plan = await checkpoints.plan_restore(target.id, known=moments[-1].id)
            before = _Moment(plan.now, place.files(), await checkpoints.files(plan.now))
            restored = await checkpoints.restore(plan, {each.path: "restore" for each in plan.of("conflict")})
            for failure in restored.failed:  # Something that is not covered is in the way, and stays.
                assert before.holds_uncovered(failure.path)
            _check_files(place.files(), target, before, {failure.path for failure in restored.failed})

            assert restored.now is not None
            back = await checkpoints.plan_restore(restored.undo, known=restored.now)
            undone = await checkpoints.restore(back, {each.path: "restore" for each in back.of("conflict")})
            after = _Moment(back.now, {}, await checkpoints.files(back.now))
            _check_files(place.files(), before, after, {failure.path for failure in undone.failed})

    with tempfile.TemporaryDirectory() as name:
        asyncio.run(scenario(Path(name).resolve()))


def _check_what_is_covered(folder: Path, moment: _Moment) -> None:
    for path, state in moment.recorded.items():
        match state:
            case FileState(mode, size_bytes, digest):
                content = (folder / path).read_bytes()
                assert moment.disk[path] == (mode, content)
                assert (len(content), hashlib.sha256(content).hexdigest()) == (size_bytes, digest)
            case LinkState(target):
                assert moment.disk[path] == target
            case FolderState(mode):
                assert moment.disk[path] == mode
            case NotCovered(reason):
                assert reason in ("ignored", "git")
    left_out = [path for path in moment.disk if path not in moment.recorded or not moment.covers(path)]
    assert set(left_out) <= _is_ignored_by_git(folder, left_out)


def _check_files(disk: dict[str, object], target: _Moment, before: _Moment, failed: set[str]) -> None:
    """`disk` is the target, but for what was not covered then or before it was restored."""
    wanted = {path: value for path, value in target.disk.items() if path in target.recorded and target.covers(path)}
    for path, value in wanted.items():
        if not any(path == each or path.startswith(f"{each}/") for each in failed):
            assert disk.get(path) == value, path
    for path in disk.keys() - wanted.keys():
        assert not target.covers(path) or before.holds_uncovered(path) or not before.covers(path), path


_USED = ("a", "b", "c", "x\ny")
_plain_paths = st.lists(st.sampled_from(_USED), min_size=1, max_size=3).map("/".join)
_plain_operations: st.SearchStrategy[Operation] = st.one_of(
    st.tuples(st.just(_write), st.tuples(_plain_paths, st.binary(max_size=3))),
    st.tuples(st.just(_move), st.tuples(_plain_paths, _plain_paths)),
    st.tuples(st.just(_remove), st.tuples(_plain_paths)),
    st.tuples(st.just(_mode), st.tuples(_plain_paths, st.sampled_from([0o644, 0o755]))),
    st.tuples(st.just(_link), st.tuples(_plain_paths, st.sampled_from(["a", "b"]))),
    st.tuples(st.just(_folder), st.tuples(_plain_paths)),
)
_some_operations = st.lists(_plain_operations, max_size=8)


@settings(max_examples=40)
@given(_some_operations, _some_operations, _some_operations)
def test_conflicts_are_exactly_the_paths_that_others_changed(
    first: list[Operation], agents: list[Operation], users: list[Operation]
) -> None:
    async def scenario(folder: Path) -> None:
        place = Place(folder)
        async with place.open() as checkpoints:
            _apply(place.folder, first)
            start, then = await checkpoints.take(), place.files()
            _apply(place.folder, agents)
            known, known_files = await checkpoints.take(), place.files()
            _apply(place.folder, users)
            now = place.files()
            plan = await checkpoints.plan_restore(start, known=known)
            different = {path for path in then.keys() | now.keys() if then.get(path) != now.get(path)}
            theirs = {path for path in different if known_files.get(path) != now.get(path)}
            assert {each.path for each in plan.of("conflict")} == theirs
            assert {each.path for each in plan.of("restore")} == different - theirs
            await checkpoints.restore(plan)
            after = place.files()
            for path in theirs & now.keys():
                assert after[path] == now[path]

    with tempfile.TemporaryDirectory() as name:
        asyncio.run(scenario(Path(name).resolve()))
