"""Nothing of the repository that the user works on runs because `codex-py` was started in it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.hostile import ESCAPES, HostileRepository, hostile_environment, hostile_repository
from tests.support.model_server import Reply, ThreadedModelServer
from tests.support.program import COMMAND, environment, run
from tests.support.terminal import Terminal

CHROME = "Ctrl+P commands"


@pytest.fixture
def trap() -> Generator[ThreadedModelServer]:
    with ThreadedModelServer([]) as server:
        yield server


@pytest.fixture
def repository(tmp_path: Path, trap: ThreadedModelServer) -> HostileRepository:
    return hostile_repository(tmp_path / "repository", tmp_path / "markers", trap_url=f"{trap.url}/v1")


@pytest.fixture
def env(home: Path, repository: HostileRepository) -> dict[str, str]:
    return environment(home, hostile_environment(repository.folder))


def test_the_trap_works(repository: HostileRepository, env: dict[str, str]) -> None:
    plain = {**env, "PYTHONPATH": ".", "PYTHONHOME": ""}
    subprocess.run([sys.executable, "-c", "import codex_cli"], cwd=repository.folder, env=plain, check=False)
    subprocess.run(["git", "status"], cwd=repository.folder, env=plain, check=False, capture_output=True)
    assert {"sitecustomize", "codex_cli-package", "git-fsmonitor"} <= set(repository.what_ran())


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["--help"],
        ["exec", "--help"],
        ["doctor"],
        ["doctor", "--json"],
        ["config", "show"],
        ["sessions", "list"],
        ["mcp", "list"],
        ["themes", "list"],
        ["policy", "check", "--", "git status"],
    ],
    ids=" ".join,
)
def test_a_command_runs_nothing_of_it(arguments: list[str], repository: HostileRepository, env: dict[str, str]) -> None:
    result = run(*arguments, env=env, cwd=repository.folder)
    assert "Traceback" not in result.stderr
    assert repository.what_ran() == []


@pytest.mark.parametrize("argument", ["--version", "doctor"])
def test_a_path_that_begins_with_the_folder_runs_nothing_of_it(
    argument: str, repository: HostileRepository, env: dict[str, str]
) -> None:
    env["PATH"] = f".:{repository.folder}:{env['PATH']}"
    result = run(argument, env=env, cwd=repository.folder)
    assert result.stderr == ""
    assert repository.what_ran() == []


def test_a_confined_command_runs_nothing_of_it(repository: HostileRepository, env: dict[str, str]) -> None:
    result = run("sandbox", "--", "/bin/true", env=env, cwd=repository.folder)
    assert "Traceback" not in result.stderr
    assert repository.what_ran() == []


def test_a_headless_turn_runs_nothing_of_it_and_asks_the_users_model(
    repository: HostileRepository, env: dict[str, str], trap: ThreadedModelServer
) -> None:
    with ThreadedModelServer([Reply(text="All is well.")], key="sk-of-the-user") as server:
        mine = env | server.environment(key="sk-of-the-user")
        result = run("exec", "-m", "openai/of-the-user", "look around", env=mine, cwd=repository.folder)
        assert result.exit_code == 0, result.stderr
        assert result.stdout == "All is well.\n"
        assert [request.model for request in server.requests] == ["of-the-user"]
    assert trap.requests == []
    assert repository.what_ran() == []


def test_the_screen_opens_runs_nothing_of_it_and_shows_no_escape_sequence_of_it(
    repository: HostileRepository, env: dict[str, str]
) -> None:
    with Terminal([COMMAND, "--demo"], env=env, cwd=repository.folder) as terminal:
        terminal.wait_for(CHROME)
        terminal.press("ctrl+c", "ctrl+c")
        terminal.wait_exit()
        assert terminal.leftovers() == []
        assert terminal.clipboard == ""
        assert "owned" not in terminal.title
        assert not re.search(rb"\x1b\[3J|\x9b|\x1bPevil", bytes(terminal.raw))
    assert ESCAPES in (repository.folder / "AGENTS.md").read_text()
    assert repository.what_ran() == []


def test_a_link_to_the_command_from_a_folder_with_spaces_works(tmp_path: Path, home: Path) -> None:
    link = tmp_path / "my programs" / "codex-py"
    link.parent.mkdir()
    link.symlink_to(COMMAND)
    done = subprocess.run([link, "--version"], env=environment(home), cwd=tmp_path, capture_output=True, check=True)
    assert re.fullmatch(rb"codex-py \d+\.\d+\.\d+\n", done.stdout)
