from __future__ import annotations

from pathlib import Path

from codex_themes import load_theme
from tests.end_to_end.test_screen import app, leave

TRUE_COLOURS = {"COLORTERM": "truecolor"}


def sgr(color: str) -> bytes:
    red, green, blue = bytes.fromhex(color[1:])
    return f"48;2;{red};{green};{blue}".encode()


def test_a_theme_is_chosen_once_and_from_then_on_even_the_first_frame_wears_it(tmp_path: Path) -> None:
    with app(tmp_path, (), extra=TRUE_COLOURS) as (terminal, _):
        terminal.wait_for("say what to do")
        home = tmp_path / "codex-py"
        (home / "config.toml").write_text('# mine\nmodel = "openai/scripted"\n')
        terminal.type("/theme fern\r")
        terminal.wait_for(lambda _: 'theme = "fern"' in (home / "config.toml").read_text())
        leave(terminal)
    assert (home / "config.toml").read_text() == '# mine\nmodel = "openai/scripted"\ntheme = "fern"\n'
    with app(tmp_path, (), extra=TRUE_COLOURS):
        pass  # its first paint is kept
    with app(tmp_path, (), extra=TRUE_COLOURS) as (terminal, _):
        frame = bytes(terminal.raw).partition(b"\x1b[?1004h")[0]
        assert sgr(load_theme("fern").colors["background"]) in frame
