from __future__ import annotations

import json
import signal
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.support.model_server import Call, Cut, Reply, Stall, Step, ThreadedModelServer
from tests.support.program import COMMAND, environment, run
from tests.support.tasks import DONE, EDIT, FIX_THE_TEST, READ, TEST
from tests.support.terminal import Terminal
from tests.support.workspace import CALC, git_repository

SIZES = {"wide": (120, 40), "narrow": (80, 24)}
START_S = 60.0
"""The model host has to import LiteLLM once, beside whatever else the machine does."""


@contextmanager
def app(
    folder: Path,
    script: tuple[Step, ...],
    *arguments: str,
    size: tuple[int, int] = (120, 40),
    extra: Mapping[str, str] = MappingProxyType({}),
    models: tuple[str, ...] = ("scripted",),
) -> Generator[tuple[Terminal, ThreadedModelServer]]:
    """The app in a repository with a failing test, talking to the scripted model.

    `extra` is environment, `models` are those that the server offers.
    """
    repository = folder / "calc"
    if not repository.exists():
        git_repository(repository)
    with ThreadedModelServer(script, models=models) as server:
        env = environment(folder, server.environment(), {"CODEX_PY_MODEL": "openai/scripted", **extra})
        with Terminal([COMMAND, *arguments], env=env, cwd=repository, columns=size[0], rows=size[1]) as terminal:
            terminal.wait_for("sandbox", timeout_s=START_S)
            yield terminal, server


def answer(terminal: Terminal, key: str) -> None:
    """Press a key for the question that has come; one within its first 300 ms would not count."""
    shown_at = time.monotonic()
    terminal.wait_for(lambda _: time.monotonic() - shown_at > 0.4)
    terminal.press(key)


def leave(terminal: Terminal) -> None:
    terminal.wait_for("say what to do")  # the turn is over: Ctrl+C would pause it
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0
    assert terminal.leftovers() == []


@pytest.mark.parametrize("size", SIZES)
def test_a_task_is_done_with_one_key_for_each_question_and_found_again_the_next_day(tmp_path: Path, size: str) -> None:
    program = tmp_path / "calc" / "calc.py"
    with app(tmp_path, FIX_THE_TEST, size=SIZES[size]) as (terminal, _):
        terminal.type("fix the failing test").press("enter")
        terminal.wait_for("Edit calc.py", timeout_s=START_S)
        assert program.read_text() == CALC["calc.py"]
        terminal.wait_for("(len(numbers)")
        answer(terminal, "y")
        terminal.wait_for("Run python3 -B -m unittest")
        assert "sum(numbers) / len(numbers)" in program.read_text()
        answer(terminal, "y")
        terminal.wait_for("tests pass")
        if size == "narrow":
            terminal.press("f3")
        screen = terminal.wait_for("unittest")
        assert all(name in screen for name in ("read", "grep", "edit", "shell"))
        if size == "narrow":
            terminal.press("f2")
        leave(terminal)
    with app(tmp_path, (), "resume", "--last", size=SIZES[size]) as (terminal, _):
        terminal.wait_for("tests pass", timeout_s=START_S)
        if size == "narrow":
            terminal.press("f3")
        terminal.wait_for("edit")
        leave(terminal)


def test_no_with_words_reaches_the_model_changes_nothing_and_context_shows_them(tmp_path: Path) -> None:
    with app(tmp_path, (EDIT, Reply(text="Then I leave it."))) as (terminal, server):
        terminal.type("fix it").press("enter")
        terminal.wait_for("Edit calc.py", timeout_s=START_S)
        answer(terminal, "n")
        terminal.type("the other file").press("enter")
        terminal.wait_for("Then I leave it.")
        assert "the other file" in server.requests[-1].last_text
        terminal.type("/context").press("enter")
        terminal.wait_for("/compact makes room")
        terminal.press("esc").wait_until_gone("/compact makes room")
        leave(terminal)
    assert (tmp_path / "calc" / "calc.py").read_text() == CALC["calc.py"]


