from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.program import environment
from tests.support.terminal import Terminal

ROOT = Path(__file__).parents[2]
MAIN_SCREEN = "sandbox A"


def start(home: Path, script: str = "", *, columns: int = 120, rows: int = 40) -> Terminal:
    more: Mapping[str, str] = {"PYTHONPATH": str(ROOT), "SCRIPT": script, "COLORTERM": "truecolor"}
    return Terminal(
        [sys.executable, "-m", "tests.tui.program", str(home / "codex-py")],
        env={**environment(home), **more},
        cwd=home,
        columns=columns,
        rows=rows,
    )


def test_the_first_paint_waits_for_nothing_heavy(home: Path) -> None:
    with start(home) as terminal:
        terminal.wait_for("from nothing heavy")
        frame = next((home / "codex-py" / "cache").glob("frame-120x40-*"))
        assert frame.stat().st_mode & 0o777 == 0o600
        kept = frame.read_text()
        assert "codex-py" in kept
        for private in (str(home), "tempo", "sandbox", "net off", "gpt"):
            assert private not in kept


def test_the_kept_frame_is_on_the_screen_before_textual_is(home: Path) -> None:
    with start(home) as terminal:
        terminal.wait_for(MAIN_SCREEN)
    with start(home) as terminal:
        terminal.wait_for("Say what you want done")
        assert b"\x1b[?1004h" not in terminal.raw  # what Textual's driver asks for first
        terminal.wait_for(MAIN_SCREEN)


@pytest.mark.parametrize("starts", [1, 2], ids=["first start", "kept frame"])
def test_keys_typed_ahead_are_kept_in_their_order(home: Path, starts: int) -> None:
    for _ in range(starts):
        with start(home) as terminal:
            terminal.type("fix the clock")
            terminal.wait_for("› fix the clock")
            terminal.wait_for(MAIN_SCREEN)


def test_an_early_enter_sends_when_the_session_is_there(home: Path) -> None:
    with start(home) as terminal:
        terminal.type("fix it\r")
        terminal.wait_for("got: fix it")


@pytest.mark.parametrize(
    "damaged",
    [
        b"\t\t5\t\t\r\na",
        b"1\t2\t3\t\t\r\n\x1b]0;evil\x07a",
        b"1\t2\t3\t\t\r\n\xc2\x9b0;evil",
        b"\r\n\x1b[6n\x1b[",
        b"\xff\r\n\xff",
    ],
)
def test_a_damaged_frame_costs_the_frame_and_nothing_else(home: Path, damaged: bytes) -> None:
    with start(home) as terminal:
        terminal.wait_for(MAIN_SCREEN)
        terminal.wait_for(lambda _: any(home.rglob("frame-120x40-*")))
    (frame,) = home.rglob("frame-120x40-*")
    frame.write_bytes(damaged)
    with start(home) as terminal:
        terminal.wait_for(MAIN_SCREEN)
        assert b"evil" not in terminal.raw
        assert b"\x1b[6n" not in terminal.raw


def test_quitting_restores_the_terminal_and_tells_how_to_come_back(home: Path) -> None:
    with start(home) as terminal:
        terminal.wait_for(MAIN_SCREEN)
        terminal.press("ctrl+c")
        terminal.wait_for("again quits")
        terminal.press("ctrl+c")
        assert terminal.wait_exit() == 0
        assert terminal.leftovers() == []
        assert "session=ses_0123456789ab" in terminal.screen


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_with_the_terminal_restored(home: Path, number: signal.Signals) -> None:
    with start(home) as terminal:
        terminal.wait_for(MAIN_SCREEN)
        terminal.signal(number)
        assert terminal.wait_exit() == 128 + number
        assert terminal.leftovers() == []


def test_a_signal_during_the_start_restores_the_terminal_too(home: Path) -> None:
    with start(home) as terminal:
        terminal.wait_for(MAIN_SCREEN)
    with start(home) as terminal:
        terminal.wait_for("Say what you want done")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit() == 128 + signal.SIGTERM
        assert terminal.leftovers() == []


