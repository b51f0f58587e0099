from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from textual.events import Paste

from codex_tui.composer import Composer
from codex_tui.draft import Draft, claim
from tests.support.program import environment
from tests.support.scripted_session import ScriptedSession, user
from tests.support.terminal import Terminal
from tests.tui.stage import Player, Stage

ROOT = Path(__file__).parents[2]
LINES = "".join(f"line {number}\n" for number in range(152))


def composer(player: Player) -> Composer:
    return player.main.query_one(Composer)


def drafts(stage: Stage) -> list[Path]:
    return sorted((stage.folder / "codex-py" / "drafts").glob("*.json"))


async def saved(player: Player, text: str) -> None:
    await player.until(lambda: any(text in path.read_text() for path in drafts(player.stage)))


async def test_what_was_being_written_is_there_again_with_its_chips(stage: Stage) -> None:
    async with stage.play() as player:
        await player.type("look at ")
        player.app.post_message(Paste(LINES))
        await player.type(" please")
        await saved(player, "please")
        assert drafts(stage)[0].stat().st_mode & 0o777 == 0o600
        await player.app.leave()
    stage.session = ScriptedSession()
    async with stage.play() as player:
        await player.until_shown("look at [pasted 152 lines #1] please")
        assert composer(player).text == f"look at {LINES} please"


async def test_what_is_sent_is_no_draft_any_more(stage: Stage) -> None:
    async with stage.play() as player:
        await player.type("do it")
        await saved(player, "do it")
        await player.press("enter")
        await player.until(lambda: not drafts(stage))


async def test_each_session_has_its_own(stage: Stage) -> None:
    stage.session = ScriptedSession(stored=[user("hello")])
    stage.session.become("idle", title="hello")
    async with stage.play() as player:
        await player.type("an answer")
        await saved(player, "an answer")
        await player.app.leave()
    stage.session = ScriptedSession()
    async with stage.play() as player:
        await player.until(lambda: player.main._back.crew is not None)  # pyright: ignore
        await player.type("x")
        await saved(player, '"x"')
        assert composer(player).text == "x"


async def test_what_was_typed_ahead_stays_and_the_draft_is_one_up_away(stage: Stage) -> None:
    file = claim(stage.folder / "codex-py" / "drafts", "in /home/ada/src/tempo")
    assert file is not None
    file.write(Draft("from before", {}))
    file.close()
    app = stage.app()
    async with app.run_test(size=(120, 40)) as pilot:
        player = Player(stage, app, pilot)
        composer(player).insert_typed("typed ahead")
        await player.until(lambda: not drafts(stage) or "typed ahead" in drafts(stage)[0].read_text())
        await player.press("up")
        assert composer(player).text == "from before"


def test_two_programs_in_one_folder_do_not_get_each_others(tmp_path: Path) -> None:
    first, second = claim(tmp_path, "in /x"), claim(tmp_path, "in /x")
    assert first is not None
    assert second is not None
    first.write(Draft("mine", {}))
    assert second.read() is None
    first.close()
    third = claim(tmp_path, "in /x")
    assert third is not None
    assert third.read() == Draft("mine", {})


def test_a_broken_draft_is_none(tmp_path: Path) -> None:
    file = claim(tmp_path, "k")
    assert file is not None
    for content in ("", "{", "[]", '{"text": 1}', '{"text": "x"}'):
        file._path.write_text(content)  # pyright: ignore
        assert file.read() is None


def test_after_a_kill_it_is_there_again(home: Path) -> None:
    command = [sys.executable, "-m", "tests.tui.program", str(home / "codex-py")]
    env = {**environment(home), "PYTHONPATH": str(ROOT)}
    with Terminal(command, env=env, cwd=home) as terminal:
        terminal.wait_for("sandbox A")
        terminal.type("half a thou").wait_for("half a thou")
        terminal.wait_for(lambda _: any("thou" in p.read_text() for p in (home / "codex-py/drafts").glob("*.json")))
        os.kill(terminal.pid, signal.SIGKILL)
    with Terminal(command, env=env, cwd=home) as terminal:
        terminal.wait_for("› half a thou")
