"""The end of a turn in `plan` mode: its plan is accepted, edited or refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import cast

from codex_core.agent.asking import ask_user
from codex_core.agent.history import History, user_item
from codex_core.agent.turn import Turn
from codex_core.protocol import (
    AssistantItem,
    Item,
    PlanAccepted,
    PlanQuestion,
    PlanRefused,
    ToolCallItem,
    UserItem,
)

_STEP = re.compile(r"^[ \t]*(?:[-*+]|\d+[.)])[ \t]+\S", re.MULTILINE)


async def offer_plan(history: History, turn: Turn) -> bool:
    """Ask what becomes of the plan that the turn has come to; whether the turn goes on.

    A plain answer to a question is no plan: it has no steps, does not speak of one, and none was shown.
    """
    if not turn.is_planning() or not turn.desk.is_interactive:
        return False
    plan, steps = _last_words(history.items), _last_steps(history.items)
    if not plan or not (steps or len(_STEP.findall(plan)) > 1 or re.search(r"\bplan\b", plan, re.IGNORECASE)):
        return False
    match await ask_user(PlanQuestion(plan=plan, steps=steps), history, turn):
        case PlanAccepted() as answer:
            await turn.on_plan_accepted(answer)
            await history.append(user_item(_accepted(answer), origin="context"))
            return True
        case PlanRefused(words=words) if words:
            await history.append(user_item(words, origin="steer"))
            return True
        case _:
            return turn.control.has_words


def _accepted(answer: PlanAccepted) -> str:
    if not answer.plan:
        return f"The user accepted the plan. The mode is {answer.mode} now: carry it out."
    return (
        f"The user accepted the plan with changes. The mode is {answer.mode} now: carry out this plan.\n\n{answer.plan}"
    )


def _last_words(items: Sequence[Item]) -> str:
    item = next((item for item in reversed(items) if isinstance(item, AssistantItem | UserItem)), None)
    return item.text.strip() if isinstance(item, AssistantItem) else ""


def _last_steps(items: Sequence[Item]) -> tuple[str, ...]:
    """Those of the last `update_plan` since the user has spoken."""
    for item in reversed(items):
        if isinstance(item, UserItem) and item.origin != "context":
            break
        if isinstance(item, ToolCallItem) and item.name == "update_plan":
            return tuple(_steps(item.arguments))
    return ()


def _steps(arguments: str) -> Iterator[str]:
    try:
        parsed = cast(object, json.loads(arguments))
    except (ValueError, RecursionError):
        return
    plan = cast(dict[str, object], parsed).get("plan") if isinstance(parsed, dict) else None
    for step in cast(list[object], plan) if isinstance(plan, list) else ():
        text = cast(dict[str, object], step).get("step") if isinstance(step, dict) else None
        if isinstance(text, str):
            yield text
