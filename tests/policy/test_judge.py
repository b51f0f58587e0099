from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from codex_core.policy.danger_tables import PHRASES
from codex_core.policy.decide import decide, widened
from codex_core.policy.judge import judge
from codex_core.protocol import MODES, Action, SandboxPolicy, Settings, Verdict

HERE = Path("/project")
POLICY = SandboxPolicy(
    mode="workspace-write",
    workspace=HERE,
    hidden_paths=(Path("/home/me/.ssh"),),
    protected_paths=(HERE / ".git/hooks", HERE / "AGENTS.md"),
)


def shell(line: str) -> Action:
    return Action(kind="exec", summary=line, argv=("bash", "-c", line))


def write(*paths: str) -> Action:
    return Action(kind="write", summary="Edit", paths=tuple(map(Path, paths)))


def seconds_for(line: str) -> float:
    started = time.process_time()
    judge(shell(line), POLICY)
    return time.process_time() - started


@pytest.mark.parametrize("unit", ["x", ": x", "/*", "env ", "git -c ", "x(){", "x()", "> ", "$(", "a/", "rm -rf "])
@pytest.mark.parametrize("begin", ["", "rm -rf "])
def test_the_cost_of_a_hostile_line_grows_no_faster_than_the_line(begin: str, unit: str) -> None:
    short, long = (seconds_for(begin + unit * (size // len(unit)) + "Z") for size in (10_000, 80_000))
    assert long < 16 * short + 0.1


def test_a_line_of_megabytes_is_judged_at_once_and_never_waved_through() -> None:
    for line in (": " + "x" * 3_000_000, "ls " + "a " * 1_500_000, "env " * 1_000_000):
        judged = judge(shell(line), POLICY)
        assert judged.verdict == "danger"
        assert seconds_for(line) < 0.05


@pytest.mark.parametrize("line", ["ls -la src", "pwd", "wc -l a.py", "uname -a", "date"])
def test_commands_that_only_look_are_safe(line: str) -> None:
    assert judge(shell(line), POLICY).verdict == "safe"


@pytest.mark.parametrize(
    "line",
    [
        "ls; rm x",
        "ls && make",
        "ls $(touch x)",
        "ls `touch x`",
        "ls > out",
        "ls\nrm x",
        "FOO=1 ls",
        "python x.py",
        "ls & sleep 9",
        "./ls",
        "",
        "ls 'unfinished",
    ],
)
def test_everything_else_is_asked(line: str) -> None:
    assert judge(shell(line), POLICY).verdict == "ask"


@pytest.mark.parametrize(
    "line",
    [
        "sudo ls",
        "/usr/bin/sudo ls",
        "rm -rf /",
        "rm -rf / --no-preserve-root",
        "rm -rf /*",
        "rm -rf ~/",
        "rm -rf ~/*",
        'rm -rf "$HOME"',
        "rm -rf ./*",
        "rm -rf .git",
        "/bin/rm -rf / ",
        "rm -r -f ~",
        "cd x && rm -fr *",
        "rm --recursive ..",
        "rm -rf /usr",
        "ls; rm -rf .",
        "echo `rm -rf ~`",
        "bash -c 'rm -rf /'",
        "FOO=1 nohup rm -rf /",
        "timeout 5 rm -rf ~",
        "find . -delete",
        "find . -exec rm {} ;",
        "git reset --hard",
        "git -C x reset --hard HEAD~1",
        "git clean -fdx",
        "git checkout -- .",
        "git push --force",
        "git push -f",
        "git push origin +main",
        "git push origin :main",
        "git branch -D main",
        "git stash clear",
        "git restore a.py",
        "mkfs.ext4 /dev/sda",
        "dd if=a of=/dev/sda",
        "echo x > /dev/sda",
        ":(){ :|:& };:",
        "shutdown now",
        "init 0",
        "chmod -R 777 /",
        "kill -9 -1",
        "xargs sudo",
    ],
)
def test_destructive_commands_are_danger_and_never_covered_by_a_yes_for_the_session(line: str) -> None:
    judged = judge(shell(line), POLICY)
    assert judged.verdict == "danger"


@pytest.mark.parametrize(
    "line",
    [
        "git init",
        "npm init x",
        "cargo init",
        "rm -rf build",
        "rm -rf ./dist/x",
        "rm a.py",
        "git push",
        "git gc",
        "git checkout main",
        "git restore --staged a",
        "git branch new",
        "pip install sudo-less",
        "make clean",
        "kill 123",
        "dd if=a of=b",
        "pytest -k reset",
    ],
)
def test_everyday_commands_are_not_called_destructive(line: str) -> None:
    assert judge(shell(line), POLICY).verdict == "ask"


def test_edits_are_asked_and_those_that_decide_what_runs_are_danger() -> None:
    assert judge(write("/project/a.py"), POLICY).verdict == "ask"
    for path in ("/project/.git/hooks/pre-commit", "/project/AGENTS.md", "/etc/hosts", "/project2/a"):
        assert judge(write("/project/a.py", path), POLICY).verdict == "danger"


@pytest.mark.parametrize("name", ["sub/AGENTS.md", "a/b/agents.md", "sub/.codex-py/config.toml"])
def test_what_steers_an_agent_further_down_is_danger_too(name: str) -> None:
    policy = replace(POLICY, protected_names=frozenset({"agents.md", ".codex-py"}))
    assert judge(write(f"/project/{name}"), policy).verdict == "danger"
    assert judge(write("/project/sub/agents.py"), policy).verdict == "ask"


def test_reading_hidden_files_is_danger() -> None:
    key = Action(kind="read", summary="Read", paths=(Path("/home/me/.ssh/id_rsa"),))
    assert judge(key, POLICY).verdict == "danger"


@pytest.mark.parametrize(
    ("mode", "verdict", "decision"),
    [
        ("plan", "safe", "run"),
        ("plan", "ask", "ask"),
        ("plan", "danger", "deny"),
        ("ask", "safe", "run"),
        ("ask", "ask", "ask"),
        ("ask", "danger", "ask"),
        ("auto", "safe", "run"),
        ("auto", "ask", "run"),
        ("auto", "danger", "ask"),
        ("full", "safe", "run"),
        ("full", "ask", "run"),
        ("full", "danger", "run"),
    ],
)
def test_the_modes_decide_as_the_design_says(mode: str, verdict: Verdict, decision: str) -> None:
    sandbox_mode, approval_policy = MODES[mode]  # type: ignore[index]
    settings = Settings(model="m", sandbox_mode=sandbox_mode, approval_policy=approval_policy)
    assert decide(verdict, settings) == decision


def test_never_runs_confined_and_denies_danger() -> None:
    settings = Settings(model="m", sandbox_mode="workspace-write", approval_policy="never")
    assert [decide(verdict, settings) for verdict in ("safe", "ask", "danger")] == ["run", "run", "deny"]


def test_a_yes_widens_by_just_what_was_shown() -> None:
    wider = widened(POLICY, write("/project/AGENTS.md", "/etc/hosts"))
    assert wider.protected_paths == (HERE / ".git/hooks",)
    assert wider.writable_roots == (Path("/etc/hosts"),)
    assert widened(POLICY, shell("make")) == POLICY


@pytest.mark.parametrize("program", sorted(PHRASES))
def test_every_row_of_the_danger_tables_can_be_asked(program: str) -> None:
    assert judge(shell(f"{program} --version"), POLICY).verdict in ("safe", "ask", "danger")
