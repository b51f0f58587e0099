from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio
from syrupy.assertion import SnapshotAssertion

from codex_core.protocol import DescribeChanges, DiffBlock, ItemCompleted
from codex_tui.detail import DetailPane
from codex_tui.diff.section import Diff
from codex_tui.editor import at_line
from tests.support.changed_files import MANY, described
from tests.support.scripted_session import EDIT, call, result
from tests.tui import scenes, scenes_diffs
from tests.tui.pictures import Album
from tests.tui.stage import NARROW, WIDE, Player, Stage


@pytest_asyncio.fixture
async def player(stage: Stage) -> AsyncGenerator[Player]:
    async with stage.play() as player:
        yield player


def asked(player: Player) -> list[DescribeChanges]:
    return [op for op in player.session.ops if isinstance(op, DescribeChanges)]


SIDE_BY_SIDE = ("hunk_gone_to", "against_git")
"""Shown in the form in which old and new are beside each other, too."""


@pytest.mark.parametrize("name", scenes_diffs.SCENES)
async def test_looks(stage: Stage, snapshot: SnapshotAssertion, tmp_path: Path, name: str) -> None:
    album = Album(snapshot, tmp_path)
    async with stage.play(size=WIDE) as player:
        await scenes_diffs.SCENES[name](player)
        for form in ("wide", "narrow", *(("very-wide",) if name in SIDE_BY_SIDE else ())):
            await album.compare(player, form)
    album.close()


async def test_one_key_goes_to_git_and_back_and_each_is_asked_anew(player: Player) -> None:
    await scenes_diffs.of_the_session(player)
    await player.press("g")
    assert asked(player)[-1] == DescribeChanges(since="commit")
    player.session.play(described("commit"))
    await player.until_shown("Changed since commit 1f4e6c0d9b")
    await player.press("g")
    await player.until_shown("Changed in this session")
    assert [op.since for op in asked(player)] == ["session", "commit", "session"]
    await player.press("tab")
    await player.until_shown("Changed since commit")
    await player.press("r")
    assert [op.since for op in asked(player)][-2:] == ["commit", "commit"]


async def test_an_answer_that_is_not_wanted_any_more_is_left_aside(player: Player) -> None:
    await scenes_diffs.of_the_session(player)
    await player.press("g")
    player.session.play(described("session", diff=EDIT))
    await player.settle()
    assert "class Clock:" not in player.text
    assert "Looking at the files" in player.text


async def test_a_refresh_stays_at_the_line_that_is_read(player: Player) -> None:
    await scenes_diffs.of_the_session(player)
    pane = player.app.screen.query_one(DetailPane)
    await player.press("N", "N", "N", "down", "down", "down", "down")
    section, line = pane.at_top()
    assert isinstance(section, Diff)
    assert (section.file.path, line) == ("src/tempo/clock.py", 4)
    await player.press("r")
    more = DiffBlock(files=tuple(file for file in MANY.files if file.path != ".gitignore"))
    player.session.play(described(diff=more))
    await player.until_shown("7 files")
    section, line = pane.at_top()
    assert isinstance(section, Diff)
    assert (section.file.path, line) == ("src/tempo/clock.py", 4)


async def test_more_lines_are_asked_for_around_each_change(player: Player) -> None:
    await scenes_diffs.of_the_session(player)
    await player.press("x", "x")
    assert [op.context_lines for op in asked(player)] == [3, 12, 1_000_000]
    player.session.play(described(context_lines=1_000_000))
    await player.until_shown("whole files")
    await player.press("x")
    assert asked(player)[-1].context_lines == 3


async def test_with_an_open_edit_that_one_is_first_and_the_others_a_key_away(player: Player) -> None:
    await scenes.approval_of_edit(player)
    player.wait(1)
    await player.press("d")
    await player.until_shown("in question")
    assert "class Clock:" in player.text
    assert asked(player) == []
    await player.press("tab")
    assert asked(player) == [DescribeChanges(since="session")]
    await player.press("shift+tab")
    await player.until_shown("class Clock:")
    await player.press("q")
    await player.until(lambda: player.app.screen is player.main)
    assert player.focused == "QuestionPanel"


async def test_every_way_leads_to_the_same_place(player: Player) -> None:
    player.session.become("idle")
    for keys in (("f4",), (*"/changes", "enter"), (*"/diff", "enter")):
        await player.press(*keys)
        await player.until_shown("this session")
        assert player.focused == "diff-pane"
        await player.press("escape")
        await player.until(lambda: player.app.screen is player.main)
    assert [op.since for op in asked(player)] == ["session"] * 3


