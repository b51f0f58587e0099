from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from codex_tools.checkpoints import CheckpointError, CheckpointLimits, Checkpoints, NotCovered
from tests.checkpoints.conftest import Place


async def test_the_store_is_private_and_outside(place: Place, checkpoints: Checkpoints) -> None:
    place.write("a", "1")
    before = place.files()
    await checkpoints.take()
    assert place.files() == before
    assert stat.S_IMODE(place.store_dir.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in place.store_dir.iterdir()} == {0o600}


async def test_opening_alone_makes_nothing(place: Place) -> None:
    async with place.open():
        pass
    assert not place.home.exists()


async def test_what_is_too_large_is_reported_and_never_replaced_unasked(place: Place) -> None:
    place.write("small", "1")
    place.write("large", "x" * 2000)
    async with place.open(limits=CheckpointLimits(file_bytes=1000)) as checkpoints:
        start = await checkpoints.take()
        assert {path: state.reason for path, state in (await checkpoints.not_covered(start)).items()} == {
            "large": "too-large"
        }
        place.write("large", "y" * 2001)
        place.write("small", "z" * 3000)
        place.write("more", "z" * 3000)
        plan = await checkpoints.plan_restore(start, known=await checkpoints.take())
        assert {each.path: each.verdict for each in plan.paths} == {
            "large": "not_covered",
            "small": "conflict",
            "more": "conflict",
        }
        assert "too large" in plan.paths[0].why
        restored = await checkpoints.restore(plan, {"small": "restore", "large": "restore", "more": "restore"})
        assert restored.restored == ("more", "small")
        assert (place.folder / "small").read_text() == "1"
        assert not (place.folder / "more").exists()
        assert (place.folder / "large").stat().st_size == 2001


async def test_a_large_tree_is_covered_from_the_top(place: Place) -> None:
    for number in range(30):
        place.write(f"a/lot/of/f{number}", "x")
    place.write("src/main.py", "1")
    place.write("README", "1")
    async with place.open(limits=CheckpointLimits(entries=20)) as checkpoints:
        start = await checkpoints.take()
        assert list(await checkpoints.not_covered(start)) == ["a/lot/of"]
        place.write("src/main.py", "2")
        place.write("a/lot/of/f1", "y")
        plan = await checkpoints.plan_restore(start, known=await checkpoints.take())
        assert [each.path for each in plan.paths] == ["src/main.py"]


async def test_a_folder_with_more_files_than_the_limit_is_left_alone_as_a_whole(place: Place) -> None:
    for number in range(8):
        place.write(f"f{number}", "x")
    async with place.open(limits=CheckpointLimits(entries=5)) as checkpoints:
        start = await checkpoints.take()
        assert list(await checkpoints.not_covered(start)) == ["."]
    async with place.open(limits=CheckpointLimits()) as checkpoints:
        plan = await checkpoints.plan_restore(start, known=await checkpoints.take())
        assert [(each.path, each.verdict) for each in plan.paths] == [(".", "not_covered")]


async def test_bytes_of_all_files_together_are_limited(place: Place) -> None:
    place.write("a", "x" * 600)
    place.write("b", "x" * 600)
    place.write("c", "x" * 300)
    async with place.open(limits=CheckpointLimits(tree_bytes=1000)) as checkpoints:
        assert list(await checkpoints.not_covered(await checkpoints.take())) == ["b"]
        assert list(await checkpoints.not_covered(await checkpoints.take())) == ["b"]


async def test_what_there_was_no_time_to_read_is_reported_and_read_next_time(place: Place) -> None:
    place.write("a", "1")
    async with place.open(limits=CheckpointLimits(reading_s=0)) as checkpoints:
        hurried = await checkpoints.take()
        assert {state.reason for state in (await checkpoints.not_covered(hurried)).values()} == {"late"}
    async with place.open() as checkpoints:
        whole = await checkpoints.take()
        assert await checkpoints.not_covered(whole) == {}
        assert [each.verdict for each in (await checkpoints.plan_restore(hurried, known=whole)).paths] == [
            "not_covered"
        ]


