from __future__ import annotations

import json
from pathlib import Path

from tests.support.model_server import Reply, ThreadedModelServer
from tests.support.program import COMMAND, environment, run
from tests.support.terminal import Terminal
from tests.support.workspace import git_repository


def test_a_shell_line_is_run_confined_told_to_the_model_and_there_after_a_resume(home: Path, tmp_path: Path) -> None:
    project = git_repository(tmp_path / "project", {"calc.py": "x = 1\n", "src/clock face.py": "y = 2\n"})
    with ThreadedModelServer([Reply(text="I see it.")]) as server:
        env = environment(home, server.environment())
        command = [COMMAND, "-m", "openai/scripted"]
        with Terminal(command, env=env, cwd=project) as terminal:
            terminal.wait_for("Ctrl+P commands", 60)
            terminal.type("!cat @face").wait_for("src/clock face.py")
            terminal.press("tab").wait_for("!cat 'src/clock face.py'")
            terminal.type("; echo in > made.txt; echo out > ../out.txt").press("enter")
            terminal.wait_for("✗ ! cat 'src/clock face.py'", 60)
            assert "y = 2" in terminal.screen
            assert (project / "made.txt").read_text() == "in\n"
            assert not (tmp_path / "out.txt").exists()
            assert server.requests == []
            terminal.type("what do you see?").press("enter").wait_for("I see it.", 60)
            terminal.press("ctrl+q")
            terminal.wait_exit()
        said = str(server.requests[0])
        assert "I ran this command in the workspace myself" in said
        assert "y = 2" in said
        with Terminal([*command, "resume", "--last"], env=env, cwd=project) as terminal:
            terminal.wait_for("I see it.", 60)
            assert "! cat 'src/clock face.py'" in terminal.screen
            terminal.press("ctrl+r").wait_for("!cat 'src/clock face.py'")
            terminal.press("escape", "ctrl+q")
            terminal.wait_exit()
        (listed,) = json.loads(run("sessions", "list", "--json", cwd=project, env=env).stdout)
        exported = run("sessions", "export", listed["id"], "--format", "md", cwd=project, env=env).stdout
        assert "! cat 'src/clock face.py'" in exported
        assert "y = 2" in exported
