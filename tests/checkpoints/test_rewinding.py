from __future__ import annotations

import os
import subprocess

from codex_tools.checkpoints import Checkpoints
from codex_tools.checkpoints.listing import is_settled
from tests.checkpoints.conftest import Place


def _shell(place: Place, line: str) -> None:
    subprocess.run(["bash", "-ec", line], cwd=place.folder, check=True, capture_output=True)


async def test_what_commands_did_is_undone_and_undoing_is_undone(place: Place, checkpoints: Checkpoints) -> None:
    place.write("src/clock.py", "now = 1\n")
    place.write("src/deep/a.txt", "a\n")
    place.write("src/deep/b.bin", bytes(range(256)))
    place.write("run.sh", "#!/bin/sh\n").chmod(0o644)
    (place.folder / "empty").mkdir()
    (place.folder / "link").symlink_to("src/clock.py")
    start = await checkpoints.take()
    files = place.files()

    _shell(
        place,
        "sed -i s/1/2/ src/clock.py; mv src/deep moved; chmod +x run.sh; rm -rf empty; ln -sfn moved link;"
        " printf '\\0\\1' >> moved/b.bin; mkdir -p new/folder; echo hi > new/folder/file; rm moved/a.txt",
    )
    known = await checkpoints.take()
    changed = place.files()
    plan = await checkpoints.plan_restore(start, known=known)
    assert {each.verdict for each in plan.paths} == {"restore"}
    restored = await checkpoints.restore(plan)
    assert restored.failed == ()
    assert place.files() == files
    assert restored.now == start

    back = await checkpoints.restore(await checkpoints.plan_restore(restored.undo, known=restored.now))
    assert back.failed == ()
    assert place.files() == changed


async def test_nothing_changed_is_the_same_checkpoint(place: Place, checkpoints: Checkpoints) -> None:
    place.write("a", "1")
    first = await checkpoints.take()
    assert await checkpoints.take() == first
    async with place.open(owner="another") as others:
        assert await others.take() == first
    place.write("a", "2")
    assert await checkpoints.take() != first


async def test_the_users_own_edit_is_a_conflict_and_stays_until_decided(place: Place, checkpoints: Checkpoints) -> None:
    place.write("theirs", "1")
    place.write("ours", "1")
    start = await checkpoints.take()
    place.write("theirs", "agent")
    place.write("ours", "agent")
    known = await checkpoints.take()
    place.write("theirs", "user")
    place.write("more", "user")

    plan = await checkpoints.plan_restore(start, known=known)
    assert [each.path for each in plan.of("conflict")] == ["more", "theirs"]
    assert [each.path for each in plan.of("restore")] == ["ours"]
    restored = await checkpoints.restore(plan)
    assert restored.restored == ("ours",)
    assert restored.kept == ("more", "theirs")
    assert (place.folder / "theirs").read_text() == "user"

    again = await checkpoints.plan_restore(start, known=known)
    await checkpoints.restore(again, {"theirs": "restore", "more": "restore"})
    assert place.files() == {
        "theirs": (0o644, b"1"),
        "ours": (0o644, b"1"),
    }


async def test_a_path_that_changes_after_the_plan_is_left_alone(place: Place, checkpoints: Checkpoints) -> None:
    place.write("a", "1")
    place.write("b", "1")
    start = await checkpoints.take()
    place.write("a", "2")
    place.write("b", "2")
    known = await checkpoints.take()
    plan = await checkpoints.plan_restore(start, known=known)
    place.write("a", "3")
    restored = await checkpoints.restore(plan)
    assert restored.restored == ("b",)
    assert [each.path for each in restored.failed] == ["a"]
    assert (place.folder / "a").read_text() == "3"


async def test_one_path_can_be_kept(place: Place, checkpoints: Checkpoints) -> None:
    place.write("a", "1")
    place.write("b", "1")
    start = await checkpoints.take()
    place.write("a", "2")
    place.write("b", "2")
    plan = await checkpoints.plan_restore(start, known=await checkpoints.take())
    restored = await checkpoints.restore(plan, {"a": "keep"})
    assert (restored.restored, restored.kept) == (("b",), ("a",))


async def test_changes_and_diff_say_what_happened(place: Place, checkpoints: Checkpoints) -> None:
    place.write("a.py", "one\ntwo\n")
    place.write("gone", "x")
    place.write("mode", "x")
    place.write("kind", "x")
    (place.folder / "link").symlink_to("a.py")
    start = await checkpoints.take()
    place.write("a.py", "one\n2\n")
    (place.folder / "gone").unlink()
    (place.folder / "mode").chmod(0o755)
    (place.folder / "kind").unlink()
    (place.folder / "kind").symlink_to("a.py")
    (place.folder / "link").unlink()
    (place.folder / "link").symlink_to("mode")
    place.write("new/file", b"\0\1")
    kinds = {each.path: each.kind for each in await checkpoints.changes(start)}
    assert kinds == {
        "a.py": "modified",
        "gone": "deleted",
        "mode": "mode",
        "kind": "type",
        "link": "modified",
        "new": "added",
        "new/file": "added",
    }
    diff = await checkpoints.diff(start, paths={"a.py", "link", "new/file"})
    assert [(each.path, each.kind) for each in diff.files] == [
        ("a.py", "update"),
        ("link", "update"),
        ("new/file", "add"),
    ]
    assert diff.files[0].unified == "@@ -1,2 +1,2 @@\n one\n-two\n+2\n"
    assert await checkpoints.read(start, "a.py") == b"one\ntwo\n"
    assert await checkpoints.read(start, "link") == b"a.py"


async def test_odd_names_come_back(place: Place, checkpoints: Checkpoints) -> None:
    names = [b"new\nline", b"\xff\xfe broken", b"-rf", b" space ", b"\x1b[31m", "ünï".encode()]
    for name in map(os.fsdecode, names):
        place.write(f"d{name}/{name}", os.fsencode(name))
        (place.folder / f"l{name}").symlink_to(name)
    start = await checkpoints.take()
    files = place.files()
    _shell(place, "rm -rf ./*")
    await checkpoints.restore(await checkpoints.plan_restore(start, known=await checkpoints.take()))
    assert place.files() == files


async def test_two_writes_in_one_tick_of_the_clock_are_told_apart(place: Place, checkpoints: Checkpoints) -> None:
    path = place.write("f", "0000")
    for number in range(60):
        path.write_text(f"{number:04}")
        first = await checkpoints.take()
        path.write_text(f"{number:03}x")
        assert await checkpoints.read(await checkpoints.take(), "f") == f"{number:03}x".encode()
        assert await checkpoints.read(first, "f") == f"{number:04}".encode()


def test_times_say_something_about_the_content_only_when_they_are_old_enough() -> None:
    now_ns = 1_800_000_000_123_456_789

    def settled(age_ns: int, *, step_ns: int = 1) -> bool:
        changed_ns = (now_ns - age_ns) // step_ns * step_ns
        return is_settled(changed_ns - 10**9, changed_ns, now_ns)

    assert not settled(0)
    assert not settled(20_000_000)
    assert settled(200_000_000)
    assert not settled(1_500_000_000, step_ns=10**9), "a file system that keeps whole seconds"
    assert settled(4_000_000_000, step_ns=10**9)
    assert not settled(-3_600_000_000_000), "a clock that was set back"
