from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from codex_core.protocol import FileChange, FileDiff, SandboxPolicy
from codex_tools.diffs import change_words, file_diff
from codex_tools.workspace import Workspace

FOLDER = Path("/project")
WORKSPACE = Workspace(folder=FOLDER, policy=lambda: SandboxPolicy(mode="read-only", workspace=FOLDER))


def diff(before: bytes | None, after: bytes | None, *, moved_from: Path | None = None) -> FileDiff:
    change = FileChange(path=FOLDER / "f", before=before, after=after, moved_from=moved_from)
    return file_diff(change, WORKSPACE)


def test_a_missing_newline_is_shown_as_git_shows_it() -> None:
    shown = diff(b"a\nb", b"a\nb\n")
    assert shown.unified == "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n"
    assert (shown.added, shown.removed) == (1, 1)


def test_changes_far_apart_are_hunks_of_their_own() -> None:
    before = b"".join(b"%d\n" % n for n in range(20))
    after = before.replace(b"2\n", b"two\n", 1).replace(b"17\n", b"17\n17b\n")
    assert [line for line in diff(before, after).unified.split("\n") if line.startswith("@@")] == [
        "@@ -1,6 +1,6 @@",
        "@@ -16,5 +16,6 @@",
    ]


def test_added_deleted_moved_and_binary_files_say_what_they_are() -> None:
    assert diff(None, b"a\n").kind == "add"
    assert (diff(b"a\n", None).kind, diff(b"a\n", None).removed) == ("delete", 1)
    moved = diff(b"a\n", b"a\n", moved_from=FOLDER / "old")
    assert (moved.kind, moved.unified, change_words(moved)) == ("update", "", "old -> f (+0 -0)")
    assert diff(b"a\0", b"b\0").unified == ""
    assert diff(None, b"").unified == ""


@pytest.mark.parametrize("kind", ["shuffled", "few words", "all the same", "nothing shared"])
def test_hostile_files_are_compared_in_bounded_time(kind: str) -> None:
    source = random.Random(1)
    lines = [b"%d\n" % n for n in range(20_000)]
    match kind:
        case "shuffled":
            other = source.sample(lines, len(lines))
        case "few words":
            lines, other = ([source.choice([b"a\n", b"b\n", b"c\n"]) for _ in range(20_000)] for _ in range(2))
        case "all the same":
            lines, other = [b"x\n"] * 20_000, [b"x\n"] * 15_000
        case _:
            other = [b"-" + line for line in lines]
    began = time.process_time()
    shown = diff(b"".join(lines), b"".join(other))
    assert time.process_time() - began < 5
    assert shown.added - shown.removed == len(other) - len(lines)
