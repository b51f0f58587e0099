"""What is typed while there is only the first frame: a program that waits shows it, then becomes the app."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.program import environment
from tests.support.terminal import Terminal

ROOT = Path(__file__).parents[2]
MAIN_SCREEN = "sandbox A"
END_OF_DRAWING = re.compile(rb"\x1b\[\?2026l")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a kept frame."""
    folder = tmp_path_factory.mktemp("early")
    with started(folder, None) as terminal:
        terminal.wait_for(MAIN_SCREEN)
        terminal.wait_for(lambda _: any(folder.rglob("frame-80x24-*")))
    return folder


def started(home: Path, until: Path | None) -> Terminal:
    more = {"PYTHONPATH": str(ROOT), "COLORTERM": "truecolor", **({"WAITS_FOR": str(until)} if until else {})}
    return Terminal(
        [sys.executable, "-m", "tests.tui.program", str(home / "codex-py")],
        env={**environment(home), **more},
        cwd=home,
        columns=80,
        rows=24,
    )


@contextmanager
def first_frame(home: Path, go: Path) -> Generator[Terminal]:
    shutil.rmtree(home / "codex-py" / "drafts", ignore_errors=True)  # an app that was killed keeps what was typed
    with started(home, go) as terminal:
        terminal.wait_for("say what to do")
        yield terminal


@pytest.fixture
def go(tmp_path: Path) -> Path:
    return tmp_path / "go"


def test_it_stands_where_the_composer_will_have_it_and_is_there_all_the_time(home: Path, go: Path) -> None:
    with first_frame(home, go) as terminal:
        terminal.type("fix thé clocl").press("backspace").type("k")
        early = terminal.wait_for("› fix thé clock ")
        shown = len(terminal.raw)
        assert b"\x1b[?1004h" not in terminal.raw  # what Textual's driver asks for first

        go.touch()

        late = terminal.wait_for(MAIN_SCREEN)
        row = next(number for number, line in enumerate(early.lines) if "› fix" in line)
        assert late.lines[row] == early.lines[row]
        drawn = [shown + found.end() for found in END_OF_DRAWING.finditer(bytes(terminal.raw[shown:]))]
    with Terminal(["true"], env={}, columns=80, rows=24, cwd=home) as replay:
        replay.raw[:] = terminal.raw
        assert all("› fix thé clock" in replay.draw_until(end).screen for end in drawn)
    assert drawn


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("ab\x1b[Dc", "› acb"),  # an arrow
        ("漢字 é\x7fx", "› 漢字 x"),
        ("a\x01b", "› ba"),
        ("/hel\t", "› /help"),
    ],
)
def test_what_is_more_than_characters_waits_for_the_app(home: Path, go: Path, keys: str, expected: str) -> None:
    with first_frame(home, go) as terminal:
        terminal.type(keys)
        go.touch()
        terminal.wait_for(expected)


def test_a_line_that_gets_too_long_is_whole_in_the_app(home: Path, go: Path) -> None:
    with first_frame(home, go) as terminal:
        for word in range(30):
            terminal.type(f"word{word} ")
            terminal.wait_for(lambda screen, word=word: f"word{min(word, 8)} " in screen)
        go.touch()
        terminal.wait_for("word29")
        assert "word0 word1 " in terminal.screen


def test_a_prompt_that_was_sent_before_the_app_was_there_is_sent(home: Path, go: Path) -> None:
    with first_frame(home, go) as terminal:
        terminal.type("fix it")
        terminal.wait_for("› fix it")
        terminal.press("enter")
        go.touch()
        terminal.wait_for("got: fix it")


def test_a_command_that_was_given_before_there_is_a_session_is_done_then(home: Path, go: Path) -> None:
    with first_frame(home, go) as terminal:
        terminal.type("/model openai/other\r")
        go.touch()
        terminal.wait_for("got: ChangeSettings")


def test_a_paste_is_a_paste_from_the_first_frame_on(home: Path, go: Path) -> None:
    with first_frame(home, go) as terminal:
        terminal.type("see ")
        terminal.wait_for("› see ")
        terminal.paste("one\ntwo").type(" three")
        go.touch()
        terminal.wait_for("two three")
        assert "› see one" in terminal.screen
        assert "got:" not in terminal.screen


def test_an_empty_line_again_asks_what_to_do(home: Path, go: Path) -> None:
    with first_frame(home, go) as terminal:
        terminal.type("a")
        terminal.wait_for("› a ")
        terminal.press("backspace")
        terminal.wait_until_gone("› a ")
        go.touch()
        terminal.wait_for(MAIN_SCREEN)
        terminal.wait_for("say what to do")
