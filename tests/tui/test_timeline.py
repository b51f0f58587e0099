from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from codex_core.protocol import (
    ApprovalItem,
    CommandBlock,
    Item,
    ItemCompleted,
    Paused,
    PauseItem,
    PauseRequested,
    Resumed,
    RetryScheduled,
    StepItem,
    StepStarted,
)
from codex_tui.timeline import Timeline
from codex_tui.transcript import Transcript
from tests.support.scripted_session import EDIT, ScriptedSession, answer, approval, call, result, user
from tests.tui import scenes
from tests.tui.stage import NARROW, WIDE, Player, Stage


@pytest.fixture
async def player(stage: Stage) -> AsyncGenerator[Player]:
    async with stage.play() as player:
        yield player


def right(player: Player) -> str:
    """The right half of the wide screen."""
    return "\n".join(line[66:] for line in player.text.splitlines())


def left(player: Player) -> str:
    return "\n".join(line[:66] for line in player.text.splitlines())


def long_session(count: int) -> list[Item]:
    items: list[Item] = []
    for number in range(count):
        read = call("read_file", json.dumps({"path": f"part{number}.py"}), f"c{number}")
        items += [
            user(f"question {number}"),
            StepItem(id=f"step{number}", at=read.at, model="openai/gpt-5", duration_s=1.0),
            read,
            result(read, output="…"),
            answer("\n\n".join([f"answer {number}", *["text"] * 30]), f"h{number}"),
        ]
    return items


async def test_steps_of_earlier_pages_are_in_the_timeline_too(stage: Stage) -> None:
    items = long_session(150)
    stage.session = ScriptedSession(stored=items[-200:], earlier=items[:-200])
    async with stage.play() as player:
        await player.press("f3", "home")
        await player.until_shown("300 steps")
        await player.until(lambda: "read  part0.py" in right(player))


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_enter_goes_to_the_step_in_the_conversation(stage: Stage, size: tuple[int, int]) -> None:
    stage.session = ScriptedSession(stored=long_session(30))
    async with stage.play(size=size) as player:
        await player.press("f3", "slash")
        await player.type("part7.py")
        await player.press("enter", "up", "enter")
        await player.until(lambda: "read part7.py" in left(player) and "answer 7" in left(player))


async def test_a_model_call_leads_to_what_it_said(stage: Stage) -> None:
    stage.session = ScriptedSession(stored=long_session(30))
    async with stage.play() as player:
        await player.press("f3", "f", "f", "f", "f", "home", "down", "down", "enter")
        await player.until(lambda: "read part2.py" in left(player) and "answer 2" in left(player))


async def test_every_side_of_a_call_is_one_key_away(player: Player) -> None:
    scenes.work(player.session)
    secret = json.dumps({"path": "a.py", "api_key": "hunter2hunter2", "text": "x" * 50_000})
    edit = call("edit_file", secret, "c4", at=player.session.at)
    player.session.play(ItemCompleted(item=edit), ItemCompleted(item=result(edit, display=(EDIT,), output="well done")))
    await player.until(lambda: "class Clock" in right(player))
    await player.press("f3", "o")
    await player.until(lambda: "well done" in right(player))
    await player.press("a")
    await player.until(lambda: '"path": "a.py"' in right(player))
    await player.press("r")
    await player.until(lambda: '"api_key": "[masked]"' in right(player))
    assert "hunter2" not in right(player)
    await player.press("d")
    await player.until(lambda: "class Clock" in right(player))


async def test_the_side_that_was_chosen_stays_for_the_next_step(player: Player) -> None:
    scenes.work(player.session)
    await player.until(lambda: "1 failed" in right(player))
    await player.press("f3", "a", "up")
    await player.until(lambda: '"pattern"' in right(player))


async def test_pauses_and_retries_are_steps_with_their_time(player: Player) -> None:
    player.session.start_turn("go")
    player.session.play(RetryScheduled(attempt=2, delay_s=5.0, error="503 overloaded"), passing_s=1)
    await player.until(lambda: "↻ retry attempt 2 · 503" in right(player))
    player.session.play(StepStarted(step_id="step_2", model="openai/gpt-5"), passing_s=5)
    await player.until(lambda: "5.0s" in right(player))
    player.session.play(PauseRequested(waiting_for="the model"), Paused(), passing_s=1)
    await player.until(lambda: "‖ pause" in right(player))
    player.session.play(Resumed(how="continue"), passing_s=63)
    await player.until(lambda: "1m03" in right(player))


async def test_the_tab_and_the_header_count_the_same_steps(stage: Stage) -> None:
    async with stage.play(size=NARROW) as player:
        scenes.work(player.session)
        player.session.play(RetryScheduled(attempt=2, delay_s=5.0, error="503 overloaded"), passing_s=1)
        await player.press("f3")
        await player.until_shown("F3 timeline 6")
        assert "6 steps" in player.text
        assert "all 6" in player.text


