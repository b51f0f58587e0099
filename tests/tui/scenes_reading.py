"""What may be on the screen while somebody reads: a search, a filtered timeline, the sides of a step, an open step."""

from __future__ import annotations

from codex_core.protocol import (
    ApprovalItem,
    ItemCompleted,
    Paused,
    PauseItem,
    PauseRequested,
    Resumed,
    RetryScheduled,
    StepStarted,
    ToolCallItem,
)
from codex_tui.transcript import Transcript
from tests.support.scripted_session import EDIT, call, result
from tests.tui.scenes import Scene, done
from tests.tui.stage import Player


async def finding(player: Player) -> None:
    await done(player)
    await player.press("ctrl+f")
    await player.type("clock")
    await player.until_shown("of 9")


async def reading_matches(player: Player) -> None:
    await finding(player)
    await player.press("enter", "N")


async def an_open_step(player: Player) -> None:
    await done(player)
    player.main.query_one(Transcript).focus()
    await player.press("k", "k", "k", "enter")


async def worked(player: Player) -> None:
    """Edits that were decided, a pause, another attempt."""
    await done(player)
    session = player.session
    for number, (path, decided) in enumerate(
        (
            ("src/tempo/clock.py", ("you said yes",)),
            ("src/tempo/timer.py", ("by rule: edits of src/** (session)",)),
            ("setup.cfg", ("you said no: leave the packaging alone",)),
        )
    ):
        edit = call("edit_file", f'{{"path": "{path}"}}', f"e{number}", at=session.at)
        status = "denied" if decided[0].startswith("you said no") else "ok"
        shown = () if status == "denied" else (EDIT,)
        output = "The file was changed: 5 lines added, 2 removed." if shown else "The user said no."
        ended = result(edit, display=shown, status=status, output=output)
        session.play(ItemCompleted(item=edit))
        if decided[0].startswith("you said"):
            session.play(ItemCompleted(item=_asked(edit, path, decided[0])), passing_s=4)
        session.play(ItemCompleted(item=type(ended)(**{**_fields(ended), "decided": decided})), passing_s=2)
    session.become("running")
    session.play(PauseRequested(waiting_for="edit setup.cfg"), Paused(pause_id="pause_1"))
    rested = PauseItem(id="pause_1", at=session.at, how="continue", waited_for="edit setup.cfg", duration_s=31.0)
    session.play(Resumed(how="continue"), ItemCompleted(item=rested), passing_s=31)
    session.play(RetryScheduled(attempt=2, delay_s=2.0, error="503 the server is overloaded"))
    session.play(StepStarted(step_id="step_9", model="openai/gpt-5"), passing_s=2)
    await player.until_shown("waiting for the model")


def _asked(edit: ToolCallItem, path: str, said: str) -> ApprovalItem:
    return ApprovalItem(
        id=f"ask_{edit.id}",
        at=edit.at,
        call_id=edit.call_id,
        tool=edit.name,
        summary=f"Edit {path}",
        why="in `ask` mode every edit is asked",
        answer="no" if said.startswith("you said no") else "yes",
        said=said,
        duration_s=4.0,
    )


def _fields(item: object) -> dict[str, object]:
    names = [name for kind in type(item).__mro__ for name in getattr(kind, "__slots__", ())]
    return {name: getattr(item, name) for name in names}


async def filtered(player: Player) -> None:
    await worked(player)
    await player.press("f3", "f", "f", "f", "down")


async def filtered_by_words(player: Player) -> None:
    await worked(player)
    await player.press("f3", "slash")
    await player.type("tempo")


async def raw_side(player: Player) -> None:
    await worked(player)
    await player.press("f3", "f", "f", "f", "up", "up", "r")


READING: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (finding, reading_matches, an_open_step, worked, filtered, filtered_by_words, raw_side)
}
