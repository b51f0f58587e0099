"""Going back as a user does it: the real program in a terminal, real files, a real sandbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.end_to_end.test_screen import SIZES, START_S, app, leave
from tests.support.model_server import Call, Reply
from tests.support.program import environment, run
from tests.support.terminal import Terminal
from tests.support.workspace import CALC

MODE = ("--mode", "auto")


def turn(line: str, said: str) -> tuple[Reply, Reply]:
    return Reply(calls=(Call("shell", {"command": line}),)), Reply(text=said)


def ask(terminal: Terminal, prompt: str, answer: str) -> None:
    terminal.type(prompt).press("enter")
    terminal.wait_for(answer, timeout_s=START_S)
    terminal.wait_for("say what to do")


@pytest.mark.parametrize("size", SIZES)
def test_two_escapes_bring_back_files_and_conversation_and_the_prompt(tmp_path: Path, size: str) -> None:
    calc = tmp_path / "calc"
    script = (
        *turn("sed -i s/mean/average/ calc.py", "first is over"),
        *turn("rm test_calc.py; mkdir -p gen; echo hi > gen/made.txt", "second is over"),
    )
    with app(tmp_path, script, *MODE, size=SIZES[size]) as (terminal, _):
        ask(terminal, "rename it", "first is over")
        after_first = (calc / "calc.py").read_bytes()
        ask(terminal, "clear up", "second is over")
        (calc / "README.md").write_text("mine\n")

        terminal.press("esc").press("esc")
        terminal.wait_for("Rewind to before a turn")
        terminal.wait_for("3 files")
        terminal.press("enter")
        terminal.wait_for("What shall go back?")
        terminal.press("enter")
        terminal.wait_for("Rewind to before “clear up”")
        terminal.wait_for("conflict: kept")
        terminal.press("enter")
        terminal.wait_for("rewound conversation and files")
        assert (calc / "test_calc.py").read_text() == CALC["test_calc.py"]
        assert not (calc / "gen").exists()
        assert (calc / "README.md").read_text() == "mine\n"
        assert (calc / "calc.py").read_bytes() == after_first
        screen = terminal.wait_for("› clear up")  # back in the composer
        assert "second is over" not in screen

        terminal.press("ctrl+c")
        terminal.wait_for("say what to do")
        terminal.type("/rewind").press("enter")
        terminal.wait_for("Take the last rewind back")
        terminal.press("enter")
        terminal.wait_for("what was rewound counts again")
        terminal.press("enter")
        terminal.wait_for("second is over")
        assert not (calc / "test_calc.py").exists()
        assert (calc / "gen/made.txt").read_text() == "hi\n"
        leave(terminal)
    env = environment(tmp_path, {})
    (row,) = json.loads(run("sessions", "list", "--json", cwd=calc, env=env).stdout)
    turns = json.loads(run("sessions", "turns", row["id"], "--json", cwd=calc, env=env).stdout)
    assert [turn["prompt"] for turn in turns] == ["rename it", "clear up"]
