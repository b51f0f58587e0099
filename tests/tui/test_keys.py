from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from textual.events import Paste

from codex_core.protocol import (
    AnswerApproval,
    AnswerInput,
    Approve,
    CancelCurrent,
    ChangeSettings,
    DemoAnswer,
    DemoQuestion,
    Deny,
    DescribeChanges,
    DiffBlock,
    EditQueued,
    ModelFailedAnswer,
    ModelFailedQuestion,
    Op,
    Pause,
    Paused,
    PauseRequested,
    Question,
    QuestionAnswer,
    QueueChanged,
    QueuedPrompt,
    Redirect,
    RemoveQueued,
    Resume,
    Resumed,
    Stop,
    SubmitPrompt,
    TextBlock,
    TextPart,
    TrustAnswer,
    TrustQuestion,
)
from codex_tui.commands import COMMANDS, shown_key
from codex_tui.composer import Composer
from codex_tui.panels.panel import QuestionPanel
from codex_tui.screens.help import HelpText
from codex_tui.transcript import Transcript
from tests.support.changed_files import described
from tests.support.scripted_session import approval, call
from tests.tui import scenes
from tests.tui.stage import NARROW, WIDE, Player, Stage

AUTO = ChangeSettings(sandbox_mode="workspace-write", approval_policy="on-request")
YES = AnswerApproval(request_id="approval_1", answer=Approve())


@pytest_asyncio.fixture
async def player(stage: Stage) -> AsyncGenerator[Player]:
    async with stage.play() as player:
        yield player


def prompt(text: str, when: str = "now") -> SubmitPrompt:
    return SubmitPrompt(parts=(TextPart(text=text),), when=when)  # pyright: ignore[reportArgumentType]


def panel(player: Player) -> QuestionPanel:
    return player.main.query_one(QuestionPanel)


def composer(player: Player) -> Composer:
    return player.main.query_one(Composer)


async def running(player: Player) -> None:
    player.session.start_turn("go")
    await player.until_shown("waiting for the model")


async def asked(player: Player) -> None:
    await scenes.approval_of_edit(player)
    player.wait(1)


async def ops(player: Player, count: int) -> list[Op]:
    await player.until(lambda: len(player.session.ops) >= count)
    return player.session.ops


# The composer.


async def test_enter_sends_and_the_composer_is_empty_again(player: Player) -> None:
    await player.type("fix it")
    await player.press("enter")
    assert await ops(player, 1) == [prompt("fix it")]
    assert composer(player).text == ""


async def test_enter_on_white_space_sends_nothing(player: Player) -> None:
    await player.press("space", "enter")
    assert player.session.ops == []


@pytest.mark.parametrize("key", ["shift+enter", "ctrl+j", "alt+enter"])
async def test_new_line_keys_make_a_new_line(player: Player, key: str) -> None:
    await player.type("a")
    await player.press(key)
    await player.type("b")
    assert composer(player).text == "a\nb"


async def test_it_grows_to_eight_lines_and_no_further(player: Player) -> None:
    for _ in range(12):
        await player.press("ctrl+j")
    assert composer(player).size.height == 8


async def test_enter_steers_and_tab_queues_while_the_agent_works(player: Player) -> None:
    await running(player)
    await player.type("this way")
    await player.press("enter")
    await player.type("then that")
    await player.press("tab")
    assert await ops(player, 2) == [prompt("this way", "steer"), prompt("then that", "queue")]


async def test_up_and_down_go_through_what_was_sent_and_back_to_the_draft(player: Player) -> None:
    for text in ("one", "two"):
        await player.type(text)
        await player.press("enter")
    await player.type("draft")
    await player.press("up", "up")
    assert composer(player).text == "one"
    await player.press("down", "down")
    assert composer(player).text == "draft"


PASTED = (
    "\treturn 'tab'\n👨\u200d👩\u200d👧 ❤\ufe0f \u200fשלום\u202e "
    "x\x1b[2J\x07\x85\u2028\x0b\U00100000\x7f z" + "\u0301" * 9
)


async def paste(player: Player, text: str) -> None:
    player.app.post_message(Paste(text))
    await player.until(lambda: not composer(player).is_empty)


async def test_what_is_pasted_is_what_is_sent(player: Player) -> None:
    await paste(player, PASTED)
    await player.press("enter")
    assert await ops(player, 1) == [prompt(PASTED)]
    await player.press("up")
    assert composer(player).text == PASTED


