from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence

import pytest

from codex_core.protocol import CodexError
from codex_tui.screens.sessions import SessionsScreen
from codex_tui.sessions.listing import SessionList
from codex_tui.shelf import SessionRow
from tests.support.shelf import ROWS, FakeShelf, row
from tests.tui.scenes_sessions import listed, picker_app
from tests.tui.stage import NARROW, WIDE, Player, Stage


@contextlib.asynccontextmanager
async def browsing(
    stage: Stage, rows: Sequence[SessionRow] = ROWS, *, size: tuple[int, int] = WIDE, forks: bool = False
) -> AsyncGenerator[tuple[Player, FakeShelf]]:
    """The picker, opened before there is a session."""
    app, shelf = picker_app(stage, rows, forks=forks)
    async with app.run_test(size=size, notifications=True) as pilot:
        player = Player(stage, app, pilot)
        await player.until(lambda: isinstance(app.screen, SessionsScreen))
        if rows:
            await listed(player)
        yield player, shelf


def titles(player: Player) -> list[str]:
    """The first words of what is listed."""
    lines = player.text.splitlines()
    top = next(number for number, line in enumerate(lines) if "TITLE" in line)
    words = [line[4:24].strip() for line in lines[top + 1 : -1]]
    return [word for word in words if word and not word.startswith(("you:", "codex:"))]


async def test_enter_opens_the_chosen_one_and_what_was_deleted_is_gone_then(stage: Stage) -> None:
    async with browsing(stage) as (player, shelf):
        await player.press("down", "down", "enter")
        await player.until_shown("sandbox A")
        await player.until(lambda: ("tidy",) in shelf.done)
        assert ("connect", "s3") in shelf.done


async def test_escape_begins_a_new_session(stage: Stage) -> None:
    async with browsing(stage) as (player, shelf):
        await player.press("escape")
        await player.until_shown("sandbox A")
        assert not [deed for deed in shelf.done if deed[0] == "connect"]


async def test_to_branch_off_opens_a_copy(stage: Stage) -> None:
    async with browsing(stage, forks=True) as (player, shelf):
        await player.until_shown("Branch off a session")
        await player.press("enter")
        await player.until_shown("sandbox A")
        assert ("fork", "s1") in shelf.done


async def test_what_another_process_has_is_not_opened_but_a_copy_of_it_is(stage: Stage) -> None:
    async with browsing(stage) as (player, shelf):
        await player.press("down", "enter")
        await player.until_shown("Process 4711 has this session open.")
        await player.press("ctrl+f")
        await player.until_shown("sandbox A")
        assert ("fork", "s2") in shelf.done
        assert ("connect", "s2") not in shelf.done


async def test_typing_searches_all_folders_and_shows_where_the_words_were_said(stage: Stage) -> None:
    async with browsing(stage) as (player, _):
        assert "bisect" not in player.text
        await player.type("wombat")
        await player.until_shown("2 found")
        await player.until_shown("you: it only fails while the wombat is awake")
        assert titles(player) == ["fix the flaky clock", "bisect the crash on"]
        await player.press("tab")
        await player.until_shown("1 found")
        await player.press("escape")
        await player.until_shown("6 sessions")


async def test_of_a_word_that_grows_only_the_last_answer_is_shown_and_earlier_searches_end(stage: Stage) -> None:
    async with browsing(stage) as (player, shelf):
        shelf.hold = asyncio.Event()
        await player.type("wom")
        await player.until_shown("searching…")
        await asyncio.sleep(0.2)
        await player.type("bat")
        await player.until(lambda: shelf.cancelled == 1)
        shelf.hold.set()
        await player.until_shown("2 found")
        assert [deed for deed in shelf.done if deed[0] == "search"] == [("search", "wombat")]


async def test_filters_by_folder_time_and_archive(stage: Stage) -> None:
    async with browsing(stage) as (player, _):
        for key, count in (
            ("tab", "7 sessions"),
            ("ctrl+o", "8 sessions"),
            ("ctrl+t", "3 sessions"),
            ("ctrl+t", "5 sessions"),
            ("ctrl+t", "7 sessions"),
            ("ctrl+t", "8 sessions"),
            ("tab", "7 sessions"),
        ):
            await player.press(key)
            await player.until_shown(count)


async def test_delete_stays_in_sight_and_u_takes_it_back(stage: Stage) -> None:
    async with browsing(stage) as (player, shelf):
        await player.press("down", "down", "delete", "delete")
        await player.until(lambda: shelf.deleted == {"s3", "s4"})
        assert titles(player)[2:4] == ["why does the build t", "[bold]日本語 and a titl"]
        await player.press("u")
        await player.until(lambda: shelf.deleted == {"s3"})
        await player.press("u")
        await player.until(lambda: not shelf.deleted)
        await player.until(lambda: "✗" not in player.text)
        await player.press("u")
        await player.until_shown("› u")


async def test_what_is_open_elsewhere_is_not_deleted_and_is_seen_to_be_archived(stage: Stage) -> None:
    async with browsing(stage) as (player, shelf):
        await player.press("down", "delete")
        await player.until_shown("Process 4711 has this session open")
        assert not shelf.deleted
        await player.press("ctrl+a")
        await player.until(
            lambda: any("add retries" in line and "archived" in line for line in player.text.splitlines())
        )


async def test_a_fork_is_told_from_its_origin(stage: Stage) -> None:
    rows = [row("r1", "the same title"), row("r2", "the same title", ago_s=120.0, is_fork=True)]
    async with browsing(stage, rows) as (player, _):
        assert player.text.count("the same title · fork") == 1


