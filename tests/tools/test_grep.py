from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from codex_core.protocol import SandboxPolicy
from codex_tools.search_process import Search, find_ripgrep, run_own_grep, run_ripgrep
from codex_tools.workspace import printable
from tests.tools.conftest import Bench

ENGINES = [
    pytest.param("ripgrep", marks=pytest.mark.skipif(shutil.which("rg") is None, reason="ripgrep is not installed")),
    "own",
]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    if request.param == "own":
        (tmp_path / "bin").mkdir()
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return str(request.param)


@pytest.fixture
def project(bench: Bench, engine: str) -> Bench:
    bench.write("src/a.py", "import os\ndef Foo():\n    return os\n")
    bench.write("src/b.ts", "foo();\n")
    bench.write("out/c.py", "foo\n")
    bench.write("debug.log", "foo\n")
    bench.write(".gitignore", "out/\n*.log\n")
    bench.write("bin.dat", b"foo\0foo\n")
    bench.write(".git/config", "foo\n")
    return bench


async def test_matches_are_grouped_by_file(project: Bench) -> None:
    result = await project.call("grep", pattern="foo", ignore_case=True)
    assert result.output == "src/a.py\n  2: def Foo():\nsrc/b.ts\n  1: foo();\n(2 matches in 2 files)"


async def test_context_lines_are_marked(project: Bench) -> None:
    result = await project.call("grep", pattern="def", context=1)
    assert result.output == ("src/a.py\n  1- import os\n  2: def Foo():\n  3-     return os\n(1 match in 1 file)")


async def test_a_glob_narrows_and_does_not_bring_ignored_files_back(project: Bench) -> None:
    assert (await project.call("grep", pattern="foo", glob="*.ts")).output.startswith("src/b.ts\n")
    both = await project.call("grep", pattern="(?i)foo", glob="src/*.{py,ts}")
    assert both.output.endswith("(2 matches in 2 files)")
    assert "No line" in (await project.call("grep", pattern="foo", glob="*.log")).output
    assert (await project.call("grep", pattern="foo", glob="!*.ts")).output.startswith("No line")


async def test_one_file_is_searched_even_if_it_is_ignored(project: Bench) -> None:
    assert (await project.call("grep", pattern="fo+", path="debug.log")).output.startswith("debug.log\n  1: foo")


async def test_rules_of_a_folder_above_count_in_a_folder_below(project: Bench) -> None:
    project.write("src/out/x.py", "foo\n")
    assert "src/out" not in (await project.call("grep", pattern="foo", path="src")).output
    assert (await project.call("grep", pattern="foo", path="out")).output.startswith("out/c.py")


async def test_an_invalid_pattern_is_explained(project: Bench) -> None:
    said = await project.refusal("grep", pattern="foo(")
    assert "no valid regular expression" in said
    assert "backslash" in said


async def test_what_begins_with_a_dash_is_a_pattern(project: Bench) -> None:
    project.write("x", "--help\n")
    assert (await project.call("grep", pattern="--help")).output.startswith("x\n  1: --help")


async def test_look_around_is_understood(project: Bench) -> None:
    assert (await project.call("grep", pattern=r"foo(?=\()")).output.startswith("src/b.ts\n")


async def test_a_pattern_that_runs_wild_is_stopped(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(bench.folder / "nowhere"))
    monkeypatch.setattr("codex_tools.search_process.TIMEOUT_S", 1.0)
    bench.write("x", "a" * 60 + "\n")
    began = time.monotonic()
    assert "took more than" in await bench.refusal("grep", pattern="(a+)+$b")
    assert time.monotonic() - began < 10


async def test_many_matches_are_capped_and_counted(project: Bench) -> None:
    project.write("many", "foo\n" * 1000)
    output = (await project.call("grep", pattern="^foo$")).output
    assert output.endswith("  200: foo\n(the first 200 of 1000 matches; narrow `path`, `glob` or the pattern)")


async def test_long_lines_are_cut(project: Bench) -> None:
    project.write("min.js", "foo" + "x" * 100_000 + "\n")
    output = (await project.call("grep", pattern="foox")).output
    assert len(output) < 1000


