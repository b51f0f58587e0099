from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import pytest
from textual.events import Key

from codex_core.protocol import (
    CodexError,
    Completed,
    ItemCompleted,
    Paused,
    QueueChanged,
    QueuedPrompt,
    SessionBusy,
    SessionUnclear,
    TurnEnded,
    TurnEndItem,
)
from codex_tui.options import Picker
from codex_tui.screens.main import MainScreen
from codex_tui.screens.sessions import SessionsScreen
from tests.support.scripted_session import NOON, ScriptedSession, answer, user
from tests.support.shelf import ROWS, SAID, FakeShelf
from tests.tui import scenes
from tests.tui.stage import NARROW, Player, Stage


class Sessions:
    """The one that is open at first, and those that are opened later, in order."""

    def __init__(self, stage: Stage) -> None:
        self.first = stage.session
        self.later = ScriptedSession(stored=[user("what was said there"), answer("and answered", "t9")])
        self.later.state = type(self.later.state)(
            **{name: getattr(self.later.state, name) for name in self.later.state.__slots__}
            | {"session_id": "s3", "title": "another one", "workspace": "/home/ada/src/other"}
        )
        self.shelf = FakeShelf(ROWS, said=SAID, open_session=self.later.connect)

    async def open_shelf(self) -> FakeShelf:
        return self.shelf


@contextlib.asynccontextmanager
async def working(stage: Stage) -> AsyncGenerator[tuple[Player, Sessions]]:
    sessions = Sessions(stage)
    async with stage.play(stage.app(picker=Picker(open_shelf=sessions.open_shelf))) as player:
        yield player, sessions


async def submit(player: Player, text: str) -> None:
    await player.type(text)
    await player.press("enter")


async def until_there(player: Player, sessions: Sessions) -> None:
    await player.until_shown("and answered")
    assert sessions.first.closed
    assert not sessions.later.closed


async def test_resume_shows_the_picker_and_goes_on_with_what_is_chosen(stage: Stage) -> None:
    async with working(stage) as (player, sessions):
        scenes.work(sessions.first)
        sessions.first.become("idle")
        await player.until_shown("flaky clock test")
        await submit(player, "/resume")
        await player.until_shown("Resume a session")
        assert not sessions.first.closed
        await player.press("down", "down", "enter")
        await until_there(player, sessions)
        await player.until_shown("another one")
        assert "flaky clock test" not in player.text
        assert ("connect", "s3") in sessions.shelf.done
        await submit(player, "go on there")
        await sessions.later.wait_for_op()
        assert not [op for op in sessions.first.ops if "go on there" in str(op)]


async def test_back_from_the_picker_nothing_has_changed(stage: Stage) -> None:
    async with working(stage) as (player, sessions):
        await submit(player, "/resume")
        await player.until_shown("Resume a session")
        await player.press("escape")
        await player.until(lambda: not isinstance(player.app.screen, SessionsScreen))
        assert not sessions.first.closed


async def test_resume_with_an_id_goes_there_at_once(stage: Stage) -> None:
    async with working(stage) as (player, sessions):
        await submit(player, "/resume s3")
        await until_there(player, sessions)


async def test_resume_with_words_that_several_have_shows_them(stage: Stage) -> None:
    async with working(stage) as (player, _):
        await submit(player, "/resume wombat")
        await player.until_shown("2 found")
        await player.until_shown("› wombat")


async def test_new_and_clear_begin_anew_where_one_works(stage: Stage) -> None:
    for command in ("/new", "/clear"):
        stage.session = ScriptedSession()
        async with working(stage) as (player, sessions):
            await submit(player, command)
            await until_there(player, sessions)
            assert ("new", "/home/ada/src/tempo", "ses_0123456789ab") in sessions.shelf.done


async def test_a_turn_at_work_is_not_left_but_a_paused_one_is_kept(stage: Stage) -> None:
    async with working(stage) as (player, sessions):
        scenes.work(sessions.first)
        await player.until_shown("flaky clock test")
        await submit(player, "/resume s3")
        await player.until_shown("A turn is at work. Ctrl+C pauses it")
        assert not sessions.first.closed
        sessions.first.become("paused")
        sessions.first.play(Paused())
        await player.until_shown("everything is saved")
        player.app.screen.set_focus(player.main.query_one("#composer"))
        await submit(player, "/resume s3")
        await until_there(player, sessions)


