"""Asks the user in the middle of a turn. The answer becomes an item before anything comes of it."""

from __future__ import annotations

import time

from codex_core.agent.history import History
from codex_core.agent.turn import Turn
from codex_core.protocol import (
    AnswerItem,
    ModelFailedAnswer,
    ModelFailedQuestion,
    PlanAccepted,
    PlanQuestion,
    PlanRefused,
    Question,
    QuestionAnswer,
    new_id,
)


async def ask_user(
    request: Question | ModelFailedQuestion | PlanQuestion, history: History, turn: Turn
) -> QuestionAnswer | ModelFailedAnswer | PlanAccepted | PlanRefused | None:
    """Ask and wait. None: nobody is there, or the user paused and then wanted something else."""
    answer = await turn.desk.ask(request, turn.control)
    if not isinstance(answer, QuestionAnswer | ModelFailedAnswer | PlanAccepted | PlanRefused):
        return None
    item = AnswerItem(id=new_id("answer"), at=time.time(), request=request, answer=answer)
    await history.append(turn.masker.mask_record(item))
    return answer
