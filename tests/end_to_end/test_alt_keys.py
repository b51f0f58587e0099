from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.model_server import Call, Reply, ThreadedModelServer
from tests.support.program import COMMAND, environment
from tests.support.terminal import Terminal
from tests.support.workspace import git_repository


@pytest.mark.parametrize("has_kitty_keyboard", [False, True], ids=["legacy", "kitty"])
def test_alt_a_goes_to_the_question_and_answers_nothing(has_kitty_keyboard: bool, home: Path, tmp_path: Path) -> None:
    project = git_repository(tmp_path / "project", {"calc.py": "x = 1\n"})
    script = [
        Reply(calls=(Call("write_file", {"path": "calc.py", "content": "x = 2\n"}),)),
        Reply(text="It is written."),
    ]
    with (
        ThreadedModelServer(script) as server,
        Terminal(
            [COMMAND, "-m", "openai/scripted", "change it"],
            env=environment(home, server.environment()),
            cwd=project,
            has_kitty_keyboard=has_kitty_keyboard,
        ) as terminal,
    ):
        terminal.wait_for("Replace calc.py", 60)
        terminal.press("alt+a", "alt+a", "f3", "f2", "alt+a")
        terminal.watch(0.5).wait_for("Replace calc.py")
        terminal.wait_for("once")
        assert (project / "calc.py").read_text() == "x = 1\n"
        assert len(server.requests) == 1
        terminal.press("y")
        terminal.wait_for("It is written.", 60)
    assert (project / "calc.py").read_text() == "x = 2\n"


@pytest.mark.parametrize("has_kitty_keyboard", [False, True], ids=["legacy", "kitty"])
def test_alt_enter_begins_a_line_and_sends_nothing(has_kitty_keyboard: bool, home: Path, tmp_path: Path) -> None:
    project = git_repository(tmp_path / "project", {"calc.py": "x = 1\n"})
    with (
        ThreadedModelServer([Reply(text="Two lines.")]) as server,
        Terminal(
            [COMMAND, "-m", "openai/scripted"],
            env=environment(home, server.environment()),
            cwd=project,
            has_kitty_keyboard=has_kitty_keyboard,
        ) as terminal,
    ):
        terminal.wait_for("Ctrl+P commands")
        terminal.type("first").press("alt+enter").type("second").wait_for("second")
        assert server.requests == []
        terminal.press("enter").wait_for("Two lines.", 60)
        assert "first\\nsecond" in str(server.requests[0])
