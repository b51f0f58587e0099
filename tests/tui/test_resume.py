from __future__ import annotations

from dataclasses import replace

from codex_core.protocol import (
    AnswerItem,
    Completed,
    Failed,
    ItemSuperseded,
    Question,
    QuestionAnswer,
    StepItem,
    TurnEnded,
    TurnEndItem,
    Usage,
)
from codex_tui.transcript import Transcript
from tests.support.scripted_session import NOON, ScriptedSession, answer, call, result, user
from tests.tui.stage import Stage


async def test_a_resumed_session_is_there_with_its_prompts_and_goes_back_page_by_page(stage: Stage) -> None:
    items = [
        item
        for number in range(300)
        for item in (user(f"prompt {number:03}"), answer(f"answer {number:03}", f"text_{number}"))
    ]
    stage.session = ScriptedSession(stored=items[-20:], earlier=items[:-20])
    async with stage.play() as player:
        await player.until_shown("answer 299")
        await player.press("up")
        await player.until_shown("› prompt 299")
        transcript = player.main.query_one(Transcript)
        for _ in range(400):
            transcript.action_page_up()
            await player.settle()
            if "prompt 000" in player.text:
                break
        await player.until_shown("prompt 000")


async def test_a_resumed_session_shows_its_model_calls_answers_ends_and_sums(stage: Stage) -> None:
    ask = call("ask_user", '{"question": "Which one?"}', "c1")
    used = Usage(input_tokens=2_900, output_tokens=812, cost_usd=0.04)
    stored = [
        user("go"),
        StepItem(id="step_1", at=NOON, model="openai/gpt-5", duration_s=3.1, usage=used),
        ask,
        AnswerItem(
            id="answer_1", at=NOON, request=Question(text="Which one?"), answer=QuestionAnswer(text="the violet one")
        ),
        result(ask, output="The user answered: the violet one", took_s=1.6),
        TurnEndItem(id="turn_1", at=NOON, outcome=Completed(), duration_s=12.0),
        user("and now?"),
        StepItem(id="step_2", at=NOON, model="openai/gpt-5", duration_s=0.2, error="the key is wrong"),
        TurnEndItem(id="turn_2", at=NOON, outcome=Failed(error="the key is wrong"), duration_s=0.3),
    ]
    stage.session = ScriptedSession(stored=stored, used=used)
    async with stage.play() as player:
        await player.until_shown("failed · 0.3 s · the key is wrong")
        for words in (
            "done · 12 s",
            "▌ the violet one",
            "gpt-5 · 812 tok",
            "3 steps · 5 s",
            "3.7k tok · $0.04",
            "ask ",
        ):
            await player.until_shown(words)


async def test_what_was_cut_off_and_asked_again_can_be_opened_in_a_resumed_session(stage: Stage) -> None:
    half = replace(answer("Half a word…", "half"), truncated=True, superseded=True)
    stage.session = ScriptedSession(stored=[user("go"), half, answer("A whole word.", "whole")])
    async with stage.play() as player:
        await player.until_shown("A whole word.")
        await player.until_shown("⊘ cut off")
        player.main.query_one(Transcript).focus()
        await player.press("k", "enter")
        await player.until_shown("Half a word…")


async def test_a_reply_that_failed_for_good_is_not_said_to_have_been_asked_again(stage: Stage) -> None:
    async with stage.play() as player:
        player.session.start_turn("go")
        player.session.say("Half a word…", "half")
        await player.until_shown("Half a word…")
        failed = TurnEnded(turn_id="turn_1", outcome=Failed(error="the server is gone"), duration_s=0.3)
        player.session.play(ItemSuperseded(item_id="half"), failed)
        await player.until_shown("the server is gone")
        chat = [line for line in player.text.splitlines() if "⊘" in line]
        assert chat[0].split("│")[0].strip().startswith("⊘ cut off")
        assert "again" not in player.text


async def test_an_interrupted_call_is_shown_as_such_after_a_crash(stage: Stage) -> None:
    running = call("shell", '{"command": "make"}', "c1", at=NOON)
    stage.session = ScriptedSession(stored=[user("go"), running, result(running, status="interrupted", took_s=0.0)])
    async with stage.play() as player:
        await player.until_shown("shell make  interrupted")
