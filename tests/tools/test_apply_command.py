from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from codex_cli.apply_command import run_apply

GIT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.com",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


@pytest.fixture
def apply(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    def run(patch: bytes | str, *, dry_run: bool = False, as_json: bool = False) -> int:
        data = patch.encode() if isinstance(patch, str) else patch
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        return run_apply("-", folder=folder, dry_run=dry_run, as_json=as_json)

    return run


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def git(folder: Path, *argv: str) -> bytes:
    return subprocess.run(["git", *argv], cwd=folder, env=GIT, check=True, capture_output=True).stdout


Apply = Callable[..., int]


def test_the_command_applies_a_file_without_git_or_trust(folder: Path, tmp_path: Path) -> None:
    (folder / "a").write_text("one\ntwo\n")
    (tmp_path / "change.patch").write_text("--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n")
    argv = [sys.executable, "-I", "-m", "codex_cli.entry", "apply", "change.patch", "-C", "project"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "updated a (+1 -1)\n", "")
    assert (folder / "a").read_text() == "one\n2\n"


def test_a_diff_of_git_with_everything_in_it_gives_the_same_files(folder: Path, tmp_path: Path, apply: Apply) -> None:
    other = tmp_path / "other"
    for place in (folder, other):
        (place / "sub dir").mkdir(parents=True, exist_ok=True)
        (place / "keep.txt").write_bytes(b"a\r\nb\r\nc")
        (place / "moved.py").write_bytes(b"".join(b"line %d\n" % n for n in range(30)))
        (place / "sub dir/gone").write_bytes(b"bye")
        (place / "script").write_bytes(b"#!/bin/sh\n")
        (place / "latin").write_bytes(b"caf\xe9\nth\xe9\n")
        (place / "empty").write_bytes(b"")
        (place / "é\t.txt").write_bytes(b"x\n")
    git(other, "init", "-q")
    git(other, "add", "-A")
    git(other, "commit", "-qm", "before")
    (other / "keep.txt").write_bytes(b"a\r\nB\r\nc")
    (other / "moved.py").unlink()
    (other / "new").mkdir()
    (other / "new/name.py").write_bytes(b"".join(b"line %d\n" % n for n in range(29)) + b"end")
    (other / "sub dir/gone").unlink()
    (other / "script").chmod(0o755)
    (other / "latin").write_bytes(b"caf\xe9s\nth\xe9\n")
    (other / "empty").unlink()
    (other / "void").write_bytes(b"")
    (other / "tool").write_bytes(b"#!/bin/sh\n")
    (other / "tool").chmod(0o755)
    (other / "é\t.txt").write_bytes(b"y\n")
    git(other, "add", "-A")
    git(other, "commit", "-qm", "after")
    mail = git(other, "format-patch", "-1", "--stdout", "-M")
    assert apply(mail) == 0
    assert files_in(folder) == files_in(other)
    for name in ("script", "tool"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o755
    assert stat.S_IMODE((folder / "new/name.py").stat().st_mode) == 0o644


def test_a_dry_run_tells_and_changes_nothing(folder: Path, apply: Apply, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a").write_text("one\n")
    patch = "*** Begin Patch\n*** Update File: a\n-one\n+1\n*** Add File: b\n+b\n*** End Patch\n"
    assert apply(patch, dry_run=True) == 0
    assert capsys.readouterr().out == "would update a (+1 -1)\nwould add b (+1 -0)\n"
    assert files_in(folder) == {"a": b"one\n"}


def test_json_names_every_path(folder: Path, apply: Apply, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a").write_text("one\n")
    (folder / "m").write_text("m\n")
    patch = (
        "*** Begin Patch\n*** Update File: a\n-one\n+1\n*** Add File: d/b\n+b\n"
        "*** Update File: m\n*** Move to: n\n*** Delete File: a2\n*** End Patch\n"
    )
    (folder / "a2").write_text("x\ny\n")
    assert apply(patch, as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == {
        "applied": True,
        "dry_run": False,
        "files": [
            {"path": "a", "kind": "update", "old_path": None, "added": 1, "removed": 1},
            {"path": "d/b", "kind": "add", "old_path": None, "added": 1, "removed": 0},
            {"path": "n", "kind": "update", "old_path": "m", "added": 0, "removed": 0},
            {"path": "a2", "kind": "delete", "old_path": None, "added": 0, "removed": 2},
        ],
        "error": None,
    }


def test_a_failure_names_file_and_hunk(folder: Path, apply: Apply, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a").write_text("one\ntwo\x1b[31m\n")
    patch = "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-one\n+1\n@@ -2 +2 @@\n-three\x1b]0;x\x07\n+3\n"
    assert apply(patch) == 1
    said = capsys.readouterr().err
    assert said.startswith("codex-py apply: a, hunk 2: its context and old lines are not in the file.")
    assert "\x1b" not in said
    assert apply(patch, as_json=True) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["applied"], told["error"]["path"], told["error"]["hunk"]) == (False, "a", 2)
    assert (folder / "a").read_text() == "one\ntwo\x1b[31m\n"


def test_the_line_number_decides_between_repeats(folder: Path, apply: Apply) -> None:
    (folder / "a").write_text("x\nsame\ny\n" + "-\n" * 20 + "x\nsame\ny\n")
    assert apply("--- a\n+++ a\n@@ -20,3 +20,3 @@\n x\n-same\n+other\n y\n") == 0
    assert (folder / "a").read_text() == "x\nsame\ny\n" + "-\n" * 20 + "x\nother\ny\n"


def test_diffs_written_by_hand_are_taken(folder: Path, apply: Apply) -> None:
    (folder / "crlf").write_bytes(b"a\r\n\r\nc\r\nd")
    (folder / "old").write_bytes(b"x\n")
    patch = (
        "Some words.\n\n--- crlf\t2024-01-01 10:00\n+++ crlf\t2024-01-02 10:00\n"
        "@@ -1,4 +1,5 @@\n-a\n+A\n\n c\n+c2\n d\n"
        "--- /dev/null\n+++ b/new/file\n@@ -0,0 +1 @@\n+n\n--- a/old\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    )
    assert apply(patch) == 0
    assert files_in(folder) == {"crlf": b"A\r\n\r\nc\r\nc2\r\nd", "new/file": b"n\n"}


def test_a_patch_with_crlf_line_ends_is_taken(folder: Path, apply: Apply) -> None:
    (folder / "lf").write_bytes(b"a\nb\n")
    (folder / "crlf").write_bytes(b"a\r\nb\r\n")
    diff = "--- a/lf\n+++ b/lf\n@@ -1,2 +1,2 @@\n a\n-b\n+B\n--- a/crlf\n+++ b/crlf\n@@ -1,2 +1,2 @@\n a\n-b\n+B\n"
    assert apply(diff.replace("\n", "\r\n")) == 0
    assert files_in(folder) == {"lf": b"a\nB\n", "crlf": b"a\r\nB\r\n"}


REFUSED = {
    "cut off": ("--- a/a\n+++ b/a\n@@ -1,3 +1,3 @@\n one\n-two\n", "a, hunk 1: it is cut off"),
    "cut off by the next": (
        "--- a/a\n+++ b/a\n@@ -1,3 +1,3 @@\n one\ndiff --git a/b b/b\n",
        "a, hunk 1: it is cut off",
    ),
    "too many": ("--- a/a\n+++ b/a\n@@ -1 +1 @@\n-one\n+1\n+1b\n", "a, hunk 1: more lines follow"),
    "other lines": ("--- a/a\n+++ b/a\n@@ -1,1 +1,2 @@\n-one\n two\n", "a, hunk 1: it has other lines"),
    "unknown header": ("--- a/a\n+++ b/a\n@@ somewhere @@\n-one\n+1\n", "unknown `@@` header"),
    "missing context": ("--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n nope\n-two\n+2\n", "a, hunk 1: its context"),
    "no header": ("@@ -1 +1 @@\n-one\n+1\n", "without a file header"),
    "not a patch": ("hello\n", "neither"),
    "outside": ("--- /dev/null\n+++ b/../x\n@@ -0,0 +1 @@\n+x\n", "outside"),
    "absolute": ("--- /dev/null\n+++ /tmp/x-of-a-test\n@@ -0,0 +1 @@\n+x\n", "outside"),
    "by a link": ("--- /dev/null\n+++ b/link/x\n@@ -0,0 +1 @@\n+x\n", "outside"),
    "into git": ("--- /dev/null\n+++ b/.git/hooks/pre-commit\n@@ -0,0 +1 @@\n+x\n", "git's own"),
    "binary": ("diff --git a/a b/a\nindex 1..2 100644\nGIT binary patch\nliteral 1\nIcmZ\n", "binary"),
    "binary files": ("diff --git a/a b/a\nindex 1..2 100644\nBinary files a/a and b/a differ\n", "binary"),
    "plain binary": ("Binary files a/a and b/a differ\n", "binary"),
    "a new link": ("diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+x\n", "links"),
    "there already": ("--- /dev/null\n+++ b/a\n@@ -0,0 +1 @@\n+x\n", "exists already"),
    "not there": ("--- a/b\n+++ b/b\n@@ -1 +1 @@\n-x\n+y\n", "no such file"),
    "other content": ("--- a/a\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n", "does not hold"),
    "past the end": ("--- a/a\n+++ b/a\n@@ -9,0 +10 @@\n+x\n", "cannot be inserted there"),
    "newline inside": (
        "--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n-one\n\\ No newline at end of file\n+1\n two\n",
        "a line in its middle has no newline",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_applied_is_refused_untouched(
    folder: Path, tmp_path: Path, apply: Apply, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (folder / "a").write_text("one\ntwo\n")
    (tmp_path / "out").mkdir()
    (folder / "link").symlink_to(tmp_path / "out")
    patch, words = REFUSED[name]
    assert apply(patch) == 1
    assert words in capsys.readouterr().err
    if patch.startswith(("---", "diff")):
        assert apply("--- /dev/null\n+++ b/first\n@@ -0,0 +1 @@\n+x\n" + patch) == 1
    assert files_in(folder) == {"a": b"one\ntwo\n"}
    assert list((tmp_path / "out").iterdir()) == []
    assert not Path("/tmp/x-of-a-test").exists()
