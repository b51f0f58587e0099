import os
import select
import signal
import sys
from pathlib import Path

import pytest

from tests.support.keys import encode
from tests.support.program import environment
from tests.support.terminal import Terminal

PYTHON = [sys.executable, "-I", "-u", "-c"]


def start(program: str, home: Path, columns: int = 80, rows: int = 24, *, kitty: bool = False) -> Terminal:
    return Terminal(
        [*PYTHON, program], env=environment(home), cwd=home, columns=columns, rows=rows, has_kitty_keyboard=kitty
    )


def test_text_that_is_typed_arrives_and_is_echoed(home: Path) -> None:
    with start("print('hello', input('name? '))", home) as terminal:
        terminal.wait_for("name?")
        terminal.type("Ada").press("enter")
        screen = terminal.wait_for("hello Ada")
        assert screen.lines[0] == "name? Ada"
        assert terminal.wait_exit() == 0


def test_a_program_sees_the_size_and_its_changes(home: Path) -> None:
    program = """
import os, signal
signal.signal(signal.SIGWINCH, lambda *_: print(os.get_terminal_size()))
print(os.get_terminal_size())
while True: signal.pause()
"""
    with start(program, home, columns=90, rows=30) as terminal:
        terminal.wait_for("columns=90, lines=30")
        terminal.resize(100, 20)
        assert len(terminal.wait_for("columns=100, lines=20").lines) == 20


def test_the_alternate_screen_comes_and_goes_and_the_first_one_is_still_there(home: Path) -> None:
    program = r"print('below'); print('\x1b[?1049h\x1b[2J\x1b[Habove', end=''); input(); print('\x1b[?1049l', end='')"
    with start(program, home) as terminal:
        assert "below" not in terminal.wait_for("above")
        assert terminal.leftovers() == ["alternate screen"]
        terminal.press("enter")
        terminal.wait_for("below")
        assert terminal.leftovers() == []


@pytest.mark.parametrize("cut", [r"\x1b[38;2;1", r"\x1b]0;tit", r"\x1bPabc", r"\x1b"])
def test_a_sequence_that_the_next_one_cuts_short_is_dropped(home: Path, cut: str) -> None:
    with start(rf"print('\x1b[?1049hover{cut}\x1b[?1049lafter')", home) as terminal:
        terminal.wait_for("after")
        assert terminal.leftovers() == []


def test_queries_are_answered(home: Path) -> None:
    program = r"""
import sys, termios, tty
tty.setcbreak(0)
queries = {"\x1b[c": "c", "\x1b[?2026$p": "y", "\x1b]11;?\x07": "\\", "\x1b[6n": "R", "\x1b[18t": "t"}
for query, end in queries.items():
    sys.stdout.write(query); sys.stdout.flush()
    answer = ""
    while not answer.endswith(end): answer += sys.stdin.read(1)
    print(ascii(answer))
"""
    with start(program, home) as terminal:
        screen = terminal.wait_for(r"\x1b[8;24;80t")
        assert r"\x1b[?62;22c" in screen
        assert r"\x1b[?2026;2$y" in screen
        assert r"\x1b]11;rgb:1010/1010/1010\x1b\\" in screen
        assert terminal.leftovers() == ["no echo", "no line editing"]


def test_what_a_killed_program_leaves_behind_is_named(home: Path) -> None:
    program = r"print('\x1b[?25l\x1b[?1000h\x1b[?2004h\x1b[>1uready', end=''); import signal; signal.pause()"
    with start(program, home) as terminal:
        terminal.wait_for("ready")
        terminal.signal(signal.SIGKILL)
        assert terminal.wait_exit() == -signal.SIGKILL
        assert terminal.leftovers() == ["mouse clicks", "bracketed paste", "hidden cursor", "keyboard protocol"]


def test_waiting_in_vain_shows_the_screen(home: Path) -> None:
    with start("print('only this'); input()", home) as terminal:
        with pytest.raises(AssertionError, match="only this"):
            terminal.wait_for("never", timeout_s=0.3)
        terminal.press("enter")
        with pytest.raises(AssertionError, match="ended with 0"):
            terminal.wait_for("never")


def test_closing_ends_children_that_ignore_the_hang_up(home: Path) -> None:
    program = """
import os, signal
signal.signal(signal.SIGHUP, signal.SIG_IGN)
if os.fork(): os.wait()
else: print("child", os.getpid(), "."); signal.pause()
"""
    with start(program, home) as terminal:
        screen = terminal.wait_for(" .")
        child = os.pidfd_open(int(screen.lines[0].split()[1]))
    ended, _, _ = select.select([child], [], [], 10)
    os.close(child)
    assert ended


@pytest.mark.parametrize(
    ("key", "legacy", "kitty"),
    [
        ("a", b"a", b"a"),
        ("enter", b"\r", b"\r"),
        ("esc", b"\x1b", b"\x1b[27u"),
        ("ctrl+c", b"\x03", b"\x1b[99;5u"),
        ("alt+a", b"\x1ba", b"\x1b[97;3u"),
        ("shift+tab", b"\x1b[Z", b"\x1b[9;2u"),
        ("shift+enter", b"\r", b"\x1b[13;2u"),
        ("up", b"\x1b[A", b"\x1b[A"),
        ("ctrl+shift+left", b"\x1b[1;6D", b"\x1b[1;6D"),
        ("f2", b"\x1bOQ", b"\x1bOQ"),
        ("f5", b"\x1b[15~", b"\x1b[15~"),
        ("pageup", b"\x1b[5~", b"\x1b[5~"),
        ("+", b"+", b"+"),
        ("alt++", b"\x1b+", b"\x1b[43;3u"),
    ],
)
def test_keys_are_sent_as_terminals_send_them(key: str, legacy: bytes, kitty: bytes) -> None:
    assert encode(key) == legacy
    assert encode(key, kitty=True) == kitty


def test_a_key_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="ctlr"):
        encode("ctlr+c")
    with pytest.raises(ValueError, match="entre"):
        encode("entre")
