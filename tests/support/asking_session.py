"""A session that asks for an edit and waits for an answer that never comes; to be killed. It prints its id then."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from codex_core.protocol import ApprovalRequested
from tests.support.scripted_provider import Says, ScriptedProvider, call
from tests.support.sessions import ASK, real_tools, running_session


async def ask_for_ever(folder: Path) -> None:
    provider = ScriptedProvider([Says(calls=(call("write_file", '{"path": "a.txt", "content": "hi"}'),))])
    async with running_session(folder, provider, real_tools(folder), mode=ASK) as (session, watcher):
        turn = asyncio.create_task(watcher.ask("go"))
        await watcher.next(ApprovalRequested)
        sys.stdout.write(f"{session.session_id}\n")
        sys.stdout.flush()
        await turn


if __name__ == "__main__":
    asyncio.run(ask_for_ever(Path(sys.argv[1])))