def test_ctrl_c_pauses_a_stream_and_redirect_sends_the_words(tmp_path: Path) -> None:
    script = (Stall(after_chunks=4), Reply(text="As you wish."))
    with app(tmp_path, script) as (terminal, server):
        terminal.type("talk to me").press("enter")
        terminal.wait_for("The quick", timeout_s=START_S)
        terminal.press("ctrl+c")
        terminal.wait_for("redirect")
        answer(terminal, "r")
        terminal.type("be brief").press("enter")
        terminal.wait_for("As you wish.")
        assert server.requests[-1].last_text == "be brief"
        leave(terminal)


def test_a_stream_that_breaks_is_told_and_made_again_with_nothing_half_run(tmp_path: Path) -> None:
    with app(tmp_path, (Cut(after_chunks=4, reply=EDIT), EDIT, TEST, DONE)) as (terminal, _):
        terminal.type("fix it").press("enter")
        terminal.wait_for("Edit calc.py", timeout_s=START_S)
        answer(terminal, "y")
        terminal.wait_for("Run python3")
        answer(terminal, "y")
        screen = terminal.wait_for("tests pass")
        assert str(screen).count("The mean divides by one too many.") == 1
        leave(terminal)


def test_a_second_ctrl_c_ends_the_running_tool(tmp_path: Path) -> None:
    script = (Reply(calls=(Call("shell", {"command": "touch started; sleep 300"}),)), Reply(text="I see."))
    with app(tmp_path, script, "--mode", "auto") as (terminal, server):
        terminal.type("wait").press("enter")
        terminal.wait_for(lambda _: (tmp_path / "calc" / "started").exists(), timeout_s=START_S)
        terminal.press("ctrl+c", "ctrl+c")  # before the screen can have answered the first
        terminal.wait_for("continue")
        answer(terminal, "c")
        terminal.wait_for("I see.")
        assert "ended this" in server.requests[-1].last_text
        leave(terminal)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_saves_leaves_and_restores_the_terminal(tmp_path: Path, number: signal.Signals) -> None:
    with app(tmp_path, (READ, Stall(after_chunks=4))) as (terminal, _):
        terminal.type("read it").press("enter")
        terminal.wait_for("The quick", timeout_s=START_S)
        terminal.signal(number)
        terminal.wait_exit()
        assert terminal.leftovers() == []
    env = environment(tmp_path)
    listed = json.loads(run("sessions", "list", "--json", cwd=tmp_path / "calc", env=env).stdout)
    assert [session["title"] for session in listed] == ["read it"]


def test_a_prompt_typed_before_the_first_paint_is_not_lost(tmp_path: Path) -> None:
    git_repository(tmp_path / "calc")
    with ThreadedModelServer((Reply(text="Hello yourself."),)) as server:
        env = environment(tmp_path, server.environment(), {"CODEX_PY_MODEL": "openai/scripted"})
        with Terminal([COMMAND], env=env, cwd=tmp_path / "calc") as terminal:
            terminal.wait_for_first_byte(START_S)  # the kept frame, or at least the alternate screen
            terminal.type("hello").press("enter")
            terminal.wait_for("Hello yourself.", timeout_s=START_S)
            leave(terminal)


def test_the_flag_of_the_demo_is_the_answer_to_its_question(tmp_path: Path) -> None:
    folder = git_repository(tmp_path / "calc")
    (folder / "AGENTS.md").write_text("Be brief.")  # in this folder itself, trust would be asked for
    with Terminal([COMMAND, "--demo"], env=environment(tmp_path), cwd=folder) as terminal:
        terminal.wait_for("Run python3", timeout_s=START_S)
        assert (folder / "codex-py-demo" / "basket.py").exists()


def test_the_demo_is_resumed_in_its_own_folder(tmp_path: Path) -> None:
    folder = tmp_path / "anywhere"
    folder.mkdir()
    env = environment(tmp_path)
    with Terminal([COMMAND], env=env, cwd=folder) as terminal:
        terminal.wait_for("Play the demo tour?", timeout_s=START_S)
        answer(terminal, "y")
        terminal.wait_for("Run python3", timeout_s=START_S)
        terminal.press("ctrl+c")
        terminal.wait_for("redirect")
        terminal.press("ctrl+c", "ctrl+c")
        terminal.wait_exit()
    with Terminal([COMMAND, "resume", "--last"], env=env, cwd=folder) as terminal:
        terminal.wait_for("anywhere/codex-py-demo", timeout_s=START_S)