async def test_what_is_pasted_cannot_steer_the_terminal(player: Player) -> None:
    await paste(player, PASTED)
    await player.until_shown("return 'tab'")
    await player.until_shown("x␛[2J␇")
    steering = "\x1b\x07\x85\u2028\x0b\x7f\u202e\u200d\ufe0f\U00100000"
    assert not any(character in player.text for character in steering)
    assert player.text.count("\u0301") == 3


async def test_line_ends_of_other_systems_are_line_feeds(player: Player) -> None:
    await paste(player, "a\r\nb\rc")
    assert composer(player).text == "a\nb\nc"


async def test_what_is_cut_and_put_back_is_the_same(player: Player) -> None:
    await paste(player, PASTED)
    await player.press("f7", "ctrl+x")
    assert composer(player).text == ""
    assert player.app.clipboard == PASTED
    await player.press("ctrl+v")
    assert composer(player).text == PASTED


async def test_a_paste_that_is_too_long_is_said(player: Player) -> None:
    await paste(player, "x" * 1_000_001)
    await player.until_shown("1,000,001 characters were pasted")
    assert len(composer(player).text) == 1_000_000


async def test_waiting_prompts_can_be_edited_and_removed(player: Player) -> None:
    await scenes.queue(player)
    await player.press("up")
    assert player.focused == "queue"
    await player.press("enter")
    assert composer(player).text == "then update the changelog\nand bump the version"
    await player.type("!")
    await player.press("enter")
    await player.press("up", "up", "delete")
    assert await ops(player, 2) == [
        EditQueued(queued_id="q2", text="then update the changelog\nand bump the version!"),
        RemoveQueued(queued_id="q1"),
    ]


async def test_escape_gives_up_editing_a_waiting_prompt(player: Player) -> None:
    await scenes.queue(player)
    await player.press("up", "enter", "escape")
    assert composer(player).text == ""
    await player.type("x")
    await player.press("enter")
    assert await ops(player, 1) == [prompt("x", "steer")]


async def test_it_is_shown_that_a_waiting_prompt_is_being_edited(player: Player) -> None:
    await scenes.queue(player)
    await player.press("up", "enter")
    await player.until_shown("Enter put it back   Esc leave it as it was")
    await player.until_shown("being changed below")
    await player.press("escape")
    await player.until_shown("Enter steer")
    assert "being changed below" not in player.text


async def test_a_prompt_that_is_said_while_it_is_edited_is_edited_no_more(player: Player) -> None:
    await scenes.queue(player)
    await player.press("up", "enter")
    player.session.play(QueueChanged(prompts=()))
    await player.until_shown("Enter steer")
    assert composer(player).text == "then update the changelog\nand bump the version"
    await player.press("enter")
    assert await ops(player, 1) == [prompt("then update the changelog\nand bump the version", "steer")]


async def test_queuing_does_not_move_the_conversation(player: Player) -> None:
    player.session.start_turn("go")
    player.session.say("\n\n".join(f"line {number}" for number in range(99)))
    await player.until_shown("line 98")
    await player.press("pageup")
    await player.until(lambda: "line 98" not in player.text)
    await player.type("later")
    await player.press("tab")
    await ops(player, 1)
    assert "line 98" not in player.text


async def test_a_letter_typed_into_the_conversation_is_for_the_composer(player: Player) -> None:
    await scenes.done(player)
    player.main.query_one(Transcript).focus()
    await player.press("h", "i")
    assert composer(player).text == "hi"


# Ctrl+C and Esc.


async def test_ctrl_c_pauses_then_ends_the_running_tool(player: Player) -> None:
    await running(player)
    await player.press("ctrl+c")
    assert isinstance(await player.op(Pause), Pause)
    player.session.play(PauseRequested(waiting_for="shell make"))
    player.session.become("pausing")
    await player.until_shown("pausing after shell make")
    await player.press("ctrl+c")
    assert isinstance(await player.op(CancelCurrent), CancelCurrent)


async def test_a_second_ctrl_c_that_comes_before_the_first_is_answered_counts(player: Player) -> None:
    await running(player)
    await player.press("ctrl+c", "ctrl+c")
    await player.op(CancelCurrent)
    player.session.play(PauseRequested(waiting_for="shell make"))
    player.session.become("pausing")
    await player.until_shown("pausing after shell make")
    await player.press("ctrl+c")
    assert [type(op) for op in player.session.ops] == [Pause, CancelCurrent]


async def test_idle_ctrl_c_clears_the_composer(player: Player) -> None:
    await player.type("never mind")
    await player.press("ctrl+c")
    assert composer(player).text == ""
    assert player.app.is_running


