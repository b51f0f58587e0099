from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from codex_core.protocol import CommandBlock, Item, ItemCompleted, ReasoningItem
from codex_tui.transcript import Transcript
from tests.support.scripted_session import ScriptedSession, answer, call, result, user
from tests.tui.stage import NARROW, Player, Stage


@pytest.fixture
async def player(stage: Stage) -> AsyncGenerator[Player]:
    async with stage.play() as player:
        yield player


def transcript(player: Player) -> Transcript:
    return player.main.query_one(Transcript)


async def said(player: Player, *texts: str) -> None:
    player.session.play(*(ItemCompleted(item=answer(text, f"a{number}")) for number, text in enumerate(texts)))
    await player.until_shown(texts[-1])


async def test_slash_in_the_conversation_finds_and_n_goes_on(player: Player) -> None:
    await said(player, "one apple", "two **ap**ples and an Apple", "three pears")
    transcript(player).focus()
    await player.press("slash")
    await player.type("apple")
    await player.until_shown("3 of 3")
    await player.press("enter", "n")
    await player.until_shown("1 of 3")
    await player.press("N")
    await player.until_shown("3 of 3")
    await player.press("N")
    await player.until_shown("2 of 3")
    await player.press("escape")
    assert "of 3" not in player.text
    assert not transcript(player).is_searching


async def test_ctrl_f_works_while_something_is_written_and_leaves_it_there(player: Player) -> None:
    await said(player, "here it is")
    await player.type("my draft")
    await player.press("ctrl+f")
    await player.type("nowhere")
    await player.until_shown("no match")
    await player.press("escape")
    assert "my draft" in player.text


async def test_a_letter_typed_after_the_search_is_for_the_composer(player: Player) -> None:
    await said(player, "here it is")
    await player.press("ctrl+f")
    await player.type("here")
    await player.press("enter", "escape")
    await player.type("no")
    assert player.focused == "composer"
    assert "› no" in player.text


async def test_the_keyboard_goes_back_to_where_it_was(player: Player) -> None:
    await said(player, "here it is")
    for come in ("escape", "enter"):
        await player.press("ctrl+f")
        await player.type("here")
        await player.press(come, *(["escape"] if come == "enter" else []))
        await player.until(lambda: player.focused == "composer")
    await player.type("/fin")
    await player.until_shown("› /fin")


def long_session(count: int) -> list[Item]:
    items: list[Item] = []
    for number in range(count):
        items += [
            user(f"question {number}"),
            answer(f"the needle {number}" if number % 100 == 7 else "hay", f"h{number}"),
        ]
    return items


async def test_pages_that_were_not_loaded_are_searched_too(stage: Stage) -> None:
    stage.session = ScriptedSession(stored=[answer("the newest", "new")], earlier=long_session(500))
    async with stage.play() as player:
        await player.until_shown("the newest")
        await player.type("/find needle")
        await player.press("enter")
        await player.until_shown("5 of 5")
        assert "the needle 407" in player.text
        await player.press("n")
        await player.until_shown("1 of 5")
        assert "the needle 7" in player.text


async def test_what_is_folded_is_found_and_opened(player: Player) -> None:
    thought = ReasoningItem(id="r", at=player.session.at, text="a hidden thought", provider="x", model="y")
    shell = call("shell", '{"command": "make"}', "c1", at=player.session.at)
    block = CommandBlock(command="make", output="cc -o prog\nhidden warning: x\n", exit_code=0)
    player.session.play(
        *(ItemCompleted(item=item) for item in (user("go"), thought, shell, result(shell, display=(block,)))),
        ItemCompleted(item=answer("the end", "a")),
    )
    await player.until_shown("the end")
    await player.press("ctrl+f")
    await player.type("hidden")
    await player.until_shown("2 of 2")
    chat = "\n".join(line[:60] for line in player.text.splitlines())
    assert "hidden warning: x" in chat
    await player.press("up")
    await player.until_shown("1 of 2")
    assert "a hidden thought" in player.text


async def test_text_that_comes_while_searching_is_counted(player: Player) -> None:
    await said(player, "one match")
    await player.press("ctrl+f")
    await player.type("match")
    await player.until_shown("1 of 1")
    player.session.say("another match, a second match", "late")
    await player.until_shown("1 of 3")


async def test_markup_and_patterns_are_only_words(player: Player) -> None:
    await said(player, "x[0].*", "[bold]x[/bold]")
    await player.press("ctrl+f")
    await player.type(".*")
    await player.until_shown("1 of 1")
    await player.press("backspace", "backspace")
    await player.type("[bold]")
    await player.until_shown("1 of 1")


async def test_the_narrow_form_searches_too(stage: Stage) -> None:
    async with stage.play(size=NARROW) as player:
        await said(player, "one apple")
        await player.press("f3", "ctrl+f")
        await player.type("apple")
        await player.until_shown("1 of 1")
        assert "one apple" in player.text


async def test_ctrl_up_and_down_go_from_turn_to_turn(stage: Stage) -> None:
    items: list[Item] = []
    for number in range(40):
        items += [user(f"question number {number}"), answer("\n\n".join(["text"] * 15), f"h{number}")]
    stage.session = ScriptedSession(stored=items[20:], earlier=items[:20])
    async with stage.play() as player:
        await player.press("ctrl+up")
        await player.until_shown("question number 39")
        await player.press("ctrl+up", "ctrl+up")
        await player.until_shown("question number 37")
        await player.press("ctrl+down")
        await player.until_shown("question number 38")
        for number in range(37, -1, -1):  # half of them lie in a page that is not loaded yet
            await player.press("ctrl+up")
            await player.until_shown(f"question number {number} ")


async def test_a_step_opens_and_closes_in_place(player: Player) -> None:
    shell = call("shell", '{"command": "make"}', "c1", at=player.session.at)
    block = CommandBlock(command="make", output="cc -o prog\n", exit_code=0)
    player.session.play(ItemCompleted(item=user("go")), ItemCompleted(item=shell))
    player.session.play(ItemCompleted(item=result(shell, display=(block,))))
    await player.until_shown("shell make")

    def chat() -> str:
        return "\n".join(line[:60] for line in player.text.splitlines())

    assert "cc -o prog" not in chat()
    transcript(player).focus()
    await player.press("k", "enter")
    assert "cc -o prog" in chat()
    await player.press("enter")
    assert "cc -o prog" not in chat()
