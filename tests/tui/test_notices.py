from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from textual.events import AppBlur, AppFocus

from codex_core.protocol import Completed, TurnEnded
from codex_tui.notice import BELL, Means, has_title, notification, title
from tests.support.model_server import Call, Reply, ThreadedModelServer
from tests.support.program import COMMAND, environment
from tests.support.scripted_session import approval
from tests.support.terminal import Terminal
from tests.support.workspace import git_repository
from tests.tui import scenes
from tests.tui.stage import Player, Stage

ITERM = {"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}
TMUX = {"TERM": "tmux-256color", "TMUX": "/tmp/x,1,0", "TERM_PROGRAM": "tmux"}
HOSTILE = "a\x07b\x1b]52;c;eA==\x07\x9c\u202e\nc\x1b\\"


@pytest.mark.parametrize(
    ("means", "environ", "written"),
    [
        ("off", ITERM, ""),
        ("bell", ITERM, BELL),
        ("auto", ITERM, "\x1b]9;codex-py: done\x07"),
        ("auto", {"TERM": "xterm-kitty"}, "\x1b]9;codex-py: done\x07"),
        ("auto", {"TERM": "xterm-256color"}, BELL),
        ("auto", {"TERM": "xterm-kitty", "STY": "1.x"}, BELL),
        ("auto", {"TERM": "rxvt-unicode"}, "\x1b]777;notify;codex-py;codex-py: done\x07"),
        ("auto", TMUX, f"\x1bPtmux;\x1b\x1b]9;codex-py: done\x07\x1b\\{BELL}"),
        ("osc9", TMUX, "\x1bPtmux;\x1b\x1b]9;codex-py: done\x07\x1b\\"),
        ("osc777", ITERM, "\x1b]777;notify;codex-py;codex-py: done\x07"),
    ],
)
def test_the_sequence_is_one_that_the_terminal_knows(means: Means, environ: Mapping[str, str], written: str) -> None:
    assert notification("done", means, environ) == written


@pytest.mark.parametrize(
    "make", [title, lambda text: notification(text, "osc9", {}), lambda t: notification(t, "osc777", {})]
)
def test_nothing_in_a_text_ends_its_sequence_or_begins_another(make: Callable[[str], str]) -> None:
    for text in (HOSTILE, "4;1;50", "x" * 100_000, "a;b;c", "\ud800"):
        written = make(text)
        assert written.count("\x1b") == 1
        assert written.count("\x07") == 1
        assert written.endswith("\x07")
        assert written[2:-1].isprintable()
        assert len(written) < 260


def test_consoles_have_no_title() -> None:
    assert [has_title({"TERM": term}) for term in ("linux", "dumb", "xterm-256color")] == [False, False, True]


class Written:
    """What the app would have written to its terminal."""

    def __init__(self, player: Player) -> None:
        self.sequences: list[str] = []
        crew = player.main._back.crew  # pyright: ignore[reportPrivateUsage]
        assert crew is not None
        crew.announcer._write = self.sequences.append  # pyright: ignore[reportPrivateUsage]

    @property
    def bells(self) -> int:
        return self.sequences.count(BELL)


async def blur(player: Player) -> None:
    player.app.post_message(AppBlur())
    await player.settle()


@pytest.mark.parametrize(("is_looked_at", "bells"), [(True, 0), (False, 1)])
async def test_a_question_rings_once_and_only_where_nobody_looks(stage: Stage, is_looked_at: bool, bells: int) -> None:
    async with stage.play(stage.app(notifications="bell")) as player:
        written = Written(player)
        scenes.work(player.session)
        scenes.want_edit(player.session)
        if not is_looked_at:
            await blur(player)
        player.session.ask(approval("c4", "Edit src/tempo/clock.py"))
        await player.until_shown("Edit src/tempo/clock.py")
        await player.pilot.resize_terminal(100, 40)  # drawn again is not asked again
        await player.settle()
        assert written.bells == bells


async def test_the_end_of_a_long_turn_is_told_and_that_of_a_short_one_not(stage: Stage) -> None:
    async with stage.play(stage.app(notifications="bell")) as player:
        written = Written(player)
        player.session.start_turn("a long job")
        await player.until_shown("waiting for the model")
        await blur(player)
        player.session.play(TurnEnded(turn_id="t1", outcome=Completed(), duration_s=3.0))
        await player.until_shown("done · 3 s")
        assert written.bells == 0
        player.session.play(TurnEnded(turn_id="t2", outcome=Completed(), duration_s=30.0))
        await player.until(lambda: written.bells == 1)
        player.app.post_message(AppFocus())
        await player.settle()
        player.session.play(TurnEnded(turn_id="t3", outcome=Completed(), duration_s=30.0))
        await player.until_shown("done · 30 s")
        assert written.bells == 1


async def test_the_title_says_the_state(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    async with stage.play() as player:
        written = Written(player)
        player.session.start_turn("fix\x1b]0;owned\x07 it")
        await player.until(lambda: title("▸ works - fix it") in written.sequences)
        scenes.want_edit(player.session)
        player.session.ask(approval("c4", "Edit src/tempo/clock.py"))
        await player.until(lambda: title("● waits - fix it") in written.sequences)
        assert all(sequence.count("\x1b") == 1 for sequence in written.sequences)


def test_in_a_real_terminal_a_question_is_notified_and_the_title_is_given_back(home: Path, tmp_path: Path) -> None:
    project = git_repository(tmp_path / "project", {"calc.py": "x = 1\n"})
    script = [Reply(calls=(Call("write_file", {"path": "calc.py", "content": "x = 2\n"}),))]
    with (
        ThreadedModelServer(script) as server,
        Terminal(
            [COMMAND, "-m", "openai/scripted", "-c", "notifications=osc9"],
            env=environment(home, server.environment()),
            cwd=project,
        ) as terminal,
    ):
        terminal.wait_for("Ctrl+P commands", 60)
        terminal.type("change it").press("enter").wait_for("waiting for the model")
        terminal.send(b"\x1b[O")  # the window is left
        terminal.wait_for("Replace calc.py", 60)
        terminal.wait_for(lambda _: b"\x1b]9;codex-py: waits for your answer: Replace calc.py" in terminal.raw)
        assert "● waits - change it".encode() in terminal.raw
        terminal.press("ctrl+q")
        terminal.wait_exit()
        raw = bytes(terminal.raw)
        assert raw.count(b"\x1b[22;2t") == raw.count(b"\x1b[23;2t") == 1
        assert raw.rindex(b"\x1b[23;2t") > raw.rindex(b"\x1b]2;")