async def test_steps_are_in_the_order_of_their_times(stage: Stage) -> None:
    read, edit = call("read_file", '{"path": "a.py"}', "c1"), call("edit_file", '{"path": "b.py"}', "c2", at=2000.0)
    asked = ApprovalItem(
        id="a1", at=2001.0, duration_s=30.0, call_id="c2", tool="edit_file", summary="Edit b.py", why="", answer="yes"
    )
    paused = PauseItem(id="p1", at=2010.0, duration_s=60.0, how="continue")
    stage.session = ScriptedSession(stored=[replace(read, at=1000.0), edit, asked, paused])
    async with stage.play() as player:
        await player.until(lambda: "pause" in right(player))
        lines = [line for line in right(player).splitlines() if ":" in line[:8]]
        assert [line.split()[2] for line in lines] == ["read", "edit", "pause", "asked"]
        assert sorted(lines) == lines


async def test_badges_say_what_is_out_of_the_ordinary_and_who_let_it_run(player: Player) -> None:
    shell = call("shell", '{"command": "curl x"}', "c1", at=player.session.at)
    ran = CommandBlock(command="curl x", output="", exit_code=0, sandbox="workspace-write, network on")
    edit = call("edit_file", '{"path": "a.py"}', "c2", at=player.session.at)
    player.session.start_turn("go")
    player.session.play(ItemCompleted(item=shell), ItemCompleted(item=result(shell, display=(ran,))))
    player.session.play(ItemCompleted(item=edit))
    player.session.ask(approval("c2", "Edit a.py"))
    await player.until(lambda: "curl x" in right(player) and " net " in right(player))
    await player.until(lambda: "asked 1" in right(player))
    assert any("? edit" in line and "14s" in line for line in right(player).splitlines())


async def test_hostile_words_in_the_filter_are_only_words(player: Player) -> None:
    scenes.work(player.session)
    await player.press("f3", "slash")
    await player.type("[.*")
    await player.until_shown("0 of")
    assert player.main.query_one(Timeline).has_focus


@pytest.fixture
async def three_reads(stage: Stage) -> AsyncGenerator[Player]:
    """The second of them failed."""
    calls = [call("read_file", json.dumps({"path": f"part{number}.py"}), f"c{number}") for number in range(3)]
    results = [
        result(read, output=f"the text of part{number}", status="error" if number == 1 else "ok")
        for number, read in enumerate(calls)
    ]
    items = [item for pair in zip(calls, results, strict=True) for item in pair]
    stage.session = ScriptedSession(stored=[user("go"), *items])
    async with stage.play() as player:
        await player.until(lambda: "the text of part2" in right(player))
        yield player


async def test_the_detail_is_of_a_step_that_the_filter_shows(three_reads: Player) -> None:
    player = three_reads
    await player.press("f3", "f", "f")
    await player.until(lambda: "the text of part1" in right(player))
    assert "part2.py" not in right(player)
    await player.press("escape")
    await player.until(lambda: "the text of part2" in right(player))


async def test_where_the_filter_shows_nothing_the_detail_says_so(three_reads: Player) -> None:
    player = three_reads
    await player.press("f3", "slash")
    await player.type("nowhere")
    await player.until(lambda: "The filter hides every step." in right(player))
    assert "the text of" not in right(player)
    await player.press("escape")
    await player.until(lambda: "the text of part2" in right(player))


async def test_a_step_that_is_pointed_at_in_the_conversation_is_shown_whatever_is_filtered(three_reads: Player) -> None:
    player = three_reads
    await player.press("f3", "f", "f")
    await player.until(lambda: "the text of part1" in right(player))
    player.main.query_one(Transcript).focus()
    await player.press("k", "enter")
    await player.until(lambda: "the text of part2" in right(player))
    assert all(f"part{number}.py" in right(player) for number in range(3))


async def test_a_step_that_comes_and_is_filtered_out_leaves_the_detail_alone(three_reads: Player) -> None:
    player = three_reads
    await player.press("f3", "f", "f")
    await player.until(lambda: "the text of part1" in right(player))
    more = call("read_file", '{"path": "part3.py"}', "c3")
    player.session.play(ItemCompleted(item=more), ItemCompleted(item=result(more, output="the text of part3")))
    await player.until(lambda: "part3.py" in left(player) and "4 steps" in right(player))
    assert "the text of part1" in right(player)
    failed = call("read_file", '{"path": "part4.py"}', "c4")
    player.session.play(
        ItemCompleted(item=failed), ItemCompleted(item=result(failed, output="the text of part4", status="error"))
    )
    await player.until(lambda: "the text of part4" in right(player))


async def test_what_was_refused_is_told_in_words_and_not_as_json(player: Player) -> None:
    edit = call("edit_file", '{"path": "setup.cfg", "old_text": "a = 1\\nb = 2", "count": 3}', "c1")
    player.session.play(ItemCompleted(item=edit))
    player.session.play(ItemCompleted(item=result(edit, status="denied", output="Denied: nothing is written here.")))
    await player.until(lambda: "Denied: nothing is written here." in right(player))
    shown = [line.strip() for line in right(player).splitlines()]
    assert [line for line in shown if line.startswith(("path", "old_text", "b = 2", "count"))] == [
        "path      setup.cfg",
        "old_text  a = 1",
        "b = 2",
        "count     3",
    ]
    assert not any("{" in line for line in shown)
    await player.press("f3", "a")
    await player.until(lambda: '"path": "setup.cfg"' in right(player))
