"""Choosing, leaving and losing sessions as a user does it: the real program in a terminal, kills included."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
from pathlib import Path

import pytest

from codex_core.session.store import SessionStore
from tests.end_to_end.test_screen import SIZES, START_S, answer, app, leave
from tests.support.model_server import Call, Reply
from tests.support.program import COMMAND, environment, run
from tests.support.scripted_journal import answered, said
from tests.support.terminal import Terminal

TITLES = ("mend the clock", "feed the wombat", "count the stars", "paint the fence")


async def stored(home: Path, *folders: Path) -> dict[str, str]:
    """Sessions in these folders, the last one the newest; their ids by title."""
    (home / "codex-py").mkdir(mode=0o700)
    ids: dict[str, str] = {}
    async with SessionStore.open(home / "codex-py" / "sessions.db") as store:
        for number, title in enumerate(TITLES):
            journal = await store.create(folders[number % len(folders)], title=title, model="demo")
            words = (said("u", f"please {title}"), answered("a", f"I shall {title}: quokka number {number}"))
            await journal.append(*words)
            ids[title] = journal.session_id
    return ids


def leased(home: Path) -> set[str]:
    with contextlib.closing(sqlite3.connect(home / "codex-py" / "sessions.db")) as db:
        return {session_id for (session_id,) in db.execute("SELECT session_id FROM leases")}


@pytest.mark.parametrize("size", SIZES)
async def test_a_session_is_found_by_what_was_said_and_left_for_another(tmp_path: Path, size: str) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    ids = await stored(tmp_path, here, there)
    columns, rows = SIZES[size]
    env = environment(tmp_path)
    with Terminal([COMMAND, "--demo", "resume"], env=env, cwd=here, columns=columns, rows=rows) as terminal:
        terminal.wait_for("2 sessions", timeout_s=START_S)
        terminal.type("quokka wombat")
        terminal.wait_for("1 found")
        screen = terminal.wait_for("codex: I shall feed the wombat: quokka number 1")
        assert "mend the clock" not in screen
        terminal.press("enter")
        terminal.wait_for("say what to do", timeout_s=START_S)
        terminal.wait_for("please feed the wombat")
        assert leased(tmp_path) == {ids["feed the wombat"]}

        terminal.type("/resume").press("enter")
        terminal.wait_for("Resume a session")
        terminal.press("esc")
        terminal.wait_for("please feed the wombat")
        terminal.type("/resume stars").press("enter")
        screen = terminal.wait_for("please count the stars")
        assert "wombat" not in screen
        terminal.wait_for(lambda _: leased(tmp_path) == {ids["count the stars"]})
        leave(terminal)
    assert leased(tmp_path) == set()


async def test_what_is_typed_before_the_list_of_sessions_is_there_is_searched(tmp_path: Path) -> None:
    await stored(tmp_path, tmp_path)
    with Terminal([COMMAND, "--demo", "resume"], env=environment(tmp_path), cwd=tmp_path) as terminal:
        terminal.type("wombat")
        terminal.wait_for("1 found", timeout_s=START_S)
        assert "› wombat" in terminal.screen
        terminal.press("esc").wait_for("type to search")
        terminal.press("esc")
        terminal.wait_for("say what to do", timeout_s=START_S)
        leave(terminal)


def test_a_new_session_has_the_model_and_the_mode_of_the_one_before(tmp_path: Path) -> None:
    env = environment(tmp_path, {"OPENAI_API_KEY": "sk-nothing"})
    with Terminal([COMMAND, "-m", "openai/one", "--mode", "auto"], env=env, cwd=tmp_path) as terminal:
        terminal.wait_for("auto · sandbox", timeout_s=START_S)
        terminal.type("/model openai/two").press("enter")
        terminal.wait_for(lambda screen: "openai/two" in screen and "/model" not in screen)
        terminal.press("shift+tab")
        terminal.wait_for("plan ·")
        first = leased(tmp_path)
        terminal.type("/new").press("enter")
        terminal.wait_for(lambda _: len(leased(tmp_path)) == 1 and leased(tmp_path) != first)
        screen = terminal.wait_for("plan ·")
        assert "openai/two" in screen
        leave(terminal)


async def test_a_kill_in_the_picker_deletes_what_was_deleted_and_keeps_what_was_taken_back(tmp_path: Path) -> None:
    ids = await stored(tmp_path, tmp_path)
    env = environment(tmp_path)
    with Terminal([COMMAND, "--demo", "resume"], env=env, cwd=tmp_path) as terminal:
        terminal.wait_for("4 sessions", timeout_s=START_S)
        terminal.press("delete")
        terminal.wait_for("u  undo")
        terminal.press("delete")
        terminal.wait_for(lambda screen: str(screen).count("deleted") >= 2)
        terminal.press("u")
        terminal.wait_for(lambda screen: str(screen).count("✗ deleted") == 1)
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.wait_exit()
    listed = json.loads(run("sessions", "list", "--all", "--json", cwd=tmp_path, env=env).stdout)
    assert [row["title"] for row in listed] == ["count the stars", "feed the wombat", "mend the clock"]
    left = b"".join(path.read_bytes() for path in (tmp_path / "codex-py").glob("sessions*") if path.is_file())
    assert ids["paint the fence"].encode() not in left
    assert b"paint the fence" not in left


async def test_words_that_several_titles_have_open_the_picker_with_them(tmp_path: Path) -> None:
    await stored(tmp_path, tmp_path)
    env = environment(tmp_path)
    with Terminal([COMMAND, "--demo", "resume", "the"], env=env, cwd=tmp_path) as terminal:
        terminal.wait_for("4 found", timeout_s=START_S)
        terminal.type(" fence")
        terminal.wait_for("1 found")
        terminal.press("enter")
        terminal.wait_for("please paint the fence")
        leave(terminal)


LINE = "if test -e once; then echo again > twice; else touch once; sleep 60; fi"


@pytest.mark.parametrize("size", SIZES)
def test_what_a_kill_cut_short_is_run_again_only_if_the_user_says_so_twice(tmp_path: Path, size: str) -> None:
    calc = tmp_path / "calc"
    with app(tmp_path, (Reply(calls=(Call("shell", {"command": LINE}),)),), size=SIZES[size]) as (terminal, _):
        terminal.type("do it").press("enter")
        terminal.wait_for("Run if test", timeout_s=START_S)
        answer(terminal, "y")
        terminal.wait_for(lambda _: (calc / "once").exists())
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.wait_exit()
    for _ in range(2):  # who is killed while it is asked is asked again
        with app(tmp_path, (), "resume", "--last", size=SIZES[size]) as (terminal, _):
            terminal.wait_for("This was cut short by a crash", timeout_s=START_S)
            os.kill(terminal.pid, signal.SIGKILL)
            terminal.wait_exit()
    with app(tmp_path, (Reply(text="So it went."),), "resume", "--last", size=SIZES[size]) as (terminal, server):
        terminal.wait_for("run it again", timeout_s=START_S)
        assert not (calc / "twice").exists()
        answer(terminal, "r")
        terminal.wait_for("y  once")
        answer(terminal, "y")
        terminal.wait_for("So it went.", timeout_s=START_S)
        assert (calc / "twice").read_text() == "again\n"
        assert "second time" in server.requests[-1].last_text
        leave(terminal)


def test_words_that_waited_and_a_question_that_was_open_are_back_after_a_kill(tmp_path: Path) -> None:
    with app(tmp_path, (Reply(calls=(Call("shell", {"command": "touch done"}),)),)) as (terminal, _):
        terminal.type("do it").press("enter")
        terminal.wait_for("Run touch done", timeout_s=START_S)
        terminal.press("tab")
        terminal.type("IMPORTANT steer").press("enter")
        terminal.wait_for("steers")
        terminal.type("IMPORTANT later").press("tab")
        terminal.wait_for("queued")
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.wait_exit()
    script = (Reply(text="First this."), Reply(text="Then that."))
    with app(tmp_path, script, "resume", "--last") as (terminal, server):
        screen = terminal.wait_for("ended in the middle of this turn", timeout_s=START_S)
        assert "steers  IMPORTANT steer" in screen
        assert "queued  IMPORTANT later" in screen
        answer(terminal, "c")
        terminal.wait_for("Run touch done", timeout_s=START_S)
        assert server.requests == []
        answer(terminal, "y")
        terminal.wait_for("Then that.", timeout_s=START_S)
        assert (tmp_path / "calc" / "done").exists()
        assert [request.last_text for request in server.requests] == ["IMPORTANT steer", "IMPORTANT later"]
        leave(terminal)


def test_without_a_screen_the_model_is_told_of_what_was_cut_short(tmp_path: Path) -> None:
    calc = tmp_path / "calc"
    with app(tmp_path, (Reply(calls=(Call("shell", {"command": LINE}),)), Reply(text="I know.")), "--mode", "auto") as (
        terminal,
        server,
    ):
        terminal.type("do it").press("enter")
        terminal.wait_for(lambda _: (calc / "once").exists(), timeout_s=START_S)
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.wait_exit()
        env = environment(tmp_path, server.environment(), {"CODEX_PY_MODEL": "openai/scripted"})
        done = run("exec", "resume", "--last", "go on", cwd=calc, env=env)
        assert done.stdout == "I know.\n"
        assert "When codex-py was killed, this ran: shell" in done.stderr
        assert "not known" in json.dumps(server.requests[-1].body)
    assert not (calc / "twice").exists()
