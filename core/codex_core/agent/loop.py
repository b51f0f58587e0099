"""The agent: call the model, run what it asks for, until it has nothing more to do.

Everything else (retries, approvals, pauses, storage) is in the collaborators; see `codex_core.agent.turn`.
"""

from __future__ import annotations

from codex_core.agent.asking import ask_user
from codex_core.agent.compaction import make_room, makes_up_for
from codex_core.agent.history import History, notice_item
from codex_core.agent.planning import offer_plan
from codex_core.agent.runner import run_calls
from codex_core.agent.step import Cut, take_step
from codex_core.agent.turn import Turn
from codex_core.agent.user_command import run_user_command
from codex_core.protocol import (
    AssistantItem,
    Completed,
    Failed,
    LimitReached,
    ModelFailedAnswer,
    ModelFailedQuestion,
    Outcome,
    PauseItem,
    ProviderError,
    StepItem,
    Stopped,
    ToolCallItem,
    ToolResultItem,
    UserItem,
)

_ANSWERED_NOTHING = "The model answered nothing. Ask again, or say more."


async def run_turn(history: History, turn: Turn) -> Outcome:
    """Work until the turn ends. The prompt is already in the history.

    Cancelling it leaves a valid history but for calls without results; see `Session`.
    """
    cut = _cut_at_end(history)
    while True:
        goes_on = await turn.control.safe_point()
        if turn.control.is_stopped:
            return Stopped()
        if goes_on and cut is not None and cut.item_id is not None:
            await history.supersede(cut.item_id)  # the user said continue: the model says it again, whole
        cut = None
        while (command := turn.control.take_command()) is not None:
            await run_user_command(command, history, turn)
        await turn.control.deliver_words(history.append)
        if _has_ended(history):  # it was left behind the last reply, before what follows from that
            if await offer_plan(history, turn):
                continue
            return Completed()
        if (limit := turn.limits.reached()) is not None:
            return LimitReached(which=limit)

        turn.limits.count_step()
        try:
            if not await make_room(history, turn):
                continue
            reply = await take_step(history, turn)
        except ProviderError as error:
            if await makes_up_for(error, history, turn) or await _wants_retry(error, history, turn):
                continue
            return Stopped() if turn.control.is_stopped else Failed(error=str(error), kind=error.kind)
        if isinstance(reply, Cut):
            cut = reply
            continue

        await run_calls(reply.calls, history, turn)
        if turn.gate.unanswered is not None:
            return Failed(error=f"An approval was needed: {turn.gate.unanswered}", needed_approval=True)
        if reply.was_cut_at_limit:
            return Failed(error="The reply reached the model's output limit. Say “continue” to go on.")
        if reply.is_empty:
            await history.append(notice_item("warning", _ANSWERED_NOTHING))
        if not reply.calls and not turn.control.has_words and not await offer_plan(history, turn):
            return Completed()


def _cut_at_end(history: History) -> Cut | None:
    """A session that was left while paused goes on where it was: behind a text that was cut."""
    for item in reversed(history.items):
        match item:
            case PauseItem(how="continue"):  # it was left before the text was made again
                pass
            case AssistantItem(id=item_id, truncated=True):
                return Cut(item_id=item_id)
            case _:
                break
    return None


def _has_ended(history: History) -> bool:
    """Whether the model had nothing more to do, and nobody has said anything since."""
    for item in reversed(history.items):
        match item:
            case StepItem(purpose="reply", error=""):
                return True
            case AssistantItem(truncated=True) | UserItem() | ToolCallItem() | ToolResultItem():
                return False
            case _:
                pass
    return False


async def _wants_retry(error: ProviderError, history: History, turn: Turn) -> bool:
    answer = await ask_user(ModelFailedQuestion(error=str(error)), history, turn)
    if isinstance(answer, ModelFailedAnswer):
        return answer.choice == "retry"
    # Turned back from a pause with words: they are a reason to try again.
    return turn.control.has_words