async def test_links_are_not_followed_out_and_hidden_paths_not_searched(project: Bench, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/x").write_text("foo outside\n")
    (project.folder / "link").symlink_to(tmp_path / "outside")
    (project.folder / "file").symlink_to(tmp_path / "outside/x")
    project.write("keys[1]/id", "foo key\n")
    project.policy = replace(project.policy, hidden_paths=(project.folder / "keys[1]",))
    output = (await project.call("grep", pattern="foo")).output
    assert "outside" not in output
    assert "keys" not in output


async def test_a_config_file_of_ripgrep_is_not_honoured(project: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    config = project.write("rc", "--pre=touch\n--no-ignore\n")
    monkeypatch.setenv("RIPGREP_CONFIG_PATH", str(config))
    assert "out/c.py" not in (await project.call("grep", pattern="foo")).output


async def test_a_ripgrep_inside_the_workspace_is_never_run(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    evil = bench.write("bin/rg", f"#!/bin/sh\ntouch {bench.folder}/pwned\n")
    evil.chmod(0o755)
    monkeypatch.setenv("PATH", f"{bench.folder}/bin:bin:.")
    bench.write("x", "foo\n")
    assert (await bench.call("grep", pattern="foo")).output.startswith("x\n")
    assert not (bench.folder / "pwned").exists()


async def test_crlf_and_foreign_encodings_are_searched(project: Bench) -> None:
    project.write("crlf", b"one\r\nbar\r\n")
    project.write("utf16", "h\xe9 bar\n".encode("utf-16"))
    output = (await project.call("grep", pattern="bar$")).output
    assert "crlf\n  2: bar\n" in output
    assert "utf16\n  1: hé bar\n" in output


@pytest.mark.parametrize("target", ["/dev/zero", "pipe", "debug.log"])
async def test_an_ignore_file_that_is_a_link_or_a_pipe_is_not_read(project: Bench, target: str) -> None:
    os.mkfifo(project.folder / "pipe")
    (project.folder / "src/.gitignore").symlink_to(target)
    os.mkfifo(project.folder / ".ignore")
    began = time.monotonic()
    result = await project.call("grep", pattern="foo", ignore_case=True)
    assert result.output.endswith("(2 matches in 2 files)")
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("name", ["x\na.py", "--\na.py", "x\n./a.py", "\n", "-", "*"])
async def test_a_name_with_a_line_break_is_not_taken_for_another_file(bench: Bench, engine: str, name: str) -> None:
    bench.write(name, "one\nfoo\n\n\n\nfoo\n")
    bench.write("a.py", "one\n")
    bench.write("0.bin", b"foo\n\0")
    bench.write("b.txt", "foo\n")
    lines = (await bench.call("grep", pattern="foo", context=1)).output.splitlines()
    assert lines[-1] == "(3 matches in 2 files)"
    assert "a.py" not in lines
    assert {"b.txt", printable(name)} <= set(lines)


async def test_folders_too_deep_to_be_named_do_not_spoil_the_search(project: Bench) -> None:
    here = os.open(project.folder, os.O_RDONLY)
    for _ in range(90):
        os.mkdir("d" * 60, dir_fd=here)
        below = os.open("d" * 60, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("deep", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    assert (await project.call("grep", pattern="def")).output.startswith("src/a.py\n  2: def Foo")
    assert (await project.call("grep", pattern="nowhere")).output.startswith("No line")


@pytest.mark.parametrize("glob", ["[", "a\\", "[[:nothing:]]x", "\ud800", "{a,b}" * 9])
async def test_a_glob_that_is_none_is_not_blamed_on_the_pattern(project: Bench, glob: str) -> None:
    assert (await project.refusal("grep", pattern="foo", glob=glob)).startswith("The glob is not usable")
    assert "not usable" in await project.refusal("glob", pattern=glob)


async def test_a_glob_can_keep_out_of_a_folder(project: Bench) -> None:
    for glob in ("!src", "!src/", "!/src", "!src/**"):
        assert (await project.call("grep", pattern="foo", glob=glob)).output.startswith("No line")


async def test_a_line_longer_than_the_memory_is_no_reason_to_blame_the_pattern(
    project: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codex_tools.reading_process.MEMORY_BYTES", 24 << 20)
    project.write("long", b"x" * (31 << 20))
    assert "memory" in await project.refusal("grep", pattern="foo|x{3}")
    assert (await project.call("grep", pattern="foo", glob="*.ts")).output.startswith("src/b.ts")


async def test_more_files_than_fit_into_one_command_line_are_all_searched(bench: Bench, engine: str) -> None:
    for number in range(2500):
        bench.write(f"{'long-name' * 12}/{number}", "foo\n")
    output = (await bench.call("grep", pattern="foo")).output
    assert output.endswith("(the first 200 of 2500 matches; narrow `path`, `glob` or the pattern)")


async def test_a_file_that_became_a_link_to_a_hidden_one_is_not_read(
    project: Bench, tmp_path: Path, engine: str
) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "key").write_text("foo of the key")
    (project.folder / "notes").symlink_to(tmp_path / "keys" / "key")  # since it was looked at
    hides = replace(project.policy, hidden_paths=(tmp_path / "keys",))

    async def found(policy: SandboxPolicy) -> bytes:
        search = Search(root=project.folder, paths=["notes", "debug.log"], pattern="foo", policy=policy)
        program = find_ripgrep(policy) if engine == "ripgrep" else None
        return (await (run_ripgrep(program, search) if program else run_own_grep(search))).output

    confined = await found(hides)

    assert b"debug.log" in confined
    assert b"of the key" not in confined
    if engine == "ripgrep":  # ours follows no links at all
        assert b"of the key" in await found(project.policy)
