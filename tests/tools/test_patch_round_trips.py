from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from codex_core.protocol import FileChange, SandboxPolicy
from codex_tools.commit import commit_changes
from codex_tools.diffs import file_diff
from codex_tools.line_diff import common_runs
from codex_tools.patch_apply import PatchPaths, changes_of
from codex_tools.patch_parser import parse_patch
from codex_tools.workspace import Workspace

GIT = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "HOME": "/"}

ODD = [b"-- y", b"++ z", b"@@ -1 +1 @@", b"*** End Patch", b"\xe9\xff", b"a\r", b"\r", "é".encode()]
LINE = st.sampled_from([b"a", b"b", b"", b"  x", *ODD])


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    lines = draw(st.lists(LINE, max_size=25))
    if not lines:
        return b""
    return b"\n".join(lines) + (b"\n" if draw(st.booleans()) or not lines[-1] else b"")


@st.composite
def edits(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A file before and after some lines were replaced, removed and added."""
    before = draw(contents())
    lines = before.split(b"\n")
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(lines)))
        end = draw(st.integers(start, min(len(lines), start + 4)))
        lines[start:end] = draw(st.lists(LINE, max_size=4))
    return before, b"\n".join(lines)


def apply(folder: Path, patch: bytes) -> None:
    policy = SandboxPolicy(mode="workspace-write", workspace=folder)
    workspace = Workspace(folder=folder, policy=lambda: policy)
    changes = changes_of(parse_patch(patch), PatchPaths(folder=folder, resolve=workspace.resolve))
    commit_changes(changes, policy)


def apply_to(before: bytes, patch: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        (folder / "f").write_bytes(before)
        apply(folder, patch)
        return (folder / "f").read_bytes()


def git_diff(before: bytes, after: bytes, context: int) -> bytes:
    with tempfile.TemporaryDirectory() as name:
        for side, data in (("a", before), ("b", after)):
            (Path(name) / side).mkdir()
            (Path(name) / side / "f").write_bytes(data)
        argv = ["git", "diff", "--no-index", "--text", "--no-prefix", f"-U{context}", "a/f", "b/f"]
        return subprocess.run(argv, cwd=name, capture_output=True, env=GIT, check=False).stdout


@settings(max_examples=60, deadline=None)
@given(edit=edits(), context=st.integers(0, 3))
def test_a_diff_of_git_gives_the_target_to_the_byte(edit: tuple[bytes, bytes], context: int) -> None:
    before, after = edit
    patch = git_diff(before, after, context)
    if not patch:
        assert before == after
        return
    only_new_lf_lines = before.count(b"\r\n") == before.count(b"\n") and b"\r\n" not in patch.split(b"@@", 1)[1]
    if only_new_lf_lines and before.count(b"\n"):
        return  # lines without CR for a file all CRLF: such a patch is taken for one written by hand
    assert apply_to(before, patch) == after


@settings(max_examples=60, deadline=None)
@given(edit=edits(), shift=st.integers(0, 3))
def test_a_diff_is_found_again_where_the_lines_have_moved(edit: tuple[bytes, bytes], shift: int) -> None:
    before, after = edit
    patch = git_diff(before, after, 100)
    if not patch or b"\r" in before + after or not before:
        return
    moved = b"first line, unlike any other\n" * shift
    assert apply_to(moved + before, patch) == moved + after


@st.composite
def text_edits(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    lines = draw(st.lists(st.sampled_from(["a", "b", "", "  x", "*** z", "é"]), max_size=20))
    after = list(lines)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(after)))
        after[start : min(len(after), start + draw(st.integers(0, 3)))] = draw(
            st.lists(st.sampled_from(["a", "c", "", "  y", "@@ w"]), max_size=3)
        )
    return lines, after


@settings(max_examples=100, deadline=None)
@given(edit=text_edits(), crlf=st.booleans(), bare=st.booleans())
def test_a_codex_patch_with_all_its_context_gives_the_target(
    edit: tuple[list[str], list[str]], crlf: bool, bare: bool
) -> None:
    before, after = edit
    if before == after or not before:
        return
    body: list[str] = []
    a = b = 0
    runs = common_runs(before, after)
    for start_a, start_b, size in [*((run.a, run.b, run.size) for run in runs), (len(before), len(after), 0)]:
        body += [f"-{line}" for line in before[a:start_a]] + [f"+{line}" for line in after[b:start_b]]
        body += [f" {line}" for line in before[start_a : start_a + size]]
        a, b = start_a + size, start_b + size
    end = "\r\n" if crlf else "\n"
    source = end.join(before) + ("" if bare and before[-1] else end)
    last = runs[-1] if runs else None
    is_last_untouched = last is not None and (last.a + last.size, last.b + last.size) == (len(before), len(after))
    is_bare = is_last_untouched and not source.endswith("\n")
    target = end.join(after) + ("" if is_bare else end) if after else ""
    if crlf and end not in source:
        return  # nothing tells that the file is meant to be CRLF
    text = "\n".join(["*** Begin Patch", "*** Update File: f", "@@", *body, "*** End of File", "*** End Patch", ""])
    assert apply_to(source.encode(), text.encode()) == target.encode()


@settings(max_examples=60, deadline=None)
@given(edits())
def test_the_diff_that_is_shown_makes_the_file(edit: tuple[bytes, bytes]) -> None:
    before, after = (side.replace(b"\r", b"").decode("utf-8", "replace").encode() for side in edit)
    folder = Path("/nowhere")
    workspace = Workspace(folder=folder, policy=lambda: SandboxPolicy(mode="read-only", workspace=folder))
    diff = file_diff(FileChange(path=folder / "f", before=before, after=after), workspace)
    if before == after:
        assert diff.unified == ""
        return
    assert apply_to(before, b"--- a/f\n+++ b/f\n" + diff.unified.encode()) == after
    signs = [line[:1] for line in diff.unified.split("\n")]
    assert (diff.added, diff.removed) == (signs.count("+"), signs.count("-"))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 4), max_size=40), st.lists(st.integers(0, 4), max_size=40))
def test_common_runs_are_common_and_in_order(old: list[int], new: list[int]) -> None:
    a = b = 0
    for run in common_runs(old, new):
        assert run.a >= a
        assert run.b >= b
        assert old[run.a : run.a + run.size] == new[run.b : run.b + run.size]
        a, b = run.a + run.size, run.b + run.size
