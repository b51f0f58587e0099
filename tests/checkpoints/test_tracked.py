from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from codex_tools.checkpoints import Checkpoints, NotCovered
from codex_tools.git_index import find_index, tracked_paths
from tests.checkpoints.conftest import Place
from tests.support.workspace import git


async def test_tracked_files_are_covered_although_a_pattern_ignores_them(
    place: Place, checkpoints: Checkpoints
) -> None:
    git(place.folder, "init", "--quiet")
    place.write(".gitignore", "dist/\n*.lock\n")
    place.write("dist/bundle.js", "1")
    place.write("dist/other.js", "1")
    place.write("uv.lock", "1")
    git(place.folder, "add", "--force", "dist/bundle.js", "uv.lock")
    start = await checkpoints.take()
    files = await checkpoints.files(start)
    assert {path for path, state in files.items() if isinstance(state, NotCovered)} == {".git", "dist/other.js"}
    for name in ("dist/bundle.js", "dist/other.js", "uv.lock"):
        place.write(name, "2")
    plan = await checkpoints.plan_restore(start, known=await checkpoints.take())
    assert [(each.path, each.verdict) for each in plan.paths] == [("dist/bundle.js", "restore"), ("uv.lock", "restore")]


async def test_a_workspace_inside_a_repository_and_a_worktree_know_what_is_tracked(tmp_path: Path) -> None:
    top = tmp_path.resolve() / "top"
    place = Place(top)
    git(top, "init", "--quiet")
    place.write("x.log", "1")
    (top / ".gitignore").write_text("*.log\n/home\n")
    git(top, "add", "--force", "workspace/x.log")
    git(top, "commit", "--quiet", "--message", "start")
    async with place.open() as checkpoints:
        assert "x.log" in await checkpoints.files(await checkpoints.take())
    git(top, "worktree", "add", "--quiet", str(tmp_path / "tree"))
    found = find_index((tmp_path / "tree").resolve())
    assert found is not None
    assert list(tracked_paths(found[1])) == [b"workspace/x.log"]


@pytest.mark.parametrize("version", [2, 3, 4])
def test_the_index_is_read_as_git_reads_it(tmp_path: Path, version: int) -> None:
    seed = random.Random(version)
    parts = ["a", "bb", "ccc", "d d", "é", "long" * 20]
    names = {"/".join(seed.choices(parts, k=seed.randrange(1, 5))) + str(number) for number in range(120)}
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "-c", f"index.version={version}", "add", "--all")
    if version == 3:
        (tmp_path / "later").write_text("")
        git(tmp_path, "add", "--intent-to-add", "later")
        names.add("later")
    found = find_index(tmp_path.resolve())
    assert found is not None
    assert found[1].read_bytes()[7] == version
    assert {os.fsdecode(path) for path in tracked_paths(found[1])} == names


def test_a_broken_index_is_no_error(tmp_path: Path) -> None:
    index = tmp_path.resolve() / "index"
    seed = random.Random(1)
    assert list(tracked_paths(index)) == []
    git(tmp_path, "init", "--quiet")
    (tmp_path / "f").write_text("")
    git(tmp_path, "add", "f")
    whole = (tmp_path / ".git" / "index").read_bytes()
    for length in range(0, len(whole), 7):
        index.write_bytes(whole[:length])
        list(tracked_paths(index))
    for version in (2, 4):
        for _ in range(200):
            head = b"DIRC" + version.to_bytes(4, "big") + b"\xff" * 4
            index.write_bytes(head + seed.randbytes(seed.randrange(300)))
            list(tracked_paths(index))
