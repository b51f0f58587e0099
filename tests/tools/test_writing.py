from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from codex_core.protocol import DiffBlock, FileChange, ToolError
from codex_tools.commit import commit_changes
from tests.tools.conftest import Bench


async def test_a_new_file_is_shown_first_and_written_after(bench: Bench) -> None:
    action = await bench.preview("write_file", path="src/new.py", content="a\nb\n")
    assert action.kind == "write"
    assert action.paths == (bench.folder / "src/new.py",)
    (block,) = action.display
    assert isinstance(block, DiffBlock)
    assert (block.files[0].kind, block.files[0].added, block.files[0].unified) == (
        "add",
        2,
        "@@ -0,0 +1,2 @@\n+a\n+b\n",
    )
    assert bench.names() == set()
    result = await bench.run("write_file", action, path="src/new.py", content="a\nb\n")
    assert result.output == "Created src/new.py (2 lines, 4 bytes)."
    assert bench.read("src/new.py") == b"a\nb\n"


async def test_what_is_written_is_what_was_shown_whatever_the_call_says(bench: Bench) -> None:
    action = await bench.preview("write_file", path="a", content="shown")
    await bench.run("write_file", action, path="a", content="something else")
    assert bench.read("a") == b"shown"


async def test_the_same_content_is_not_written_again(bench: Bench) -> None:
    bench.write("a", "x")
    action = await bench.preview("write_file", path="a", content="x")
    assert (action.kind, action.changes) == ("read", ())
    assert "nothing was written" in (await bench.run("write_file", action, path="a", content="x")).output


async def test_a_file_that_changed_since_it_was_shown_is_left_alone(bench: Bench) -> None:
    bench.write("a", "one\n")
    action = await bench.preview("edit_file", path="a", old_text="one", new_text="two")
    bench.write("a", "one more\n")
    with pytest.raises(ToolError, match="changed since it was read"):
        await bench.run("edit_file", action, path="a", old_text="one", new_text="two")
    assert bench.read("a") == b"one more\n"


async def test_a_file_that_appeared_since_is_not_replaced(bench: Bench) -> None:
    action = await bench.preview("write_file", path="a", content="mine")
    bench.write("a", "theirs")
    with pytest.raises(ToolError, match="exists by now"):
        await bench.run("write_file", action, path="a", content="mine")
    assert bench.read("a") == b"theirs"