async def test_two_ctrl_c_within_two_seconds_quit(player: Player) -> None:
    await player.press("ctrl+c")
    player.wait(1.9)
    await player.press("ctrl+c")
    await player.until(lambda: not player.app.is_running)


async def test_two_ctrl_c_with_more_time_between_do_not_quit(player: Player) -> None:
    await player.press("ctrl+c")
    player.wait(2.1)
    await player.press("ctrl+c")
    assert player.app.is_running


async def test_typing_in_between_disarms_quitting(player: Player) -> None:
    await player.press("ctrl+c")
    await player.type("x")
    await player.press("ctrl+c")
    assert player.app.is_running
    assert composer(player).text == ""


async def test_ctrl_c_copies_selected_text(player: Player) -> None:
    await running(player)
    await player.type("copy me")
    await player.press("shift+home", "ctrl+c")
    assert player.app.clipboard == "copy me"
    assert player.session.ops == []


async def test_ctrl_c_closes_an_open_picker(player: Player) -> None:
    await running(player)
    await player.press("ctrl+p")
    await player.until_shown("Copy the last answer")
    await player.press("ctrl+c")
    await player.until(lambda: player.app.screen is player.main)
    assert player.session.ops == []


async def test_escape_pauses_a_running_turn_and_does_nothing_when_idle(player: Player) -> None:
    await player.press("escape")
    assert player.session.ops == []
    await running(player)
    await player.press("escape")
    assert isinstance(await player.op(Pause), Pause)


async def test_ctrl_c_keeps_an_open_approval_and_pauses(player: Player) -> None:
    await asked(player)
    await player.press("ctrl+c")
    assert await ops(player, 1) == [Pause()]
    assert panel(player).view.title == "Edit src/tempo/clock.py"


async def test_ctrl_q_quits_and_the_session_is_closed(player: Player) -> None:
    await player.press("ctrl+q")
    await player.until(lambda: not player.app.is_running)
    await player.app.leave()
    assert player.session.closed


async def test_a_standing_notice_does_not_hide_the_key_that_pauses(stage: Stage) -> None:
    async with stage.play(size=NARROW) as player:
        player.session.start_turn("go")
        notice = "no model configured: this is the offline demo, played with real tools; /model"
        player.session.become("running", notice=notice)
        await player.until(lambda: "…" in player.text.splitlines()[-1])
        assert "no model" in player.text.splitlines()[-1]
        assert " real tools; /model " in player.text.splitlines()[-1], "what to do about it can be read"
        assert player.text.splitlines()[-1].endswith("Ctrl+C pause")


# Approvals.


@pytest.mark.parametrize("key", ["y", "Y"])
async def test_a_letter_answers(player: Player, key: str) -> None:
    await asked(player)
    await player.press(key)
    assert await ops(player, 1) == [YES]


async def test_no_asks_for_words_and_sends_them(player: Player) -> None:
    await scenes.denying_with_words(player)
    await player.press("enter")
    assert await ops(player, 1) == [AnswerApproval(request_id="approval_1", answer=Deny(words="use freezegun"))]


async def test_words_that_are_pasted_become_one_harmless_line(player: Player) -> None:
    await asked(player)
    await player.press("n")
    player.app.post_message(Paste("use\r\nfreezegun\x1b[2J\n"))
    await player.until_shown("use freezegun")
    await player.press("enter")
    assert await ops(player, 1) == [AnswerApproval(request_id="approval_1", answer=Deny(words="use freezegun"))]


async def test_no_needs_no_words(player: Player) -> None:
    await asked(player)
    await player.press("n", "enter")
    assert await ops(player, 1) == [AnswerApproval(request_id="approval_1", answer=Deny(words=""))]


async def test_escape_closes_the_words_first_then_pauses(player: Player) -> None:
    await asked(player)
    await player.press("n", "y", "escape")
    assert player.session.ops == []
    assert player.focused == "QuestionPanel"
    await player.press("escape")
    assert await ops(player, 1) == [Pause()]


async def test_a_key_on_its_way_when_the_question_appeared_does_not_answer(player: Player) -> None:
    await scenes.approval_of_edit(player)
    player.wait(0.29)
    await player.press("y")
    assert player.session.ops == []
    player.wait(0.02)
    await player.press("y")
    assert len(await ops(player, 1)) == 1