async def test_pipes_and_sockets_are_reported_and_nothing_hangs(place: Place, checkpoints: Checkpoints) -> None:
    place.write("f", "1")
    start = await checkpoints.take()
    (place.folder / "f").unlink()
    os.mkfifo(place.folder / "f")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(place.folder / "s"))
    known = await checkpoints.take()
    assert {path: state.reason for path, state in (await checkpoints.not_covered(known)).items()} == {
        "f": "special",
        "s": "special",
    }
    plan = await checkpoints.plan_restore(start, known=known)
    assert {each.path: each.verdict for each in plan.paths} == {"f": "restore", "s": "not_covered"}
    await checkpoints.restore(plan, {})
    assert (place.folder / "f").read_text() == "1"
    assert (place.folder / "s").is_socket()


async def test_a_pipe_that_somebody_else_put_in_place_of_a_file_is_theirs(
    place: Place, checkpoints: Checkpoints
) -> None:
    place.write("f", "1")
    start = await checkpoints.take()
    place.write("f", "2")
    known = await checkpoints.take()
    (place.folder / "f").unlink()
    os.mkfifo(place.folder / "f")
    plan = await checkpoints.plan_restore(start, known=known)
    assert {each.path: each.verdict for each in plan.paths} == {"f": "conflict"}


async def test_a_new_folder_with_a_pipe_in_it_stays_and_nothing_fails(place: Place, checkpoints: Checkpoints) -> None:
    start = await checkpoints.take()
    place.write("new/deep/f", "1")
    os.mkfifo(place.folder / "new/deep/pipe")
    plan = await checkpoints.plan_restore(start, known=await checkpoints.take())
    assert {each.path: each.verdict for each in plan.paths} == {
        "new": "not_covered",
        "new/deep": "not_covered",
        "new/deep/f": "restore",
        "new/deep/pipe": "not_covered",
    }
    restored = await checkpoints.restore(plan, {})
    assert (restored.restored, restored.failed) == (("new/deep/f",), ())
    assert (place.folder / "new/deep/pipe").is_fifo()


