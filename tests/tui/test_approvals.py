"""Every way to answer an approval, by keys."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
import pytest_asyncio

from codex_core.protocol import (
    MODES,
    AnswerApproval,
    AnswerInput,
    ApprovalAnswer,
    ApprovalResolved,
    Approve,
    ApproveAlways,
    ApproveEditedCommand,
    ApproveEditedFiles,
    ApproveHunks,
    ApproveWidening,
    ChangeSettings,
    CommandRule,
    Deny,
    EditRule,
    FileText,
    FullAccessAnswer,
    FullAccessQuestion,
    InputResolved,
    ListRules,
    Op,
    Pause,
    PlanAccepted,
    PlanRefused,
    RemoveRule,
    RulesListed,
    TextBlock,
)
from codex_tui.composer import Composer
from codex_tui.panels.command_area import CommandArea
from codex_tui.panels.panel import ALONE_S, QuestionPanel
from tests.support import approvals
from tests.support.scripted_session import NOON
from tests.tui import scenes
from tests.tui.stage import NARROW, WIDE, Player, Stage


@pytest_asyncio.fixture
async def player(stage: Stage) -> AsyncGenerator[Player]:
    async with stage.play() as player:
        yield player


async def answer(player: Player, request_id: str = "approval_1") -> ApprovalAnswer:
    """The one answer that has come."""
    await player.until(lambda: any(isinstance(op, AnswerApproval) for op in player.session.ops))
    (op,) = [op for op in player.session.ops if isinstance(op, AnswerApproval)]
    assert op.request_id == request_id
    return op.answer


async def ops(player: Player, count: int) -> list[Op]:
    await player.until(lambda: len(player.session.ops) >= count)
    return player.session.ops


# What it says.


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_command_is_shown_with_its_parts_where_it_runs_how_confined_and_why(
    stage: Stage, size: tuple[int, int]
) -> None:
    async with stage.play(size=size) as player:
        await scenes.approval_of_command(player)
        for said in (
            "Run pip install freezegun && pytest -q",
            "why       pip install is not known to be harmless",
            "decided   in ask mode what is not known to be harmless is asked",
            "commands  pip install freezegun",
            "where     /home/ada/src/tempo",
            "confined  writes in the workspace only · network off",
        ):
            await player.until_shown(said)


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_danger_is_said_in_words_and_offers_no_always(stage: Stage, size: tuple[int, int]) -> None:
    async with stage.play(size=size) as player:
        await scenes.danger(player)
        await player.until_shown("danger    it can destroy what cannot be brought back")
        assert "always" not in player.text
        await player.press("a")
        assert player.session.ops == []


async def test_what_nothing_confines_is_said(player: Player) -> None:
    open_one = replace(approvals.CONFINED, mode="danger-full-access")
    await scenes.ask(player, replace(approvals.COMMAND, confinement=open_one))
    await player.until_shown("by nothing: it can read, change and send all that you can")


@pytest.mark.parametrize("size", [WIDE, NARROW, (80, 20)])
async def test_keys_stay_in_sight_and_the_end_of_a_long_command_in_reach(stage: Stage, size: tuple[int, int]) -> None:
    line = " && ".join(f"echo {number:03} {'x' * 40}" for number in range(60)) + " && the-end"
    commands = tuple(("echo", f"{number:03}", "x" * 40) for number in range(60))
    long = replace(
        approvals.COMMAND,
        summary=f"Run {line}",
        why="because " * 60,
        commands=commands,
        display=(TextBlock(text=line, language="bash"),),
    )
    async with stage.play(size=size) as player:
        await scenes.ask(player, long)
        await player.until_shown(" y  once")
        await player.press("d")
        await player.until_shown("PgUp PgDn  scroll")
        await player.press("end")
        await player.until_shown("the-end")


@pytest.mark.parametrize("size", [NARROW, (80, 20)])
async def test_keys_stay_in_sight_after_a_denial_of_much(stage: Stage, size: tuple[int, int]) -> None:
    assert approvals.RETRY.retry is not None
    retry = replace(approvals.RETRY.retry, output="/a/very/long/path" * 40)
    async with stage.play(size=size) as player:
        await scenes.ask(player, replace(approvals.RETRY, summary="Run " + "/a/long/name" * 30, retry=retry))
        await player.until_shown(" y  this once")
        await player.until_shown("no sandbox at all")


async def test_a_hostile_command_cannot_draw_on_the_screen(player: Player) -> None:
    hostile = replace(approvals.COMMAND, why="[bold]\x1b[2J\u202e", commands=(("x", "[/]\x07"), ("y", "\u200b")))
    await scenes.ask(player, hostile)
    await player.until_shown("[bold]⟨^[⟩[2J⟨U+202E⟩")
    await player.until_shown("'[/]⟨^G⟩'")
    await player.press("?")
    await player.until_shown("How it was judged")
    assert not any(character in player.text for character in "\x1b\x07\u202e\u200b")


# Yes, once.


async def test_the_status_line_says_what_keys_do_where_the_keyboard_is(player: Player) -> None:
    await scenes.approval_of_command(player)
    await player.until_shown("Ctrl+C pause   Tab write")
    assert "say something while it waits" in player.text
    await player.press("tab")
    await player.until_shown("Enter steer")
    assert "Alt+A to answer" in player.text
    await player.press("alt+a")
    await player.until_shown("Tab write")
    player.wait(1)
    await player.press("n")
    await player.until_shown("Ctrl+C back")
    await player.press("ctrl+c")
    await player.until_shown("Ctrl+C pause")


async def test_a_key_answers_once_however_often_it_is_pressed(player: Player) -> None:
    await scenes.approval_of_command(player)
    await player.press("y")
    assert await answer(player) == Approve()
    await player.press("y", "n")
    assert await answer(player) == Approve()


async def test_a_word_that_begins_with_a_key_is_for_the_composer(player: Player) -> None:
    await scenes.approval_of_command(player)
    await player.type("also add a test")
    assert player.main.query_one(Composer).text == "also add a test"
    assert not player.main.query_one(QuestionPanel).has_open_page
    assert player.session.ops == []


# Always.


@pytest.mark.parametrize(("keys", "scope"), [([], "session"), (["right"], "project"), (["left"], "user")])
async def test_always_says_what_it_would_cover_and_for_how_long(player: Player, keys: list[str], scope: str) -> None:
    await scenes.approval_of_command(player)
    await player.press("a")
    await player.until(lambda: player.focused == "ScopePicker")
    await player.until_shown("covers   pip install freezegun && pytest -q")
    await player.until_shown("not      pip install freezegun > FILE")
    await player.press(*keys, "enter")
    assert await answer(player) == ApproveAlways(patterns=(approvals.EXACT,), scope=scope)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("keys", [["down"], ["2"]])
async def test_a_wider_offer_is_chosen_by_arrows_or_number(player: Player, keys: list[str]) -> None:
    await scenes.approval_of_command(player)
    await player.press("a")
    await player.until(lambda: player.focused == "ScopePicker")
    await player.press(*keys)
    await player.until_shown("pip … in any other form")
    await player.press("enter")
    assert await answer(player) == ApproveAlways(patterns=(approvals.PREFIX,), scope="session")


async def retype(player: Player, keys: list[str], text: str) -> None:
    await player.press("a")
    await player.until(lambda: player.focused == "ScopePicker")
    await player.press(*keys, "e")
    await player.until(lambda: player.focused == "scope-words")
    await player.press("ctrl+u")
    await player.type(text)
    await player.press("enter")


async def test_the_words_of_a_prefix_are_edited_before_they_count(player: Player) -> None:
    await scenes.approval_of_command(player)
    await retype(player, ["2"], "pip install freezegun")
    await player.until_shown("› 2  commands that begin with pip install freezegun")
    await player.press("enter")
    rule = CommandRule(prefix=("pip", "install", "freezegun"))
    assert await answer(player) == ApproveAlways(patterns=(rule,), scope="session")


@pytest.mark.parametrize(
    ("text", "problem"),
    [("npm install", "none of these commands begins with npm install"), ("pip 'x", "a quotation mark is missing")],
)
async def test_words_that_would_not_cover_what_is_asked_are_refused_at_once(
    player: Player, text: str, problem: str
) -> None:
    await scenes.approval_of_command(player)
    await retype(player, ["2"], text)
    await player.until_shown(problem)
    await player.press("escape")
    assert player.focused == "ScopePicker"
    await player.until_shown("› 2  commands that begin with pip install")
    assert player.session.ops == []


async def test_the_globs_of_an_edit_are_edited_together(player: Player) -> None:
    await scenes.approval_of_hunks(player)
    await retype(player, [], "src/** ; *.md")
    await player.until_shown("edits of src/** and edits of *.md")
    await player.press("enter")
    patterns = (EditRule(glob="src/**"), EditRule(glob="*.md"))
    assert await answer(player) == ApproveAlways(patterns=patterns, scope="session")


async def test_a_scope_that_an_offer_has_not_is_not_chosen(player: Player) -> None:
    await scenes.approval_of_hunks(player)
    await player.press("a")
    await player.until(lambda: player.focused == "ScopePicker")
    await player.press("left", "down")
    await player.until(lambda: "all projects" not in player.text)
    await player.press("enter")
    assert await answer(player) == ApproveAlways(patterns=(EditRule(glob="**"),), scope="project")


async def test_escape_goes_back_from_the_scopes_then_pauses(player: Player) -> None:
    await scenes.approval_of_command(player)
    await player.press("a")
    await player.until(lambda: player.focused == "ScopePicker")
    await player.press("escape")
    await player.until(lambda: player.focused == "QuestionPanel")
    await player.until_shown("y  once")
    assert player.session.ops == []
    await player.press("escape")
    assert await ops(player, 1) == [Pause()]


# Edited.


async def test_a_command_is_edited_and_sent(player: Player) -> None:
    await scenes.editing_a_command(player)
    await player.press("enter")
    assert await answer(player) == ApproveEditedCommand(line=f"{approvals.LINE} --maxfail 1")


async def test_a_command_that_was_being_edited_is_kept_when_one_looks_back(player: Player) -> None:
    await scenes.editing_a_command(player)
    await player.press("escape")
    await player.until_shown("y  once")
    await player.press("e")
    await player.until(lambda: player.focused == "CommandArea")
    assert player.main.query_one(CommandArea).text == f"{approvals.LINE} --maxfail 1"


async def test_a_command_is_edited_over_several_lines(player: Player) -> None:
    await scenes.approval_of_command(player)
    await player.press("e")
    await player.until(lambda: player.focused == "CommandArea")
    await player.press("ctrl+j")
    await player.type("true")
    await player.press("enter")
    assert await answer(player) == ApproveEditedCommand(line=f"{approvals.LINE}\ntrue")


async def test_only_the_files_that_were_edited_are_sent(player: Player) -> None:
    await scenes.editing_files(player)
    await player.press("ctrl+s")
    file = FileText(path="src/tempo/clock.py", text="# frozen" + approvals.CLOCK_TEXT)
    assert await answer(player) == ApproveEditedFiles(files=(file,))


async def test_each_file_of_an_edit_can_be_edited(player: Player) -> None:
    await scenes.editing_files(player)
    await player.press("ctrl+n")
    await player.until_shown("README.md   file 2 of 2")
    await player.type("!")
    await player.press("ctrl+s")
    edited = await answer(player)
    assert isinstance(edited, ApproveEditedFiles)
    assert {file.path: file.text[:8] for file in edited.files} == {
        "src/tempo/clock.py": "# frozen",
        "README.md": "!# tempo",
    }


async def test_what_was_edited_is_kept_when_one_looks_back(player: Player) -> None:
    await scenes.editing_files(player)
    await player.press("escape")
    await player.until(lambda: player.app.screen is player.main)
    assert player.session.ops == []
    await player.press("e")
    await player.until_shown("# frozenimport time")


# By hunk.


@pytest.mark.parametrize("key", ["h", "d"])
async def test_hunks_are_taken_and_left_by_keys(player: Player, key: str) -> None:
    await scenes.approval_of_hunks(player)
    await player.press(key)
    await player.until_shown("3 of 3 hunks will be written")
    await player.press("n", "y", "space")
    await player.until_shown("1 of 3 hunks will be written")
    await player.press("enter")
    assert await answer(player) == ApproveHunks(accepted=("0.1",))


async def test_all_and_none_of_the_hunks_are_one_key(player: Player) -> None:
    await scenes.approval_of_hunks(player)
    await player.press("h")
    await player.until_shown("3 of 3 hunks")
    await player.press("N")
    await player.until_shown("no to all of it")
    await player.press("A", "down", "down", "n", "up", "enter")
    assert await answer(player) == ApproveHunks(accepted=("0.0", "0.1"))


async def test_leaving_the_hunks_answers_nothing(player: Player) -> None:
    await scenes.picking_hunks(player)
    await player.press("escape")
    await player.until(lambda: player.app.screen is player.main)
    assert player.focused == "QuestionPanel"
    assert player.session.ops == []


async def test_hunks_of_a_question_that_has_gone_meanwhile_answer_nothing_and_that_is_said(player: Player) -> None:
    await scenes.picking_hunks(player)
    player.session.play(ApprovalResolved(request_id="approval_1", call_id="c4", answer=None))
    await player.until(lambda: not player.main.query(QuestionPanel))
    await player.press("enter")
    await player.until_shown("The question has gone meanwhile")
    assert player.session.ops == []


# No, and why.


async def test_no_with_words(player: Player) -> None:
    await scenes.approval_of_command(player)
    await player.press("n")
    await player.type("use uv")
    await player.press("enter")
    assert await answer(player) == Deny(words="use uv")


async def test_explaining_shows_the_rules_and_answers_nothing(player: Player) -> None:
    await scenes.explained(player)
    await player.press("y", "escape")
    await player.until(lambda: player.app.screen is player.main)
    assert player.session.ops == [ListRules()]


async def test_the_short_name_of_a_built_in_rule_explains_nothing_and_is_not_shown(player: Player) -> None:
    await scenes.ask(player, replace(approvals.COMMAND, rule="rm:wide"))
    await player.press("?")
    await player.until_shown("How it was judged")
    assert "rm:wide" not in player.text
    assert "decided by" not in player.text


# Several.


async def test_three_are_answered_one_after_the_other_and_no_key_answers_two(player: Player) -> None:
    await scenes.queue_of_approvals(player)
    await player.until_shown("1 of 3")
    await player.until_shown("asked by  sub-agent docs › linter")
    await player.press("y")
    assert await answer(player, "approval_2") == Approve()
    player.session.play(ApprovalResolved(request_id="approval_2", call_id="q2", answer=Approve()))
    await player.until_shown("2 of 3")
    await scenes.has_keyboard(player)
    await player.press("y", "y")
    assert len(player.session.ops) == 1
    player.wait(1)
    await scenes.has_keyboard(player)
    player.wait(1)
    await player.press("n", "enter")
    player.session.play(ApprovalResolved(request_id="approval_3", call_id="q3", answer=Deny()))
    await player.until_shown("3 of 3")
    await player.until_shown("Run rm -rf ~/src")
    assert [op.request_id for op in player.session.ops if isinstance(op, AnswerApproval)] == [
        "approval_2",
        "approval_3",
    ]


# After a denial.


async def test_the_smallest_widening_is_one_key(player: Player) -> None:
    await scenes.retry(player)
    await player.until_shown("The sandbox refused: write to /home/ada/.cache/pip")
    await player.until_shown("[Errno 13] Permission denied")
    await player.press("y")
    assert await answer(player) == ApproveWidening(widening=approvals.CACHE, scope="once")


async def test_a_wider_one_is_pointed_at_first(player: Player) -> None:
    await scenes.retry(player)
    await player.until_shown("no sandbox at all: it could read, change and send all that you can")
    await player.press("2")
    assert player.session.ops == []
    await player.press("y")
    assert await answer(player) == ApproveWidening(widening=approvals.UNCONFINED, scope="once")


@pytest.mark.parametrize(("keys", "scope"), [([], "session"), (["right"], "project")])
async def test_a_widening_is_remembered_only_where_that_is_offered(player: Player, keys: list[str], scope: str) -> None:
    await scenes.retry(player)
    await player.press("a")
    await player.until(lambda: player.focused == "ScopePicker")
    assert "no sandbox at all" not in player.text
    await player.press(*keys, "enter")
    assert await answer(player) == ApproveWidening(widening=approvals.CACHE, scope=scope)  # pyright: ignore[reportArgumentType]


async def test_a_denial_is_told_to_the_model(player: Player) -> None:
    await scenes.retry(player)
    await player.press("n")
    await player.type("use a venv")
    await player.press("enter")
    assert await answer(player) == Deny(words="use a venv")


# Rules.


async def test_a_rule_is_found_and_removed_by_the_key_pressed_twice(player: Player) -> None:
    await scenes.rules(player)
    await player.type("docs")
    await player.until(lambda: "git push" not in player.text)
    await player.press("delete")
    await player.until_shown("remove it? Del again")
    assert player.session.ops == [ListRules()]
    await player.press("delete")
    assert await ops(player, 2) == [ListRules(), RemoveRule(rule_id="r2")]
    player.session.play(RulesListed(rules=approvals.rules(NOON)[:1]))
    await player.until_shown("nothing matches")


async def test_escape_keeps_a_rule_then_goes_back(player: Player) -> None:
    await scenes.rules(player)
    await player.press("delete", "escape")
    await player.until(lambda: "remove it?" not in player.text)
    await player.press("escape")
    await player.until(lambda: player.app.screen is player.main)
    assert player.session.ops == [ListRules()]


async def test_rules_that_cannot_be_read_are_said(player: Player) -> None:
    await scenes.rules(player)
    player.session.play(RulesListed(rules=(), problem="rules.toml: line 3 is no rule"))
    await player.until_shown("! rules.toml: line 3 is no rule")


# Plans and modes.


@pytest.mark.parametrize(("key", "mode"), [("y", "ask"), ("a", "auto")])
async def test_a_plan_is_shown_and_accepted(player: Player, key: str, mode: str) -> None:
    await scenes.plan(player)
    await player.until_shown("1. Clock takes a source callable")
    await player.press(key)
    accepted = PlanAccepted(mode=mode)  # pyright: ignore[reportArgumentType]
    assert await ops(player, 1) == [AnswerInput(request_id="input_1", answer=accepted)]


async def test_a_plan_is_edited_and_accepted(player: Player) -> None:
    await scenes.plan(player)
    await player.press("e")
    await player.until_shown("as the model wrote it")
    await player.type("# Mine ")
    await player.press("ctrl+s")
    accepted = PlanAccepted(plan="# Mine " + scenes.PLAN)
    assert await ops(player, 1) == [AnswerInput(request_id="input_1", answer=accepted)]


async def test_a_plan_is_refused_with_words(player: Player) -> None:
    await scenes.plan(player)
    await player.press("n")
    await player.type("smaller steps")
    await player.press("enter")
    assert await ops(player, 1) == [AnswerInput(request_id="input_1", answer=PlanRefused(words="smaller steps"))]


async def test_full_access_is_confirmed_twice_and_no_key_confirms_both(player: Player) -> None:
    await player.type("/mode full")
    await player.press("enter")
    sandbox_mode, approval_policy = MODES["full"]
    wish = ChangeSettings(sandbox_mode=sandbox_mode, approval_policy=approval_policy)
    assert await ops(player, 1) == [wish]
    player.session.inquire(FullAccessQuestion(number="first"))
    player.wait(1)
    await scenes.has_keyboard(player)
    player.wait(1)
    await player.press("y")
    confirmed = FullAccessAnswer(confirmed=True)
    assert (await ops(player, 2))[1:] == [AnswerInput(request_id="input_1", answer=confirmed)]
    player.session.play(InputResolved(request_id="input_1", answer=confirmed))
    player.session.inquire(FullAccessQuestion(number="second"), "input_2")
    await player.until_shown("asked 2 of 2")
    await player.press("y")
    await player.pilot.pause(2 * ALONE_S)
    assert len(player.session.ops) == 2


async def test_words_for_the_model_outlive_another_form_of_the_screen(player: Player) -> None:
    await scenes.denying_with_words(player)
    await player.resize(*NARROW)
    await player.until_shown("class Clock:")
    await player.until_shown("use freezegun")
    await player.resize(*WIDE)
    await player.until_shown("TIMELINE")
    await player.type(", please")
    await player.press("enter")
    assert await answer(player) == Deny(words="use freezegun, please")


async def test_a_scope_that_is_being_chosen_outlives_another_form_of_the_screen(player: Player) -> None:
    await scenes.scope_of_an_edit(player)
    await player.press("down")
    await player.resize(*NARROW)
    await player.until_shown("F3 timeline")
    assert "› 2  all edits inside the workspace" in player.text
    assert "zone = 'UTC'" not in player.text
    await player.press("escape")
    await player.until_shown("zone = 'UTC'")


async def test_a_plan_shows_as_many_lines_as_there_is_room_for_in_each_form(player: Player) -> None:
    await scenes.plan(player)
    await player.until_shown("both keep the default.")
    await player.resize(*NARROW)
    await player.until_shown(" keep the default.")
    await player.until_shown("Freeze the clock")


async def test_the_current_hunk_stays_in_sight_when_the_terminal_becomes_smaller(player: Player) -> None:
    await scenes.picking_hunks(player)
    await player.resize(80, 14)
    await player.until_shown("▌ ✓ write it   hunk 3 of 3")
