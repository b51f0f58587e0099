"""The turn of `/compact`: the user wants room in the model's window, and nothing else."""

from __future__ import annotations

from codex_core.agent.compaction import NothingToCompact, compact
from codex_core.agent.control import Interrupted
from codex_core.agent.history import History, notice_item
from codex_core.agent.loop import run_turn
from codex_core.agent.turn import Turn
from codex_core.protocol import Completed, Failed, Outcome, ProviderError, Stopped


async def run_compaction(focus: str, history: History, turn: Turn) -> Outcome:
    """Make room; what the user says meanwhile, in a pause, makes an ordinary turn of it."""
    while await turn.control.safe_point():
        try:
            await compact(history, turn, focus)
        except Interrupted:
            continue
        except NothingToCompact as error:
            await history.append(notice_item("info", str(error)))
        except ProviderError as error:
            return Failed(error=str(error), kind=error.kind)
        return Completed()
    return Stopped() if turn.control.is_stopped else await run_turn(history, turn)