async def test_letters_go_to_the_composer_while_it_holds_text(player: Player) -> None:
    await player.type("dra")
    await scenes.approval_of_edit_begun(player)
    player.wait(5)
    await player.press("y")
    assert composer(player).text == "dray"
    assert player.session.ops == []
    await player.press("alt+a")
    player.wait(1)
    await player.press("y")
    assert len(await ops(player, 1)) == 1


async def test_it_takes_the_keyboard_once_the_user_has_rested(player: Player) -> None:
    await player.press("x", "backspace")
    await scenes.approval_of_edit_begun(player)
    assert player.focused == "composer"
    player.wait(1)
    await player.until(lambda: player.focused == "QuestionPanel")


async def test_under_a_sheet_it_takes_no_keyboard_but_once_that_is_gone(player: Player) -> None:
    await player.press("x", "backspace")
    await scenes.approval_of_edit_begun(player)
    await player.press("f1")
    player.wait(1)
    questions = player.main._back.crew.questions  # pyright: ignore[reportPrivateUsage]
    questions.offer()  # as when the user has rested
    await player.settle()
    assert isinstance(player.main.focused, Composer)
    await player.press("escape")
    await scenes.has_keyboard(player)


async def test_it_takes_the_keyboard_once_what_was_being_typed_is_sent(player: Player) -> None:
    await player.type("also run lint")
    await scenes.approval_of_edit_begun(player)
    await player.press("enter")
    assert await ops(player, 1) == [prompt("also run lint", "steer")]
    assert player.focused == "composer"
    player.wait(1)
    await scenes.has_keyboard(player)
    await player.press("y")
    player.wait(0.4)
    await player.press("y")
    assert await ops(player, 2) == [prompt("also run lint", "steer"), YES]


async def test_it_takes_the_keyboard_once_what_was_being_typed_is_deleted(player: Player) -> None:
    await player.type("x")
    await scenes.approval_of_edit_begun(player)
    await player.press("backspace")
    player.wait(1)
    await scenes.has_keyboard(player)


async def test_it_has_the_keyboard_again_after_a_look_at_the_timeline(stage: Stage) -> None:
    async with stage.play(size=NARROW) as player:
        await asked(player)
        await player.press("f3")
        assert player.focused == "timeline"
        await player.press("f2")
        await scenes.has_keyboard(player)
        player.wait(0.4)
        await player.press("y")
        assert await ops(player, 1) == [YES]


async def test_who_leaves_it_for_the_composer_is_left_alone_there(player: Player) -> None:
    await asked(player)
    composer(player).focus()
    await player.until(lambda: player.focused == "composer")
    player.wait(60)
    await player.press("y")
    assert composer(player).text == "y"
    assert player.session.ops == []


async def test_it_shows_its_choices_also_while_it_has_not_the_keyboard(player: Player) -> None:
    await player.type("draft")
    await scenes.approval_of_edit_begun(player)
    await player.until_shown("Alt+A to answer")
    await player.until_shown("y  once")
    await player.until_shown("no, because")
    await player.until_shown("full diff")


async def test_a_question_that_came_behind_something_else_appears_when_that_closes(player: Player) -> None:
    await player.press("f1")
    await player.until_shown("Keys and commands")
    player.session.ask(approval("c1", "Edit README.md"))
    await player.until(lambda: bool(player.main.query(QuestionPanel)) and panel(player).is_mounted)
    player.wait(5)
    await player.press("escape")
    await player.until(lambda: player.app.screen is player.main)
    await scenes.has_keyboard(player)
    await player.press("y")
    player.wait(0.4)
    await player.press("y")
    assert await ops(player, 1) == [YES]


async def test_a_scope_that_is_not_offered_cannot_be_chosen(player: Player) -> None:
    await scenes.danger(player)
    player.wait(1)
    await player.press("a")
    assert player.session.ops == []


async def test_the_full_diff_opens_and_closes(player: Player) -> None:
    await scenes.full_diff(player)
    await player.press("escape")
    await player.until(lambda: player.app.screen is player.main)
    assert player.focused == "QuestionPanel"
    assert player.session.ops == []


async def test_in_the_narrow_form_the_diff_is_inside_the_question(stage: Stage) -> None:
    async with stage.play(size=NARROW) as player:
        await asked(player)
        await player.until_shown("class Clock:")
        await player.press("y")
        assert len(await ops(player, 1)) == 1