def test_kill_int_means_what_ctrl_c_means(home: Path) -> None:
    with start(home, "running") as terminal:
        terminal.wait_for("I am at it.")
        terminal.signal(signal.SIGINT)
        terminal.wait_for("got: Pause")


def test_a_bug_restores_the_terminal_and_prints_no_values(home: Path) -> None:
    with start(home, "crash") as terminal:
        assert terminal.wait_exit() == 1
        assert terminal.leftovers() == []
        assert "codex-py failed inside" in terminal.screen
        assert b"sk-not-to-be-printed" not in terminal.raw
        (report,) = (home / "codex-py" / "logs").glob("crash-*.log")
        assert "a bug of ours" in report.read_text()


def test_a_session_that_cannot_open_is_told_on_the_screen(home: Path) -> None:
    with start(home, "refuse") as terminal:
        terminal.wait_for("the config file is wrong: modle")
        terminal.type("still typing")
        terminal.wait_for("still typing")
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0
        assert terminal.leftovers() == []


def test_suspending_gives_the_shell_its_terminal_and_coming_back_paints_again(home: Path) -> None:
    with start(home) as terminal:
        terminal.wait_for(MAIN_SCREEN)
        terminal.press("ctrl+z")
        terminal.wait_for(lambda _: _is_stopped(terminal.pid))
        assert terminal.leftovers() == []
        terminal.signal(signal.SIGCONT)
        terminal.wait_for(MAIN_SCREEN)
        terminal.type("back")
        terminal.wait_for("› back")


def test_a_paste_of_many_lines_is_one_prompt(home: Path) -> None:
    with start(home) as terminal:
        terminal.wait_for(MAIN_SCREEN)
        terminal.paste("one\ntwo\n\x1b[31mthree")
        terminal.wait_for("three")
        assert b"\x1b[31m" not in terminal.raw
        assert "got:" not in terminal.screen


def test_the_kitty_protocol_tells_shift_enter_from_enter(home: Path) -> None:
    with Terminal(
        [sys.executable, "-m", "tests.tui.program", str(home / "codex-py")],
        env={**environment(home), "PYTHONPATH": str(ROOT)},
        cwd=home,
        has_kitty_keyboard=True,
    ) as terminal:
        terminal.wait_for(MAIN_SCREEN)
        terminal.type("a").press("shift+enter").type("b").press("enter")
        terminal.wait_for("got: a⏎b")


def _is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def test_no_variable_of_ours_is_left_for_programs_that_we_start(home: Path) -> None:
    with start(home) as terminal:
        terminal.wait_for(MAIN_SCREEN)
        environ = Path(f"/proc/{terminal.pid}/environ").read_bytes().split(b"\0")
        assert not [name for name in environ if name.startswith((b"TEXTUAL", b"ESCDELAY"))]
    assert "TEXTUAL_FPS" not in os.environ


def test_keys_that_come_at_once_do_what_they_do_in_their_order(home: Path) -> None:
    with start(home) as terminal:
        terminal.wait_for(MAIN_SCREEN)
        terminal.type("abc\x7fX\x1b[Dy\x01Z")
        terminal.wait_for("› ZabyX")
        terminal.press("ctrl+p")
        terminal.wait_for("Commands")
        terminal.type("thx\x7femX\x7f")
        terminal.wait_for("│  them ")


def test_a_sheet_that_is_asked_for_twice_at_once_opens_once(home: Path) -> None:
    with start(home) as terminal:
        terminal.wait_for(MAIN_SCREEN)
        for key, sheet in (("\x10", "Commands"), ("\x1bOP", "Keys and commands")):
            terminal.type(key * 3)
            terminal.wait_for(sheet)
            terminal.press("esc")
            terminal.wait_until_gone(sheet)
