"""The main job without a screen; what is common to all of `exec` is in `tests/cli`."""

from __future__ import annotations

from pathlib import Path

from tests.support.model_server import Cut, HttpError, Step, ThreadedModelServer
from tests.support.program import Finished, environment, run
from tests.support.tasks import DONE, EDIT, FIX_THE_TEST, READ, TEST
from tests.support.workspace import git_repository


def fix(folder: Path, script: tuple[Step, ...], *more: str, model: str = "openai/scripted") -> Finished:
    repository = git_repository(folder / "calc")
    with ThreadedModelServer(script) as server:
        finished = run(
            "exec",
            "--json",
            "--full-auto",
            "-m",
            model,
            *more,
            "fix the failing test",
            cwd=repository,
            env=environment(folder, server.environment()),
        )
    assert not server.violations
    return finished


def test_the_task_is_done_whole_through_the_anthropic_format(tmp_path: Path) -> None:
    finished = fix(tmp_path, FIX_THE_TEST, model="anthropic/scripted")
    assert finished.exit_code == 0, finished.stderr
    kinds = [line["type"] for line in finished.lines()]
    assert kinds[:2] == ["thread.started", "turn.started"]
    assert kinds[-1] == "turn.completed"
    (command,) = finished.items("command_execution")
    assert command["exit_code"] == 0
    assert "OK" in command["aggregated_output"]
    (change,) = finished.items("file_change")
    assert [Path(each["path"]).name for each in change["changes"]] == ["calc.py"]
    assert "tests pass" in finished.items("agent_message")[-1]["text"]
    assert "sum(numbers) / len(numbers)" in (tmp_path / "calc" / "calc.py").read_text()


def test_a_stream_cut_in_the_middle_of_a_call_runs_nothing_and_is_made_again(tmp_path: Path) -> None:
    cut = Cut(after_chunks=4, reply=EDIT)
    finished = fix(tmp_path, (READ, cut, EDIT, TEST, DONE))
    assert finished.exit_code == 0, finished.stderr
    assert len(finished.items("file_change")) == 1
    texts = [item["text"] for item in finished.items("agent_message")]
    assert texts.count("The mean divides by one too many.") == 1


def test_a_key_that_is_refused_ends_the_turn_with_the_reason(tmp_path: Path) -> None:
    finished = fix(tmp_path, (HttpError(status=401),))
    assert finished.exit_code == 1
    (failed,) = [line for line in finished.lines() if line["type"] == "turn.failed"]
    assert "OPENAI_API_KEY" in failed["error"]["message"]
    assert "sk-scripted" not in finished.stdout + finished.stderr


def test_the_demo_tour_needs_neither_key_nor_network(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    arguments = ("exec", "--json", "--demo", "--full-auto", "--skip-git-repo-check", "tour")
    finished = run(*arguments, cwd=folder, env=environment(tmp_path))
    assert finished.exit_code == 0, finished.stderr
    assert [command["exit_code"] for command in finished.items("command_execution")] == [1, 0]