async def test_in_the_narrow_form_the_question_says_what_why_and_how_in_one_column(stage: Stage) -> None:
    async with stage.play(size=NARROW) as player:
        await scenes.approval_of_edit(player)
        panel_lines = [line.partition("▌")[2] for line in player.text.splitlines() if line.startswith(" ▌")]
        assert panel_lines[0].startswith(" ? Edit src/tempo/clock.py")
        assert panel_lines[1].startswith("   why  every edit is asked in this mode")
        assert panel_lines[2].startswith("    10   class Clock:")
        assert any(line.startswith("    y  once") for line in panel_lines)


async def test_in_the_narrow_form_a_command_that_the_title_says_is_not_said_again(stage: Stage) -> None:
    async with stage.play(size=NARROW) as player:
        await scenes.approval_of_command(player)
        # In the conversation, in the title, as a part.
        await player.until(lambda: player.text.count("pip install freezegun") == 3)


async def test_in_the_narrow_form_a_script_is_shown_whole(stage: Stage) -> None:
    async with stage.play(size=NARROW) as player:
        lines = (TextBlock(text="cd src\nmake lint", language="bash"),)
        player.session.ask(approval("c5", "Run cd src …", kind="exec", display=lines))
        await scenes.has_keyboard(player)
        await player.until_shown("make lint")


async def test_the_narrow_timeline_has_the_lines_that_its_detail_does_not_need(stage: Stage) -> None:
    async with stage.play(size=NARROW) as player:
        await scenes.timeline_tab(player)
        await player.until(lambda: player.text.count("12:01:0") == 7)
        await player.until_shown("a1b2c3 tempo: first clock")


async def test_the_narrow_timeline_does_not_repeat_what_the_question_shows(stage: Stage) -> None:
    async with stage.play(size=NARROW) as player:
        await asked(player)
        await player.press("f3")
        await player.until(lambda: player.text.count("12:01:0") >= 5)
        assert player.text.count("class Clock:") == 1
        await player.press("up")
        await player.until_shown("model openai/gpt-5")


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_f1_says_what_the_words_in_the_header_mean(stage: Stage, size: tuple[int, int]) -> None:
    async with stage.play(size=size) as player:
        await player.press("f1", "end")
        await player.until(lambda: "In the header" in player.text)
        text = " ".join(player.text.replace("│", " ").split())
        assert "what the agent runs is confined" in text
        assert "`" not in text


# Other questions.


@pytest.mark.parametrize(("key", "trusted"), [("y", True), ("n", False)])
async def test_trust_is_one_key(player: Player, key: str, trusted: bool) -> None:
    await scenes.trust(player)
    await player.until_shown("AGENTS.md (1.2 kB)")
    player.wait(1)
    await player.press(key)
    assert await ops(player, 1) == [AnswerInput(request_id="input_1", answer=TrustAnswer(trusted=trusted))]


@pytest.mark.parametrize(("key", "choice"), [("r", "retry"), ("s", "stop")])
async def test_a_failed_model_call_is_retried_or_stopped(player: Player, key: str, choice: str) -> None:
    await scenes.model_failed(player)
    player.wait(1)
    await player.press(key)
    answer = ModelFailedAnswer(choice=choice)  # pyright: ignore[reportArgumentType]
    assert await ops(player, 1) == [AnswerInput(request_id="input_1", answer=answer)]


async def test_the_demo_is_taken_or_left(player: Player) -> None:
    player.session.inquire(DemoQuestion(folder="/tmp/demo"))
    await scenes.has_keyboard(player)
    player.wait(1)
    await player.press("n")
    assert await ops(player, 1) == [AnswerInput(request_id="input_1", answer=DemoAnswer(accepted=False))]


@pytest.mark.parametrize("keys", [["2"], ["down", "enter"]])
async def test_an_option_is_chosen_by_number_or_arrows(player: Player, keys: list[str]) -> None:
    await scenes.question(player)
    player.wait(1)
    await player.press(*keys)
    answer = QuestionAnswer(text="time.time, as before")
    assert await ops(player, 1) == [AnswerInput(request_id="input_1", answer=answer)]


async def test_an_option_list_takes_other_words_too(player: Player) -> None:
    await scenes.question(player)
    player.wait(1)
    await player.press("4")
    await player.type("neither")
    await player.press("enter")
    assert await ops(player, 1) == [AnswerInput(request_id="input_1", answer=QuestionAnswer(text="neither"))]


async def test_a_question_without_options_opens_its_line_at_once(player: Player) -> None:
    player.session.inquire(Question(text="Which port?"))
    await player.until(lambda: player.focused == "panel-words")
    await player.type("8080")
    await player.press("enter")
    assert await ops(player, 1) == [AnswerInput(request_id="input_1", answer=QuestionAnswer(text="8080"))]