async def test_when_a_turn_is_said_to_be_done_another_session_can_begin(stage: Stage) -> None:
    async with working(stage) as (player, sessions):
        sessions.first.start_turn("go")
        ending = TurnEndItem(id="turn_1", at=NOON, outcome=Completed(), duration_s=3.0)
        sessions.first.play(ItemCompleted(item=ending), ItemCompleted(item=answer("the last word", "t1")))
        await player.until_shown("the last word")
        assert "done · 3" not in player.text
        sessions.first.become("idle")
        sessions.first.play(TurnEnded(turn_id="turn_1", outcome=Completed(), duration_s=3.0))
        await player.until_shown("done · 3")
        await submit(player, "/new")
        await until_there(player, sessions)


@pytest.mark.parametrize("command", ["/new", "/resume s3"])
async def test_another_session_that_is_wished_for_while_the_first_one_is_opened_comes_after_it(
    stage: Stage, command: str
) -> None:
    sessions = Sessions(stage)
    looked = asyncio.Event()

    async def connect() -> ScriptedSession:
        await looked.wait()
        return await sessions.first.connect()

    app = stage.app(connect=connect, picker=Picker(open_shelf=sessions.open_shelf))
    async with app.run_test(size=(120, 40)) as pilot:
        player = Player(stage, app, pilot)
        await submit(player, command)
        looked.set()
        await until_there(player, sessions)


async def test_a_command_that_cannot_be_done_says_why_not(stage: Stage) -> None:
    async with working(stage) as (player, _):
        for command in ("/pause", "/cancel", "/retry"):
            player.app.clear_notifications()
            await submit(player, command)
            await player.until_shown("Nothing is at work.")


async def test_without_a_session_a_command_says_so_and_another_session_can_be_begun(stage: Stage) -> None:
    sessions = Sessions(stage)

    async def connect() -> ScriptedSession:
        raise CodexError("the disk is gone")

    app = stage.app(connect=connect, picker=Picker(open_shelf=sessions.open_shelf))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        player = Player(stage, app, pilot)
        await player.until_shown("the disk is gone")
        for command in ("/mode auto", "/effort low", "/model x", "/compact", "/context", "/rules"):
            player.app.clear_notifications()
            await submit(player, command)
            await player.until_shown("There is no session: Enter")
        await submit(player, "/new")
        await player.until_shown("and answered")


async def test_messages_that_wait_are_not_left_behind(stage: Stage) -> None:
    async with working(stage) as (player, sessions):
        waiting = QueuedPrompt(queued_id="q1", text="and then this", when="queue")
        sessions.first.play(QueueChanged(prompts=(waiting,)))
        await player.until_shown("and then this")
        await submit(player, "/new")
        await player.until_shown("Messages wait to be sent")
        assert not sessions.first.closed


async def test_a_session_that_cannot_be_opened_leaves_the_one_that_is_open(stage: Stage) -> None:
    async with working(stage) as (player, sessions):
        sessions.shelf.problem = CodexError("the folder of session s3 is gone: /nowhere [really]")
        await submit(player, "/resume s3")
        await player.until_shown("the folder of session s3 is gone: /nowhere [really]")
        assert not sessions.first.closed
        sessions.first.say("still here")
        await player.until_shown("still here")


async def test_words_of_the_command_line_that_several_have_are_typed_into_the_picker(stage: Stage) -> None:
    sessions = Sessions(stage)

    async def unclear() -> ScriptedSession:
        raise SessionUnclear("more than one session is called wombat: …", words="wombat")

    app = stage.app(connect=unclear, picker=Picker(open_shelf=sessions.open_shelf))
    async with app.run_test(size=(120, 40)) as pilot:
        player = Player(stage, app, pilot)
        await player.until_shown("2 found")
        await player.press("down", "enter")
        await player.until_shown("and answered")
        assert ("connect", "s6") in sessions.shelf.done


BUSY = SessionBusy("s2 is open in another codex-py (process 4711); …", session_id="s2", pid=4711)