async def test_deep_trees_are_bounded(place: Place, checkpoints: Checkpoints) -> None:
    here = place.folder
    fd = os.open(here, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d", dir_fd=fd)
        below = os.open("d", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
    os.close(fd)
    place.write("f", "1")
    start = await checkpoints.take()
    assert [state.reason for state in (await checkpoints.not_covered(start)).values()] == ["too-deep"]


async def test_links_are_recorded_as_links_and_never_followed(
    place: Place, checkpoints: Checkpoints, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "f").write_text("theirs")
    place.write("d/f", "ours")
    start = await checkpoints.take()
    (place.folder / "d" / "f").unlink()
    (place.folder / "d").rmdir()
    (place.folder / "d").symlink_to(outside)
    plan = await checkpoints.plan_restore(start, known=await checkpoints.take())
    restored = await checkpoints.restore(plan)
    assert restored.failed == ()
    assert (outside / "f").read_text() == "theirs"
    assert (place.folder / "d" / "f").read_text() == "ours"

    place.write("d/f", "newer")
    plan = await checkpoints.plan_restore(start, known=await checkpoints.take())
    (place.folder / "d").rename(place.folder / "e")
    (place.folder / "d").symlink_to(outside)
    restored = await checkpoints.restore(plan)
    assert [each.path for each in restored.failed] == ["d/f"]
    assert (outside / "f").read_text() == "theirs"


async def test_ignored_files_are_left_alone(place: Place, checkpoints: Checkpoints) -> None:
    place.write(".gitignore", "*.log\nbuild/\n")
    place.write("app.log", "1")
    place.write("build/out", "1")
    place.write("src/deep.log", "1")
    start = await checkpoints.take()
    files = await checkpoints.files(start)
    assert {path for path, state in files.items() if isinstance(state, NotCovered)} == {
        "app.log",
        "build",
        "src/deep.log",
    }
    place.write("app.log", "2")
    place.write("build/more", "2")
    place.write("new.log", "2")
    assert await checkpoints.changes(start) == ()
    place.write(".gitignore", "")  # Now they are covered, and still not ours to delete.
    plan = await checkpoints.plan_restore(start, known=await checkpoints.take())
    assert {each.path: each.verdict for each in plan.paths} == {
        ".gitignore": "restore",
        "app.log": "not_covered",
        "build": "not_covered",
        "new.log": "restore",
        "src/deep.log": "not_covered",
    }


async def test_a_covered_file_stays_covered_when_git_begins_to_ignore_it(place: Place) -> None:
    place.write("settings", "1")
    place.write("conf/settings", "1")
    async with place.open() as checkpoints:
        start = await checkpoints.take()
    place.write(".gitignore", "settings\nconf\n")
    async with place.open() as checkpoints:
        await checkpoints.take()
        place.write("settings", "2")
        place.write("conf/settings", "2")
        plan = await checkpoints.plan_restore(start, known=await checkpoints.take())
        assert {each.path: each.verdict for each in plan.paths} == {
            ".gitignore": "restore",
            "settings": "restore",
            "conf/settings": "restore",
        }


async def test_hidden_and_protected_paths_are_not_touched(place: Place, checkpoints: Checkpoints) -> None:
    place.write("AGENTS.md", "1")
    place.write(".codex-py/config.toml", "1")
    place.write("f", "1")
    start = await checkpoints.take()
    for name in ("AGENTS.md", ".codex-py/config.toml", "f"):
        place.write(name, "2")
    plan = await checkpoints.plan_restore(start, known=await checkpoints.take())
    assert {each.path: each.verdict for each in plan.paths} == {
        "AGENTS.md": "not_covered",
        ".codex-py/config.toml": "not_covered",
        "f": "restore",
    }
    await checkpoints.restore(plan, {"AGENTS.md": "restore"})
    assert (place.folder / "AGENTS.md").read_text() == "2"


async def test_a_store_inside_the_workspace_does_not_record_itself(place: Place) -> None:
    place.store_dir = place.folder / "home" / "checkpoints"
    place.write("home/f", "1")
    async with place.open() as checkpoints:
        first = await checkpoints.take()
        assert "home/f" in await checkpoints.files(first)
        assert await checkpoints.take() == first


async def test_a_workspace_that_is_gone_is_an_error_in_words(place: Place, checkpoints: Checkpoints) -> None:
    await checkpoints.take()
    place.folder.rename(place.folder.with_name("elsewhere"))
    with pytest.raises(CheckpointError, match=r"workspace.*No such file"):
        await checkpoints.take()


async def test_files_that_are_written_all_the_time_do_not_hinder(place: Place, checkpoints: Checkpoints) -> None:
    import threading

    place.write("log", "")
    end = threading.Event()

    def write() -> None:
        with (place.folder / "log").open("ab", buffering=0) as log:
            while not end.wait(0.0005):
                log.write(b"x" * 1000)
                for number in range(5):
                    place.write(f"t{number}", "x").unlink()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(20):
            taken = await checkpoints.take()
    finally:
        end.set()
        writer.join()
    assert "log" in await checkpoints.files(taken)


async def test_files_in_read_only_folders_are_restored_and_the_folders_stay_so(
    place: Place, checkpoints: Checkpoints
) -> None:
    place.write("d/e/f", "1")
    place.write("d/gone", "1")
    for name in ("d/e", "d"):
        (place.folder / name).chmod(0o555)
    start = await checkpoints.take()
    files = place.files()
    for name in ("d", "d/e"):
        (place.folder / name).chmod(0o755)
    place.write("d/e/f", "2")
    place.write("d/new", "2")
    (place.folder / "d/gone").unlink()
    (place.folder / "d/e").chmod(0o555)
    plan = await checkpoints.plan_restore(start, known=await checkpoints.take())
    restored = await checkpoints.restore(plan)
    assert restored.failed == ()
    assert place.files() == files
    assert restored.now == start


async def test_what_cannot_be_read_is_reported(place: Place, checkpoints: Checkpoints) -> None:
    place.write("f", "1").chmod(0)
    place.write("d/f", "1")
    (place.folder / "d").chmod(0o600)
    try:
        if os.access(place.folder / "f", os.R_OK):
            pytest.skip("this user may read everything")
        start = await checkpoints.take()
        assert {path: state.reason for path, state in (await checkpoints.not_covered(start)).items()} == {
            "f": "unreadable",
            "d/f": "unreadable",
        }
    finally:
        (place.folder / "d").chmod(0o700)