# The pause.


@pytest.mark.parametrize(("key", "op"), [("c", Resume()), ("s", Stop())])
async def test_a_pause_is_ended_by_one_key(player: Player, key: str, op: Op) -> None:
    await scenes.paused(player)
    player.wait(1)
    await player.press(key)
    assert await ops(player, 1) == [op]


async def test_redirecting_asks_for_words(player: Player) -> None:
    await scenes.paused(player)
    player.wait(1)
    await player.press("r")
    await player.type("use tox")
    await player.press("enter")
    assert await ops(player, 1) == [Redirect(text="use tox")]


async def test_what_is_typed_into_the_composer_while_paused_redirects(player: Player) -> None:
    await scenes.paused(player)
    await player.press("tab")
    await player.type("x")
    await player.press("enter")
    assert await ops(player, 1) == [Redirect(text="x")]


async def test_after_a_pause_the_question_before_it_is_back(player: Player) -> None:
    await asked(player)
    player.session.become("paused")
    player.session.play(Paused())
    await player.until_shown("Paused")
    player.session.play(Resumed(how="continue"))
    player.session.become("running")
    await player.until(lambda: panel(player).view.id == "approval_1")


# Commands.


async def test_shift_tab_goes_through_the_modes(player: Player) -> None:
    await player.press("shift+tab")
    assert await ops(player, 1) == [ChangeSettings(sandbox_mode="workspace-write", approval_policy="on-request")]


async def test_a_slash_command_with_an_argument(player: Player) -> None:
    await player.type("/mode plan")
    await player.press("enter")
    await player.type("/model openai/gpt-5-mini")
    await player.press("enter")
    assert await ops(player, 2) == [
        ChangeSettings(sandbox_mode="read-only", approval_policy="on-request"),
        ChangeSettings(model="openai/gpt-5-mini"),
    ]


async def test_the_popup_completes_with_tab_and_runs_with_enter(player: Player) -> None:
    await player.type("/mo")
    await player.until_shown("/model NAME")
    await player.press("down", "tab")
    assert composer(player).text == "/model "
    await player.press("ctrl+c")
    await player.type("/hel")
    await player.press("enter")
    await player.until_shown("Keys and commands")
    assert player.session.ops == []


async def test_enter_on_the_beginning_of_a_command_that_takes_something_completes_it(player: Player) -> None:
    await player.type("/mod")
    await player.until_shown("plan, ask, auto or full")
    await player.press("enter")
    assert composer(player).text == "/mode "
    await player.type("auto")
    await player.press("enter")
    assert await ops(player, 1) == [AUTO]


@pytest.mark.parametrize("width", [60, 80, 200])
async def test_the_popup_keeps_what_a_command_takes_apart_from_what_it_does(stage: Stage, width: int) -> None:
    async with stage.play(size=(width, 24)) as player:
        longest = max(COMMANDS, key=lambda command: len(command.usage))
        for command in (longest, next(command for command in COMMANDS if command.slash == "mode")):
            await player.type(f"/{command.slash}")
            await player.until_shown(f"{command.usage}  ")
            await player.until_shown(f"  {command.help[:20]}")
            await player.press("escape", "ctrl+c")


@pytest.mark.parametrize("width", [40, 80, 120])
async def test_f1_says_every_key_and_command_whole(stage: Stage, width: int) -> None:
    async with stage.play(size=(width, 40)) as player:
        await player.press("f1")
        await player.until_shown("Keys and commands")
        text = str(player.app.screen.query_one(HelpText).render())
        words = set(text.split())
        for command in COMMANDS:
            assert set(command.usage.split()) <= words
            assert not command.keys or shown_key(command.keys[0]) in words


async def test_the_mode_is_chosen_from_a_list_that_says_what_each_means(player: Player) -> None:
    await player.type("/mode")
    await player.press("enter")
    await player.until_shown("changes nothing, proposes a plan")
    await player.press("down", "enter")
    assert await ops(player, 1) == [AUTO]


@pytest.mark.parametrize("key", ["enter", "tab"])
@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("/nosuch", "There is no command /nosuch. Type / to see them all."),
        ("/reusme", "There is no command /reusme. The nearest is /resume."),
        ("/mdoe auto", "There is no command /mdoe. The nearest is /mode."),
    ],
)
async def test_an_unknown_command_is_not_sent_to_the_model(player: Player, key: str, text: str, remark: str) -> None:
    await running(player)
    await player.type(text)
    await player.press(key)
    await player.until_shown(remark)
    assert composer(player).text == text
    assert player.session.ops == []