async def test_a_session_that_is_open_elsewhere_is_offered_as_a_copy(stage: Stage) -> None:
    sessions = Sessions(stage)

    async def connect() -> ScriptedSession:
        raise BUSY

    app = stage.app(connect=connect, picker=Picker(open_shelf=sessions.open_shelf))
    async with app.run_test(size=NARROW) as pilot:
        player = Player(stage, app, pilot)
        await player.until_shown("Open in another codex-py: go on with a copy, or choose another")
        await player.until_shown("Ctrl+F  go on with a copy")
        assert "There is no session" not in player.text
        await player.press("ctrl+f")
        await player.until_shown("and answered")
        assert ("fork", "s2") in sessions.shelf.done


async def test_beside_a_session_that_is_open_elsewhere_another_one_can_be_chosen_or_begun(stage: Stage) -> None:
    sessions = Sessions(stage)

    async def connect() -> ScriptedSession:
        raise BUSY

    app = stage.app(connect=connect, picker=Picker(open_shelf=sessions.open_shelf))
    async with app.run_test(size=NARROW) as pilot:
        player = Player(stage, app, pilot)
        await player.until_shown("or choose another")
        await player.press("escape")
        await player.until_shown("and answered")
        assert any(deed[0] == "new" for deed in sessions.shelf.done)


async def test_resume_with_the_id_of_a_session_that_is_open_elsewhere_offers_the_same(stage: Stage) -> None:
    async with working(stage) as (player, sessions):
        sessions.shelf.busy = BUSY
        await submit(player, "/resume s2")
        await player.until_shown("or choose another")
        await player.press("ctrl+f")
        await until_there(player, sessions)
        assert ("fork", "s2") in sessions.shelf.done


async def test_words_that_match_nothing_do_not_claim_that_something_is_opened(stage: Stage) -> None:
    async with working(stage) as (player, _):
        await submit(player, "/resume zzz")
        await player.until_shown("Nothing matches “zzz”")
        assert "Opening it" not in player.text


@pytest.mark.parametrize("is_clear", [True, False])
async def test_what_is_typed_before_it_is_clear_what_was_meant_is_for_what_comes(stage: Stage, is_clear: bool) -> None:
    sessions = Sessions(stage)
    looked = asyncio.Event()

    async def connect() -> ScriptedSession:
        await looked.wait()
        if not is_clear:
            raise SessionUnclear("no session wom; see …", words="wom")
        return await stage.session.connect()

    app = stage.app(connect=connect, picker=Picker(open_shelf=sessions.open_shelf, may_come_first=True))
    async with app.run_test(size=(120, 40)) as pilot:
        player = Player(stage, app, pilot)
        for character in "bat":
            app.post_message(Key(character, character))
        looked.set()
        if is_clear:
            await player.until_shown("› bat")
            assert isinstance(app.screen, MainScreen)
        else:
            await player.until_shown("› wombat")
            await player.until_shown("2 found")


@pytest.mark.parametrize("keys", [("ctrl+c", "ctrl+c"), ("b", "ctrl+q"), ("b", "ctrl+c", "b", "ctrl+c")])
@pytest.mark.parametrize("picker", ["first", "perhaps"])
async def test_the_ways_out_do_not_wait_until_it_is_clear_what_was_meant(
    stage: Stage, keys: tuple[str, ...], picker: str
) -> None:
    async def never() -> FakeShelf:
        await asyncio.Event().wait()
        raise AssertionError

    async def connect() -> ScriptedSession:
        await asyncio.Event().wait()
        raise AssertionError

    shown = Picker(open_shelf=never, comes_first=picker == "first", may_come_first=picker == "perhaps")
    app = stage.app(connect=connect, picker=shown)
    async with app.run_test(size=(120, 40)) as pilot:
        player = Player(stage, app, pilot)
        for key in keys:
            app.post_message(Key(key, key if len(key) == 1 else None))
        await player.until(lambda: not app.is_running)


async def test_ctrl_c_clears_what_was_typed_before_it_is_clear_what_was_meant(stage: Stage) -> None:
    sessions = Sessions(stage)
    looked = asyncio.Event()

    async def connect() -> ScriptedSession:
        await looked.wait()
        raise SessionUnclear("no session wom; see …", words="wom")

    app = stage.app(connect=connect, picker=Picker(open_shelf=sessions.open_shelf, may_come_first=True))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        player = Player(stage, app, pilot)
        for key in ("x", "y", "ctrl+c", "b", "a", "t"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        await player.until_shown("Ctrl+C again quits")
        looked.set()
        await player.until_shown("› wombat")
        await player.until_shown("2 found")
