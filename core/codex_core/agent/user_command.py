"""Command lines that the user typed: nobody is asked, they are confined as the mode says, and the model is told."""

from __future__ import annotations

import json
import time
from dataclasses import replace

from codex_core.agent.history import History
from codex_core.agent.inbox import Waiting
from codex_core.agent.runner import run_call
from codex_core.agent.turn import Turn
from codex_core.protocol import ToolCallItem, new_id

TOOL = "shell"
LIMIT_S = 1800
"""The user sees it run and can end it; this only bounds what was forgotten."""


def user_call(command: str) -> ToolCallItem:
    return ToolCallItem(
        id=new_id("tool"),
        at=time.time(),
        call_id=new_id("call"),
        name=TOOL,
        arguments=json.dumps({"command": command, "timeout_s": LIMIT_S}, ensure_ascii=False),
        by="user",
    )


def waited_call(command: Waiting) -> ToolCallItem:
    """The call of a command that has waited."""
    return replace(user_call(command.text), id=command.item.id)


async def run_user_command(command: Waiting, history: History, turn: Turn) -> None:
    """Run it and append call and result: exactly one result, whatever happens. Only cancellation escapes."""
    call = waited_call(command)
    await history.append(call)
    await run_call(call, history, turn)