async def test_while_paused_an_unknown_command_redirects_nothing(player: Player) -> None:
    await scenes.paused(player)
    composer(player).focus()
    await player.until(lambda: player.focused == "composer")
    await player.type("/nosuch")
    await player.press("enter")
    await player.until_shown("There is no command /nosuch")
    assert player.session.ops == []


async def test_a_command_is_not_queued_but_done(player: Player) -> None:
    await running(player)
    await player.type("/mode auto")
    await player.press("tab")
    assert await ops(player, 1) == [AUTO]


@pytest.mark.parametrize("text", ["/etc/hosts is odd", "/usr/bin", "/tmp is full", "/*.py?", "/help\nwith this"])
async def test_a_path_is_a_prompt(player: Player, text: str) -> None:
    player.app.post_message(Paste(text))
    await player.until(lambda: composer(player).text == text)
    await player.press("enter")
    assert await ops(player, 1) == [prompt(text)]


async def test_the_palette_finds_and_runs_a_command(player: Player) -> None:
    await running(player)
    await player.press("ctrl+p")
    await player.until_shown("Copy the last answer")
    await player.type("pause")
    await player.press("enter")
    assert isinstance(await player.op(Pause), Pause)


async def test_a_theme_is_previewed_kept_and_given_up(player: Player) -> None:
    await scenes.theme_picker(player)
    await player.press("up")
    await player.until(lambda: player.app.theme == "mist")
    await player.press("escape")
    await player.until(lambda: player.app.theme == "night")
    await player.type("/theme day")
    await player.press("enter")
    await player.until(lambda: player.app.theme == "day")


async def test_the_last_answer_is_copied(player: Player) -> None:
    await scenes.done(player)
    await player.type("/copy")
    await player.press("enter")
    await player.until(lambda: player.app.clipboard == "All 48 tests pass, ten times in a row.")


async def test_the_tabs_of_the_narrow_form(stage: Stage) -> None:
    async with stage.play(size=NARROW) as player:
        await scenes.timeline_tab(player)
        await player.until_shown("TIMELINE")
        await player.press("f4")
        await player.op(DescribeChanges)
        player.session.play(described(diff=DiffBlock(files=())))
        await player.until_shown("No file was changed yet")
        await player.press("escape", "f2")
        await player.until_shown("done · 14 s")
        assert player.focused == "composer"


async def test_a_step_that_is_chosen_stays_in_the_detail(player: Player) -> None:
    await scenes.done(player)
    await player.press("f3", "home")
    await player.until_shown("812 tokens")
    late = call("grep", '{"pattern": "later"}', "c20")
    from codex_core.protocol import ItemCompleted

    player.session.play(ItemCompleted(item=late))
    await player.until_shown("later")
    await player.until_shown("812 tokens")


def marked(player: Player) -> str:
    """The row of the timeline that is marked as the current one."""
    rows = [line.partition("▌")[2] for line in player.text.splitlines() if "▌" in line[50:]]
    return rows[-1] if rows else ""


async def test_the_detail_is_that_of_the_marked_step(player: Player) -> None:
    scenes.work(player.session)  # a call, then a model call: the newest step
    player.session.end_step("step_2")
    await player.until_shown("workspace-write, network off")
    await player.press("f3")
    await player.until(lambda: "pytest -q tests" in marked(player))
    await player.press("down")
    await player.until(lambda: "model gpt-5" in marked(player))
    await player.until_shown("model openai/gpt-5")
    await player.press("up")
    await player.until(lambda: "pytest -q tests" in marked(player))
    await player.until_shown("workspace-write, network off")


async def test_who_stands_at_the_newest_step_goes_on_with_what_comes(player: Player) -> None:
    from codex_core.protocol import ItemCompleted

    scenes.work(player.session)
    player.session.end_step("step_2")
    await player.press("f3", "end")
    await player.until(lambda: "model gpt-5" in marked(player))
    player.session.play(ItemCompleted(item=call("grep", '{"pattern": "later"}', "c20")))
    await player.until(lambda: "grep  later" in marked(player))
    await player.until_shown("grep later")


# Before there is a session.


