"""A session in a process of its own that is there to be killed: real files, tools, sandbox and approvals.

It says on stdout what it was told is committed, a line each: `session ID`, `item ID`, `asked ID`, `ended OUTCOME`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

from codex_core.llm.provider import ModelCall, ModelEvent, ModelInfo, ModelRequest, ReplyEnded, TextChunk
from codex_core.protocol import (
    AnswerApproval,
    ApprovalRequested,
    Approve,
    Envelope,
    ItemCompleted,
    SubmitPrompt,
    TextPart,
    TurnEnded,
    Unknown,
    Usage,
)
from codex_core.session.session import Session
from codex_tools.sandbox.runner import open_sandbox
from tests.support.crash_job import DONE, PROMPT, next_calls
from tests.support.sessions import ASK, real_tools, running_session


class JobProvider:
    """The model of the job, in this process: to start the real one would cost each of hundreds of runs seconds."""

    name = "job"

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        calls = next_calls(request.messages)  # pyright: ignore[reportArgumentType] - JSON objects
        text = "I go on with it." if calls else DONE
        for start in range(0, len(text), 8):
            yield TextChunk(text=text[start : start + 8])
            await asyncio.sleep(0.002)
        yield ReplyEnded(
            finish="stop",
            calls=tuple(ModelCall(call_id="", name=name, arguments=json.dumps(args)) for name, args in calls),
            usage=Usage(input_tokens=10, output_tokens=5),
        )

    async def info(self, model: str) -> ModelInfo:
        return ModelInfo(model=model, context_window=None)

    async def warm_up(self) -> None:
        pass

    async def close(self) -> None:
        pass


async def work(folder: Path, database: Path, resume: str | None) -> None:
    sandbox = await open_sandbox(state_dir=folder)
    try:
        async with running_session(
            folder, JobProvider(), real_tools(folder), mode=ASK, resume=resume, sandbox=sandbox, database=database
        ) as (session, _):
            tell(f"session {session.session_id}")
            events = session.events()
            await session.submit(SubmitPrompt(parts=(TextPart(text=PROMPT),)))
            async for envelope in events:
                if await _take(session, envelope):
                    return
    finally:
        await sandbox.close()


async def _take(session: Session, envelope: Envelope) -> bool:
    match envelope.event:
        case ItemCompleted(item=item) if not isinstance(item, Unknown):
            tell(f"item {item.id}")
        case ApprovalRequested(request=request):
            tell(f"asked {request.request_id}")
            await session.submit(AnswerApproval(request_id=request.request_id, answer=Approve()))
        case TurnEnded(outcome=outcome):
            tell(f"ended {type(outcome).__name__}")
            return True
        case _:
            pass
    return False


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] or None))
