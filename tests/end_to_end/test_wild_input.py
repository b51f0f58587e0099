from __future__ import annotations

from pathlib import Path

from tests.end_to_end.test_screen import START_S, app, leave
from tests.support.model_server import Reply, Stall


def test_ctrl_l_draws_over_what_something_else_has_written(tmp_path: Path) -> None:
    with app(tmp_path, ()) as (terminal, _):
        terminal.wait_for("say what to do")
        terminal.emulator.feed(b"\x1b[2;3H\x1b[41;5mwall: the system goes down\x1b[20;1H\x1b[J")
        assert "wall" in terminal.screen
        assert "say what to do" not in terminal.screen
        terminal.press("ctrl+l").wait_until_gone("wall")
        terminal.wait_for("say what to do")
        terminal.press("f1").wait_for("In the composer")
        terminal.emulator.feed(b"\x1b[2;3Hwall")
        terminal.press("ctrl+l").wait_until_gone("wall")
        terminal.press("esc").wait_until_gone("In the composer")
        leave(terminal)


def test_bytes_that_are_no_text_end_nothing(tmp_path: Path) -> None:
    with app(tmp_path, ()) as (terminal, _):
        terminal.wait_for("say what to do")
        terminal.send(b"\xff\xc3\x1b\xfe")
        terminal.type("still here").wait_for("still here")
        terminal.press("ctrl+c").wait_until_gone("still here")
        leave(terminal)


def test_a_window_that_is_dragged_ends_at_its_last_size(tmp_path: Path) -> None:
    with app(tmp_path, ()) as (terminal, _):
        for columns in range(119, 79, -1):
            terminal.resize(columns, 40)
            terminal.read(timeout_s=0.003)
        terminal.wait_for("F3 timeline")
        terminal.resize(120, 40).wait_until_gone("F3 timeline")
        leave(terminal)


def test_who_reads_further_up_is_told_what_comes_below_at_once(tmp_path: Path) -> None:
    lines = "\n\n".join(f"line {number}" for number in range(60))
    with app(tmp_path, (Stall(after_chunks=40, reply=Reply(text=lines)),)) as (terminal, server):
        terminal.type("tell me").press("enter")
        terminal.wait_for("line 52", timeout_s=START_S)
        terminal.press("pageup", "pageup").wait_until_gone("line 52")
        assert "new below" not in terminal.screen
        server.release()
        terminal.wait_for("new below")
        leave(terminal)