async def test_a_prompt_sent_before_the_session_is_there_waits_for_it(stage: Stage) -> None:
    import asyncio

    ready = asyncio.Event()

    async def connect():
        await ready.wait()
        return await stage.session.connect()

    app = stage.app(connect=connect)
    async with app.run_test(size=(120, 40)) as pilot:
        player = Player(stage, app, pilot)
        await player.type("early bird")
        await player.press("enter")
        await player.until_shown("held    early bird")
        ready.set()
        assert await ops(player, 1) == [prompt("early bird")]
        await player.until(lambda: "held" not in player.text)


async def test_the_prompt_of_the_command_line_is_sent(stage: Stage) -> None:
    async with stage.play(stage.app(prompt="from the shell")) as player:
        assert await ops(player, 1) == [prompt("from the shell")]


async def test_a_session_that_cannot_be_opened_is_told_in_words_and_tried_again(stage: Stage) -> None:
    tries: list[int] = []

    async def connect():
        tries.append(1)
        if len(tries) == 1:
            raise OSError("sessions.db is locked [by 4711]")
        return await stage.session.connect()

    app = stage.app(connect=connect)
    async with app.run_test(size=(120, 40)) as pilot:
        player = Player(stage, app, pilot)
        await player.until_shown("There is no session. sessions.db is locked [by 4711]")
        await player.until_shown("Enter try again   Ctrl+Q quit")
        await player.type("still here")
        assert composer(player).text == "still here"
        await player.press("enter")
        await player.until_shown("sandbox A")
        assert composer(player).text == "still here"
        assert stage.session.ops == []
        await player.press("enter")
        assert await ops(player, 1) == [prompt("still here")]


async def test_enter_in_the_empty_composer_tries_again_as_it_says(stage: Stage) -> None:
    tries: list[int] = []

    async def connect():
        tries.append(1)
        if len(tries) == 1:
            raise OSError("the database is locked")
        return await stage.session.connect()

    app = stage.app(connect=connect)
    async with app.run_test(size=(120, 40)) as pilot:
        player = Player(stage, app, pilot)
        await player.until_shown("Enter tries again")
        await player.press("enter")
        await player.until_shown("sandbox A")


async def test_markup_and_escape_sequences_of_a_model_are_only_text(player: Player) -> None:
    hostile = "[red]x[/] [/nope] \x1b[2J\x1b]0;owned\x07 [@click=app.quit]y[/]"
    player.session.start_turn(hostile)
    player.session.ask(approval("c1", hostile, why=hostile, scope=hostile))
    player.session.become("running", title=hostile)
    await player.until_shown(" y  once")
    await player.until_shown("[red]x[/] [/nope]")
    assert "\x1b" not in player.text
    player.session.play(QueueChanged(prompts=(QueuedPrompt(queued_id="q", text=hostile, when="steer"),)))
    await player.until_shown("steers")
    assert player.app.is_running


async def test_trust_question_text_is_only_text(player: Player) -> None:
    player.session.inquire(TrustQuestion(folder="/tmp/[bold]\x1b[31m", found=("[/]", "a" * 500)))
    await player.until_shown("Do you trust")
    assert "\x1b" not in player.text


async def test_a_question_can_be_left_for_the_composer(player: Player) -> None:
    player.session.inquire(ModelFailedQuestion(error="x"))
    await player.until(lambda: player.focused == "QuestionPanel")
    await player.press("tab")
    assert player.focused != "QuestionPanel"


async def test_a_word_typed_while_a_question_has_the_keyboard_is_not_lost_and_answers_nothing(player: Player) -> None:
    await scenes.approval_of_edit(player)
    player.wait(5)
    await player.type("hello")
    await player.until(lambda: composer(player).text == "hello")
    assert player.session.ops == []


async def test_a_word_that_begins_with_an_answer_answers_nothing(player: Player) -> None:
    await scenes.approval_of_edit(player)
    player.wait(5)
    await player.type("always")
    await player.until(lambda: composer(player).text == "always")
    assert player.session.ops == []


async def test_what_is_pasted_while_a_question_has_the_keyboard_goes_to_the_composer(player: Player) -> None:
    await scenes.approval_of_edit(player)
    player.wait(5)
    player.app.post_message(Paste("yes\nand more"))
    await player.until(lambda: composer(player).text == "yes\nand more")
    assert player.session.ops == []


async def test_the_question_says_whether_it_has_the_keyboard(player: Player) -> None:
    await scenes.approval_of_edit(player)
    player.wait(5)
    await player.until(lambda: "Alt+A to answer" not in player.text)
    composer(player).focus()
    await player.until_shown("Alt+A to answer")
    await player.press("alt+a")
    await player.until(lambda: "Alt+A to answer" not in player.text)