async def test_each_press_deletes_the_one_that_is_chosen_then_however_slow_the_disk_is(stage: Stage) -> None:
    rows = [row(f"r{number}", f"session {number}", ago_s=60.0 * number) for number in range(8)]
    async with browsing(stage, rows) as (player, shelf):
        shelf.hold_deeds = asyncio.Event()
        await player.press(*["delete"] * 6)
        await player.until(lambda: player.text.count("✗") == 6)
        shelf.hold_deeds.set()
        await player.until(lambda: shelf.deleted == {f"r{number}" for number in range(6)})
        await player.press(*"uuuuuu")
        await player.until(lambda: not shelf.deleted)
        assert "✗" not in player.text
        undone = [deed[1] for deed in shelf.done if deed[0] == "undelete"]
        assert undone == ["r5", "r4", "r3", "r2", "r1", "r0"]


async def test_what_was_deleted_right_before_leaving_is_deleted(stage: Stage) -> None:
    async with browsing(stage) as (player, shelf):
        shelf.hold_deeds = asyncio.Event()
        await player.press("delete", "down", "delete", "escape")
        assert isinstance(player.app.screen, SessionsScreen)
        shelf.hold_deeds.set()
        await player.until_shown("sandbox A")
        assert shelf.deleted == {"s1", "s3"}


async def test_what_cannot_be_deleted_is_not_struck_out_and_the_reason_is_told(stage: Stage) -> None:
    async with browsing(stage) as (player, shelf):
        shelf.problem = CodexError("process 4711 has it open")
        await player.press("delete")
        await player.until_shown("process 4711 has it open")
        assert "✗" not in player.text
        shelf.problem = None
        await player.press("u")
        await player.until_shown("› u")


async def test_after_other_letters_u_is_a_letter(stage: Stage) -> None:
    async with browsing(stage) as (player, shelf):
        await player.press("delete")
        await player.until(lambda: shelf.deleted == {"s1"})
        await player.type("build ru")
        await player.until_shown("› build ru")
        assert shelf.deleted == {"s1"}


async def test_a_deleted_one_is_not_opened_and_comes_back_with_the_same_key(stage: Stage) -> None:
    async with browsing(stage) as (player, shelf):
        await player.press("delete", "up", "enter")
        await player.until_shown("It is deleted.")
        await player.until_shown(" Del  bring it back")
        await player.press("delete")
        await player.until(lambda: not shelf.deleted)
        await player.press("enter")
        await player.until_shown("sandbox A")


async def test_delete_in_the_middle_of_words_deletes_a_letter(stage: Stage) -> None:
    async with browsing(stage) as (player, shelf):
        await player.type("wombat")
        await player.press("home", "delete")
        await player.until_shown("› ombat")
        assert not shelf.deleted


async def test_a_title_is_changed_in_its_place(stage: Stage) -> None:
    async with browsing(stage) as (player, shelf):
        await player.press("down", "ctrl+r")
        await player.type(", please")
        await player.press("enter")
        await player.until(lambda: ("rename", "s2", "add retries to the uploader, please") in shelf.done)
        await player.until(lambda: "gives it" not in player.text)
        await player.press("ctrl+r")
        await player.type("never mind")
        await player.press("escape")
        assert len([deed for deed in shelf.done if deed[0] == "rename"]) == 1
        await player.until(lambda: player.focused == "sessions-words")


async def test_archived_ones_are_marked_and_come_back(stage: Stage) -> None:
    async with browsing(stage) as (player, shelf):
        await player.press("ctrl+end", "ctrl+a")
        await player.until_shown("Archived. Ctrl+A puts it back")
        await player.until_shown(" Ctrl+A  put it back")
        await player.press("ctrl+a")
        await player.until(lambda: shelf.done[-1] == ("unarchive", "s8"))


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_of_many_only_those_in_sight_are_read(stage: Stage, size: tuple[int, int]) -> None:
    rows = [row(f"s{number:05}", f"session {number:05}", ago_s=60.0 + number) for number in range(5_000)]
    async with browsing(stage, rows, size=size) as (player, shelf):
        await player.until_shown("5,000 sessions")
        assert sum(shelf.asked) < 200
        await player.press("ctrl+end")
        await player.until_shown("session 04999")
        await player.press(*["pageup"] * 3)
        await player.until(lambda: " …" not in player.text)
        assert sum(shelf.asked) < 500


async def test_a_click_chooses_and_a_second_one_opens(stage: Stage) -> None:
    async with browsing(stage) as (player, shelf):
        await player.pilot.click(SessionList, offset=(8, 3))
        await player.until_shown("paused, and waits")
        await player.pilot.click(SessionList, offset=(8, 3))
        await player.until_shown("sandbox A")
        assert ("connect", "s3") in shelf.done


async def test_a_click_on_a_filter_does_what_its_key_does(stage: Stage) -> None:
    async with browsing(stage) as (player, _):
        await player.pilot.click("#filter-folder")
        await player.until_shown("7 sessions")


async def test_what_cannot_be_read_is_said(stage: Stage) -> None:
    app, shelf = picker_app(stage)
    shelf.problem = OSError("sessions.db is locked [by 4711]\x1b[2J")
    async with app.run_test(size=WIDE) as pilot:
        player = Player(stage, app, pilot)
        await player.until_shown("The sessions cannot be read: sessions.db is locked [by 4711]")


async def test_no_stored_sessions_is_said(stage: Stage) -> None:
    async with browsing(stage, ()) as (player, _):
        await player.until_shown("No sessions in this folder.")
        await player.press("tab")
        await player.until_shown("No sessions yet.")
        await player.press("enter", "delete", "ctrl+r", "ctrl+a", "down", "u")
        await player.until_shown("Nothing matches “u”.")
        await player.press("ctrl+c")
        await player.until_shown("sandbox A")
