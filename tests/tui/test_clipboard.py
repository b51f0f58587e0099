from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from codex_core.protocol import ItemCompleted
from codex_tui.clipboard import TIMEOUT_S, clipboard_commands, copied, copy_locally
from tests.support.scripted_session import answer
from tests.tui.stage import Player, Stage

TWO_BLOCKS = "Do:\n\n```make\nall:\n\ttrue\n```\n\nthen\n\n```python\nprint(1)\n```\n"


@pytest.fixture
async def player(stage: Stage) -> AsyncGenerator[Player]:
    async with stage.play() as player:
        yield player


def program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


async def answered(player: Player, text: str) -> None:
    player.session.play(ItemCompleted(item=answer(text, "text_1")))
    await player.until_shown(text.split("\n")[0])


@pytest.mark.parametrize(
    ("variable", "name"), [("WAYLAND_DISPLAY", "wl-copy"), ("DISPLAY", "xclip"), ("TMUX", "tmux"), ("HOME", "pbcopy")]
)
async def test_what_is_copied_reaches_the_programs_that_are_there(
    player: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, name: str
) -> None:
    program(tmp_path / "bin", name, f"cat > {tmp_path}/copied; env > {tmp_path}/env; : > {tmp_path}/done")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("OPENAI_API_KEY", "nobody-sees-this")
    for display in ("WAYLAND_DISPLAY", "DISPLAY", "TMUX"):
        monkeypatch.delenv(display, raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    await answered(player, "the answer")
    await player.type("/copy")
    await player.press("enter")
    await player.until(lambda: (tmp_path / "done").exists())
    assert (tmp_path / "copied").read_text() == "the answer"
    assert "nobody-sees-this" not in (tmp_path / "env").read_text()
    assert player.app.clipboard == "the answer"


async def test_a_tmux_that_knows_no_other_clipboards_keeps_it_to_itself(tmp_path: Path) -> None:
    program(tmp_path / "bin", "tmux", f'[ "$2" = - ] || exit 1; cat > {tmp_path}/copied')
    await copy_locally("the answer", {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "TMUX": "/tmp/tmux-0/default,1,0"})
    assert (tmp_path / "copied").read_text() == "the answer"


async def test_a_program_that_hangs_is_ended(tmp_path: Path) -> None:
    program(tmp_path / "bin", "pbcopy", "exec sleep 60")
    before = time.monotonic()
    await copy_locally("x" * 1_000_000, {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"})
    assert time.monotonic() - before < TIMEOUT_S + 5


async def test_a_program_that_fails_or_reads_nothing_is_no_error(tmp_path: Path) -> None:
    program(tmp_path / "bin", "pbcopy", "exit 3")
    async with asyncio.timeout(10):
        await copy_locally("x" * 1_000_000, {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"})


def test_a_program_of_the_current_folder_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "pbcopy", "true")
    monkeypatch.chdir(tmp_path)
    assert clipboard_commands({"PATH": "."}) == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("all:\n\ttrue\n", "all:\n\ttrue\n"),
        ("a\x1b[201~rm -rf\x00 /\r\nb", "arm -rf /\nb"),
        ("safe\u202eevil", "safe⟨U+202E⟩evil"),
    ],
)
def test_what_would_steer_a_terminal_is_not_copied(text: str, kept: str) -> None:
    assert copied(text) == kept


async def test_a_code_block_is_copied_as_it_was_written(player: Player) -> None:
    await answered(player, TWO_BLOCKS)
    await player.type("/copy code 1")
    await player.press("enter")
    await player.until(lambda: player.app.clipboard == "all:\n\ttrue\n")


async def test_of_several_code_blocks_one_is_chosen(player: Player) -> None:
    await answered(player, TWO_BLOCKS)
    await player.type("/copy code")
    await player.press("enter")
    await player.until_shown("2  print(1)")
    await player.press("down", "enter")
    await player.until(lambda: player.app.clipboard == "print(1)\n")


@pytest.mark.parametrize(
    ("typed", "said"),
    [("/copy code 3", "2 code blocks"), ("/copy all", "Either /copy"), ("/copy code x", "Either /copy")],
)
async def test_what_cannot_be_copied_is_said(player: Player, typed: str, said: str) -> None:
    await answered(player, TWO_BLOCKS)
    await player.type(typed)
    await player.press("enter")
    await player.until_shown(said)
    assert player.app.clipboard == ""
