from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.model_server import Reply, ThreadedModelServer
from tests.support.program import Finished, environment, run
from tests.support.workspace import git_repository


class Place:
    """A folder, and what the model was told of the effort in each call."""

    def __init__(self, home: Path, server: ThreadedModelServer) -> None:
        self.home = home
        self.folder = git_repository(home / "project")
        self.server = server

    def run(self, *words: str) -> Finished:
        env = environment(self.home, self.server.environment())
        return run(*words, cwd=self.folder, env=env)

    def exec(self, *words: str) -> str:
        """Do it with success; return what was said on stderr."""
        done = self.run("exec", *words)
        assert done.exit_code == 0, done.stderr
        return done.stderr

    def told(self) -> list[object]:
        return [request.body.get("reasoning_effort") for request in self.server.requests]

    def configure(self, text: str) -> Path:
        file = self.home / "codex-py" / "config.toml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        return file


@pytest.fixture
def place(home: Path):
    with ThreadedModelServer(lambda _: Reply(text="Hello.")) as server:
        yield Place(home, server)


def test_a_session_keeps_its_effort_over_fork_and_resume_until_another_is_said(place: Place) -> None:
    said = [place.exec("--demo", "-c", "model_reasoning_effort=high", "hello")]
    (session,) = json.loads(place.run("sessions", "list", "--json").stdout)
    assert place.run("sessions", "fork", session["id"]).exit_code == 0
    said.append(place.exec("resume", "--last", "in the branch"))
    said.append(place.exec("resume", "--last", "-c", "model_reasoning_effort=low", "quickly"))
    said.append(place.exec("resume", "--last", "and again"))
    said.append(place.exec("--demo", "a new one"))
    assert [line.split(" · ")[1] for line in said] == ["demo high", "demo high", "demo low", "demo low", "demo"]


def test_a_profile_says_it_and_where_it_comes_from_is_listed(place: Place) -> None:
    place.configure('model_reasoning_effort = "medium"\n[profiles.deep]\nmodel_reasoning_effort = "xhigh"\n')
    place.exec("-m", "openai/scripted", "-p", "deep", "hello")
    assert place.told() == ["xhigh"]
    for words, origin in ((("-p", "deep"), "profile deep"), (("-c", "model_reasoning_effort=xhigh"), "-c")):
        shown = json.loads(place.run("config", "show", "--json", "--origin", *words).stdout)
        assert shown["model_reasoning_effort"] == {"value": "xhigh", "origin": origin}


def test_a_wrong_effort_is_refused_before_anything_runs_with_file_key_and_values(place: Place) -> None:
    file = place.configure('model_reasoning_effort = "hihg"\n')
    done = place.run("exec", "-m", "openai/scripted", "hello")
    assert (done.exit_code, done.stdout) == (2, "")
    assert str(file) in done.stderr
    assert "model_reasoning_effort is 'hihg'" in done.stderr
    assert "none, minimal, low, medium, high, xhigh" in done.stderr
    assert "did you mean high?" in done.stderr
    file.unlink()
    done = place.run("exec", "-m", "openai/scripted", "-c", "model_reasoning_effort=most", "hello")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "-c model_reasoning_effort: model_reasoning_effort is 'most'" in done.stderr
    assert place.server.requests == []
