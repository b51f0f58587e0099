"""What a key, a chunk and a scroll cost, in function calls: the same in a short session and in one of 10,000 items."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import FrameType

from benchmarks.history import turns
from codex_core.protocol import TextDelta
from codex_tui.transcript import Transcript
from tests.support.scripted_session import ScriptedSession
from tests.tui.stage import Player, Stage

RUNS = 5
FRAME_S = 0.06
"""Longer than what lies between two drawings of streamed text, and between two paints."""


async def calls(player: Player, act: Callable[[], Awaitable[None]]) -> int:
    """How many Python functions were called while it happened and was painted; the median of some runs."""
    counts: list[int] = []

    def count(frame: FrameType, event: str, argument: object) -> None:
        counts[-1] += event == "call"

    for _ in range(RUNS):
        counts.append(0)
        sys.setprofile(count)
        try:
            await act()
            await player.pilot.pause(FRAME_S)
        finally:
            sys.setprofile(None)
    return sorted(counts)[RUNS // 2]


async def costs(player: Player) -> dict[str, int]:
    transcript = player.main.query_one(Transcript)

    async def key() -> None:
        await player.press("x")

    async def chunk() -> None:
        player.session.play(TextDelta(item_id="text_1", text="more words\n\n"))

    async def page_up() -> None:
        transcript.action_page_up()

    async def wheel() -> None:
        transcript.move(-3)

    async def step() -> None:
        await player.press("up")

    found = {"key": await calls(player, key)}
    player.session.start_turn("go")
    player.session.say("\n\n".join(["a paragraph"] * 400))
    await player.until_shown("a paragraph")
    found["chunk"] = await calls(player, chunk)
    found["page up"] = await calls(player, page_up)
    found["wheel"] = await calls(player, wheel)
    await player.press("f3")
    found["step of the timeline"] = await calls(player, step)
    return found


async def test_the_cost_of_a_key_a_chunk_and_a_scroll_does_not_depend_on_the_session(tmp_path: Path) -> None:
    found: list[dict[str, int]] = []
    for count in (200, 10_000):
        session = ScriptedSession(stored=list(turns(count, last="the last answer")))
        stage = Stage(tmp_path, session)
        async with stage.play() as player:
            await player.until_shown("the last answer")
            found.append(await costs(player))
    small, large = found
    ratios = {name: round(large[name] / small[name], 2) for name in small}
    assert max(ratios.values()) <= 1.2, f"{ratios}: {small} in a small session, {large} in a large one"