async def test_where_files_are_not_recorded_the_edits_of_the_tools_are_shown(player: Player) -> None:
    edit = call("edit_file", '{"path": "src/tempo/clock.py"}', "c4", at=player.session.at)
    player.session.play(ItemCompleted(item=edit), ItemCompleted(item=result(edit, display=(EDIT,))))
    await scenes_diffs.opened(player)
    player.session.play(described(diff=DiffBlock(files=()), problem="no checkpoints are taken here"))
    await player.until_shown("class Clock:")
    assert "No checkpoints are taken here. What edits have changed is below" in player.text


async def test_what_was_chosen_for_one_diff_counts_for_the_next(player: Player) -> None:
    await scenes_diffs.of_the_session(player)
    assert "│" not in player.text
    await player.press("s", "escape", "f4")
    player.session.play(described())
    await player.until_shown("*.log")
    assert "│" in player.text


async def test_files_are_walked_by_keys_and_by_the_list(player: Player) -> None:
    await scenes_diffs.of_the_session(player)
    await player.press("N", "N", "N")
    await player.until(lambda: "▌M clock.py" in player.text)
    await player.press("P")
    await player.until(lambda: "▌M run.sh" in player.text)
    await player.press("f", "end")
    await player.until(lambda: "▌A tempo" in player.text)
    assert "new link" in player.text
    await player.press("escape")
    assert player.focused == "diff-pane"
    await player.pilot.click("FileList", offset=(5, 3))
    await player.until(lambda: "▌M clock.png" in player.text)


async def test_in_the_narrow_form_the_list_takes_the_place_of_the_diff(stage: Stage) -> None:
    async with stage.play(size=NARROW) as player:
        await scenes_diffs.list_of_files(player)
        assert "new file" not in player.text
        await player.press("up", "enter")
        await player.until_shown("M tests/test_clock.py")
        await player.press("escape")
        await player.until(lambda: player.app.screen is player.main)


async def test_a_hunk_is_copied_as_a_patch(player: Player) -> None:
    await scenes_diffs.hunk_gone_to(player)
    await player.press("c")
    await player.until_shown("in the clipboard, as a patch")
    assert player.app.clipboard.startswith("diff --git a/src/tempo/clock.py b/src/tempo/clock.py\n--- a/src/tempo")
    assert player.app.clipboard.count("\n@@ ") == 1


async def test_without_an_editor_or_without_the_file_it_says_so(
    player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    await scenes_diffs.hunk_gone_to(player)
    await player.press("ctrl+g")
    await player.until_shown("Neither VISUAL nor EDITOR names an editor")
    monkeypatch.setenv("EDITOR", "vi")
    await player.press("o")
    await player.until_shown("is not there any more")


def test_editors_are_told_the_line_in_their_own_way() -> None:
    path = Path("/a/b.py")
    assert at_line(["/usr/bin/nvim", "-p"], path, 7) == ["/usr/bin/nvim", "-p", "+7", "/a/b.py"]
    assert at_line(["code", "--wait"], path, 7) == ["code", "--wait", "-g", "/a/b.py:7"]
    assert at_line(["hx"], path, 7) == ["hx", "/a/b.py:7"]
    assert at_line(["my-editor"], path, 7) == ["my-editor", "/a/b.py"]


@pytest.mark.parametrize("size", [(20, 5), (40, 10), (300, 80)])
async def test_no_size_breaks_it(stage: Stage, size: tuple[int, int]) -> None:
    async with stage.play(size=size) as player:
        player.session.become("idle")
        await player.press("f4")
        await player.op(DescribeChanges)
        player.session.play(described())
        await player.settle()
        await player.press("n", "s", "f", "down", "enter", "N", "s", "pagedown", "end", "p", "escape")
        assert player.app.is_running


async def test_the_tab_and_the_page_tell_of_the_same_changes(stage: Stage) -> None:
    async with stage.play(size=NARROW) as player:
        edit = call("edit_file", '{"path": "src/tempo/clock.py"}', "c1", at=player.session.at)
        player.session.play(ItemCompleted(item=edit), ItemCompleted(item=result(edit, display=(EDIT,))))
        await player.until_shown("F4 changes +5 −2")
        await player.press("f4")
        player.session.play(described(diff=DiffBlock(files=())))  # somebody has put the file back
        await player.until_shown("All files are as they were before this session")
        await player.press("escape")
        await player.until(lambda: "F4 changes" in player.text and "+5 −2" not in player.text.splitlines()[1])
        again = call("edit_file", '{"path": "src/tempo/clock.py"}', "c2", at=player.session.at)
        player.session.play(ItemCompleted(item=again), ItemCompleted(item=result(again, display=(EDIT,))))
        await player.until_shown("F4 changes +5 −2")
