from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_tools.gitignore import IgnoreFile, IgnoreRules
from codex_tools.threads import Deadline
from tests.tools.conftest import Bench

GIT = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}

TREE = (
    "a",
    "b.txt",
    "a.b",
    "#x",
    "!y",
    "sp ",
    "d/a",
    "d/b.txt",
    "d/e/a",
    "d/e/b.log",
    "d/e/f/a",
    "d/ab/ba",
    "ab/a-b",
    "ab/[x]",
    "é/a",
    "build/out.o",
)

ATOMS = st.sampled_from(
    ["a", "b", "d", "e", "f", "ab", "*", "**", "?", "/", "/", ".", "[ab]", "[!a]", "[a-e]", "\\", "!", "#", " ", "é",
     "[[:alpha:]]", "[", "]", "-", "txt", "[x-]", "[]a]", "\\*", "***"]
)  # fmt: skip
PATTERN = st.lists(ATOMS, min_size=1, max_size=6).map("".join)
LINES = st.lists(st.one_of(PATTERN, PATTERN.map(lambda p: f"!{p}"), PATTERN.map(lambda p: f"{p}/")), max_size=4)
TEXT = LINES.map("\n".join)


def ignored_by_git(top: Path, paths: list[str]) -> set[str]:
    done = subprocess.run(
        ["git", "check-ignore", "--stdin", "-z", "--no-index"],
        cwd=top,
        input="\0".join(paths).encode() + b"\0",
        capture_output=True,
        env=GIT,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    return {os.fsdecode(path) for path in done.stdout.split(b"\0") if path}


def ignored_by_us(top: Path) -> set[str]:
    ignored: set[str] = set()

    def visit(folder: Path, rules: IgnoreRules, is_ignored: bool) -> None:
        for entry in sorted(folder.iterdir()):
            if entry.name == ".git":
                continue
            is_folder = entry.is_dir()
            here = is_ignored or rules.ignores(os.fsencode(entry.name), is_folder=is_folder)
            if here:
                ignored.add(str(entry.relative_to(top)))
            if is_folder:
                visit(entry, IgnoreRules.for_folder(entry, Deadline(60)), here)

    visit(top, IgnoreRules.for_folder(top, Deadline(60)), False)
    return ignored


def make_tree(top: Path) -> None:
    subprocess.run(["git", "init", "-q", str(top)], check=True, env=GIT)
    for name in TREE:
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


@pytest.fixture(scope="module")
def top(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository").resolve()
    make_tree(folder)
    (folder / ".git/info").mkdir(exist_ok=True)
    return folder


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(root=TEXT, nested=TEXT, exclude=TEXT)
def test_the_same_files_are_ignored_as_by_git(top: Path, root: str, nested: str, exclude: str) -> None:
    (top / ".gitignore").write_text(root)
    (top / "d/.gitignore").write_text(nested)
    (top / ".git/info/exclude").write_text(exclude)
    everything = [str(p.relative_to(top)) for p in top.rglob("*") if ".git" not in p.relative_to(top).parts]
    assert ignored_by_us(top) == ignored_by_git(top, everything)


def test_crlf_and_a_byte_order_mark_in_the_file_do_not_matter(tmp_path: Path) -> None:
    make_tree(tmp_path)
    (tmp_path / ".gitignore").write_bytes(b"\xef\xbb\xbf*.txt\r\nbuild/\r\n")
    everything = [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if ".git" not in p.parts]
    assert ignored_by_us(tmp_path) == ignored_by_git(tmp_path, everything)
    assert "b.txt" in ignored_by_us(tmp_path)


def test_a_hostile_pattern_costs_no_time() -> None:
    deadline = Deadline(60)
    rules = IgnoreFile.parse(b"*a" * 40 + b"b\n" + b"**/a*/" * 20 + b"**/x\n", deadline)
    began = time.process_time()
    assert rules.verdict(b"a" * 250, deadline, is_folder=False) is None
    assert rules.verdict(b"a/" * 400 + b"a", deadline, is_folder=False) is None
    assert time.process_time() - began < 1.0


def test_a_linked_ignore_file_counts_as_little_as_for_git(tmp_path: Path) -> None:
    make_tree(tmp_path)
    (tmp_path / "rules").write_text("b.txt\n")
    (tmp_path / ".gitignore").symlink_to("rules")
    assert "b.txt" not in ignored_by_us(tmp_path)


HOSTILE = {
    "one endless pattern": b"*a" * 520_000 + b"\n",
    "many stars": b"".join(b"*%d*a\n" % number for number in range(120_000)),
    "many folders": b"".join(b"**/a*%d*/b\n" % number for number in range(70_000)),
    "many classes": b"[!a]" * 250_000 + b"\n" + b"[!b]?[!c]q\n" * 4000,
    "many names": b"".join(b"%d\n" % number for number in range(150_000)),
    "one name": b"n\n" * 500_000,
    "spaces": b"x" + b" " * 1_000_000,
}


@pytest.mark.parametrize("content", [pytest.param(content, id=name) for name, content in HOSTILE.items()])
async def test_an_ignore_file_made_to_cost_time_does_not(bench: Bench, content: bytes) -> None:
    bench.write(".gitignore", content[: 1 << 20])
    bench.write("new/n.txt", "needle\n")
    began = time.process_time()
    assert (await bench.call("list_dir", depth=3)).output.startswith(".gitignore")
    assert (await bench.call("glob", pattern="**/*.txt")).output == "new/n.txt"
    assert (await bench.call("grep", pattern="needle")).output.startswith("new/n.txt")
    assert time.process_time() - began < 10


async def test_ignore_files_in_each_of_many_folders_do_not_add_up(bench: Bench) -> None:
    for depth in range(1, 30):
        bench.write("d/" * depth + ".gitignore", b"".join(b"%d*%d?x\n" % (depth, n) for n in range(20_000)))
    began = time.process_time()
    assert (await bench.call("glob", pattern="**/*.txt")).output.startswith("No file")
    assert time.process_time() - began < 10


def test_the_common_patterns_are_no_part_of_what_is_rationed(tmp_path: Path) -> None:
    make_tree(tmp_path)
    names = [f"generated/{number}.c" for number in range(20_000)]
    (tmp_path / ".gitignore").write_text("\n".join(["*.pyc", *names, "/d/e/a", "d/b.txt/", "b.txt", "!/b.txt"]))
    everything = [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if ".git" not in p.parts]
    assert ignored_by_us(tmp_path) == ignored_by_git(tmp_path, everything) == {"d/e/a", "d/b.txt"}
