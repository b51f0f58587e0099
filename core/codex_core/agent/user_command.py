"""Command lines that the user typed: nobody is asked, they are confined as the mode says, and the model is told."""

from __future__ import annotations

import json
import time

from codex_core.agent.history import History
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


async def run_user_command(command: str, history: History, turn: Turn) -> None:
    """Run it and append call and result: exactly one result, whatever happens. Only cancellation escapes."""
    call = user_call(command)
    await history.append(call)
    await run_call(call, history, turn)