@pytest.mark.parametrize("how", ["folder", "file"])
async def test_a_link_that_appears_between_preview_and_run_does_not_lead_out(
    bench: Bench, tmp_path: Path, how: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a").write_text("old\n")
    bench.write("d/a", "old\n")
    action = await bench.preview("edit_file", path="d/a", old_text="old", new_text="new")
    if how == "folder":
        (bench.folder / "d").rename(bench.folder / "e")
        (bench.folder / "d").symlink_to(outside)
    else:
        (bench.folder / "d/a").unlink()
        (bench.folder / "d/a").symlink_to(outside / "a")
    with pytest.raises(ToolError, match="became a symbolic link"):
        await bench.run("edit_file", action, path="d/a", old_text="old", new_text="new")
    assert (outside / "a").read_text() == "old\n"


async def test_folders_swapped_for_links_all_the_time_never_lead_out(bench: Bench, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    bench.write("d/keep", "")
    is_over = threading.Event()

    def swap() -> None:
        there, aside = bench.folder / "d", bench.folder / "aside"
        while not is_over.is_set():
            there.rename(aside)
            # The tool may make the missing folder anew, as it should; then there is no link this time.
            with contextlib.suppress(FileExistsError):
                there.symlink_to(outside)
                there.unlink()
            while aside.exists():
                shutil.rmtree(there, ignore_errors=True)
                with contextlib.suppress(OSError):
                    aside.rename(there)

    swapping = asyncio.create_task(asyncio.to_thread(swap))
    try:
        for number in range(150):
            try:
                await bench.call("write_file", path=f"d/f{number}", content="x")
            except ToolError:
                continue
    finally:
        is_over.set()
        await swapping
    assert list(outside.iterdir()) == []


async def test_a_link_stays_and_its_target_is_written(bench: Bench) -> None:
    target = bench.write("real/a", "old\n")
    target.chmod(0o750)
    (bench.folder / "link").symlink_to("real/a")
    await bench.call("edit_file", path="link", old_text="old", new_text="new")
    assert (bench.folder / "link").is_symlink()
    assert target.read_text() == "new\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o750


async def test_outside_protected_and_git_paths_are_refused(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (bench.folder / "link").symlink_to(tmp_path / "out")
    bench.policy = replace(bench.policy, protected_paths=(bench.folder / "AGENTS.md", bench.folder / ".x/hooks"))
    for path, why in (
        ("../out/a", "outside"),
        ("link/a", "outside"),
        (str(tmp_path / "a"), "outside"),
        ("AGENTS.md", "protected"),
        (".x/hooks/pre", "protected"),
        (".x", "protected"),
        (".git/commondir", "git's own"),
        ("sub/.git/hooks/pre-commit", "git's own"),
        ("/dev/null", "kernel"),
    ):
        assert why in await bench.refusal("write_file", path=path, content="x")
    assert bench.names() == {"link"}
    assert list((tmp_path / "out").iterdir()) == []


async def test_nothing_is_written_in_a_read_only_session(bench: Bench) -> None:
    bench.policy = replace(bench.policy, mode="read-only")
    assert "read-only" in await bench.refusal("write_file", path="a", content="x")


async def test_a_path_that_was_granted_by_itself_may_be_written(bench: Bench, tmp_path: Path) -> None:
    outside = tmp_path.resolve() / "granted"
    bench.policy = replace(bench.policy, writable_roots=(outside, bench.folder / ".git/hooks/pre-commit"))
    await bench.call("write_file", path=str(outside), content="x")
    await bench.call("write_file", path=".git/hooks/pre-commit", content="x")
    assert outside.read_text() == "x"
    assert "git's own" in await bench.refusal("write_file", path=".git/hooks/post-commit", content="x")


async def test_mode_owner_and_the_umask_are_kept(bench: Bench) -> None:
    path = bench.write("run.sh", "a\n")
    path.chmod(0o755)
    await bench.call("write_file", path="run.sh", content="b\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o755
    before = os.umask(0o027)
    try:
        await bench.call("write_file", path="new", content="b\n")
    finally:
        os.umask(before)
    assert stat.S_IMODE((bench.folder / "new").stat().st_mode) == 0o640


async def test_a_hard_link_elsewhere_keeps_its_content(bench: Bench, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("old")
    os.link(outside, bench.folder / "a")
    await bench.call("write_file", path="a", content="new")
    assert outside.read_text() == "old"


async def test_cancelling_waits_for_the_write(bench: Bench) -> None:
    content = "x" * 5_000_000
    action = await bench.preview("write_file", path="a", content=content)
    running = asyncio.create_task(bench.run("write_file", action, path="a", content=content))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert bench.names() in ({"a"}, set())
    assert not (bench.folder / "a").exists() or len(bench.read("a")) == len(content)


def changes(folder: Path) -> tuple[FileChange, ...]:
    return (
        FileChange(path=folder / "one", before=b"1\n", after=b"11\n"),
        FileChange(path=folder / "new/deep/file", before=None, after=b"n\n"),
        FileChange(path=folder / "gone", before=b"g\n", after=None),
        FileChange(path=folder / "to", before=b"f\n", after=b"t\n", moved_from=folder / "from"),
        FileChange(path=folder / "last", before=b"l\n", after=b"ll\n"),
    )


def make_files(bench: Bench) -> dict[str, bytes]:
    files = {"one": b"1\n", "gone": b"g\n", "from": b"f\n", "last": b"l\n"}
    for name, content in files.items():
        bench.write(name, content)
    (bench.folder / "from").chmod(0o711)
    return files


def test_several_files_are_committed_together(bench: Bench) -> None:
    make_files(bench)
    commit_changes(changes(bench.folder), bench.policy)
    assert bench.names() == {"one", "new/deep/file", "to", "last"}
    assert bench.read("to") == b"t\n"
    assert stat.S_IMODE((bench.folder / "to").stat().st_mode) == 0o711


def test_one_file_that_changed_keeps_all_of_them_back(bench: Bench) -> None:
    files = make_files(bench)
    bench.write("last", "changed\n")
    with pytest.raises(ToolError, match="last has changed since"):
        commit_changes(changes(bench.folder), bench.policy)
    assert {name: bench.read(name) for name in bench.names()} == {**files, "last": b"changed\n"}
    assert not (bench.folder / "new").exists()


@pytest.fixture(params=["nameless files", "none of them"])
def file_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With and without files that have no name yet."""
    if request.param != "nameless files":
        monkeypatch.setattr("codex_tools.new_content._NAMELESS", 0)
    return str(request.param)


CALLS = [*(("nameless files", number) for number in range(8)), *(("none of them", number) for number in range(6))]


@pytest.mark.parametrize(("file_system", "failing"), CALLS, indirect=["file_system"])
def test_a_failure_at_any_file_undoes_the_others(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, file_system: str, failing: int
) -> None:
    files = make_files(bench)
    inodes = (bench.folder / "from").stat().st_mode
    calls = {"count": 0}

    def breaking(name, real):  # type: ignore[no-untyped-def]
        def call(*args, **kwargs):  # type: ignore[no-untyped-def]
            if name != "unlink" or not str(args[0]).startswith(".codex-py-"):
                calls["count"] += 1
                if calls["count"] == failing + 1:
                    raise OSError(28, "No space left on device")
            return real(*args, **kwargs)

        return call

    for name in ("rename", "link", "unlink"):
        monkeypatch.setattr(os, name, breaking(name, getattr(os, name)))
    with pytest.raises(ToolError, match="No space left"):
        commit_changes(changes(bench.folder), bench.policy)
    monkeypatch.undo()
    assert {name: bench.read(name) for name in bench.names()} == files
    assert (bench.folder / "from").stat().st_mode == inodes


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_keeps_all_of_them_back(bench: Bench) -> None:
    files = make_files(bench)
    bench.write("locked/a", "a\n")
    (bench.folder / "locked").chmod(0o555)
    try:
        with pytest.raises(ToolError, match="Permission denied"):
            commit_changes(
                (*changes(bench.folder), FileChange(path=bench.folder / "locked/a", before=b"a\n", after=b"b\n")),
                bench.policy,
            )
    finally:
        (bench.folder / "locked").chmod(0o755)
    assert {name: bench.read(name) for name in bench.names()} == {**files, "locked/a": b"a\n"}


KILLED = """
import os, signal, sys
from pathlib import Path
from codex_core.protocol import FileChange, SandboxPolicy
from codex_tools import commit, new_content

folder, call = Path(sys.argv[1]), sys.argv[2]
setattr(os, call, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
new_content._NAMELESS = new_content._NAMELESS if sys.argv[3] == "nameless files" else 0
edit = FileChange(path=folder / "a", before=b"1", after=b"2")
new = FileChange(path=folder / "b", before=None, after=b"")
commit.commit_changes((edit, new), SandboxPolicy(mode="workspace-write", workspace=folder))
"""


def kill_at(call: str, folder: Path, file_system: str = "nameless files") -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder), call, file_system], check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="this system has no files without names")
@pytest.mark.parametrize("call", ["write", "fsync", "link"])
def test_a_kill_while_content_is_written_leaves_no_file_behind(bench: Bench, call: str) -> None:
    bench.write("a", "1")
    kill_at(call, bench.folder)
    assert bench.names() == {"a"}
    assert bench.read("a") == b"1"


def test_what_killed_processes_left_goes_when_the_folder_is_written_to(bench: Bench, file_system: str) -> None:
    bench.write("a", "1")
    kill_at("rename", bench.folder, file_system)
    left = {name for name in bench.names() if name.endswith(".tmp")}
    assert left
    kept = {".codex-py-notes.tmp", ".codex-py-0123456789abcdef.tmp.c", ".codex-py-00000000000000ff.tmp"}
    for name in kept:
        bench.write(name, "mine")
    link, folder = bench.folder / ".codex-py-00000000000000fe.tmp", bench.folder / ".codex-py-00000000000000fd.tmp"
    link.symlink_to("a")
    folder.mkdir()
    change = FileChange(path=bench.folder / "a", before=b"1", after=b"2")
    for name in left | kept:
        os.utime(bench.folder / name, (0, 0))
    with (bench.folder / ".codex-py-00000000000000ff.tmp").open() as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
        commit_changes((change,), bench.policy)
    assert bench.names() == {"a", link.name, *kept}
    assert folder.is_dir()


def test_a_file_that_another_process_is_just_writing_is_no_leftover(bench: Bench) -> None:
    young = bench.write(".codex-py-00000000000000ff.tmp", "")
    commit_changes((FileChange(path=bench.folder / "a", before=None, after=b"2"),), bench.policy)
    assert young.exists()
