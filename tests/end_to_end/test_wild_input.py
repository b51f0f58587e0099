from __future__ import annotations

from pathlib import Path

from tests.end_to_end.test_screen import app, leave


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
