"""A session in a process of its own that is there to be killed while it summarises what is older.

It says on stdout what it was told is committed, a line each: `session ID`, `item ID`, `begun`, `ended OUTCOME`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

from codex_core.llm.provider import ModelEvent, ModelInfo, ModelRequest, ReplyEnded, TextChunk
from codex_core.protocol import Compact, ItemCompleted, StepStarted, SubmitPrompt, TextPart, TurnEnded, Unknown
from tests.support.crash_child import tell
from tests.support.sessions import Watcher, running_session

SUMMARY = "They have talked of many things, one after the other, and all of them were told at length."


class TalkingProvider:
    """The model: it answers what was said last, and takes its time to summarise."""

    name = "talking"

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        if request.purpose == "summary":
            for word in SUMMARY.split(" "):
                yield TextChunk(text=f"{word} ")
                await asyncio.sleep(0.01)
        else:
            yield TextChunk(text="I have heard it. " * 40)
        yield ReplyEnded(finish="stop", calls=(), usage=None)

    async def info(self, model: str) -> ModelInfo:
        return ModelInfo(model=model, context_window=2000)

    async def warm_up(self) -> None:
        pass

    async def close(self) -> None:
        pass


async def work(folder: Path, prompt: str, resume: str | None) -> None:
    provider = TalkingProvider()
    async with running_session(folder, provider, resume=resume) as (session, watcher):
        tell(f"session {session.session_id}")
        outcome = ""
        for wish in (SubmitPrompt(parts=(TextPart(text=prompt * 200),)), Compact(focus="")):
            await session.submit(wish)
            outcome = await _told_until_end(watcher)
        tell(f"ended {outcome}")


async def _told_until_end(watcher: Watcher) -> str:
    while True:
        match await watcher.next(object):
            case ItemCompleted(item=item) if not isinstance(item, Unknown):
                tell(f"item {item.id}")
            case StepStarted(purpose="summary", step_id=step_id):
                tell(f"begun {step_id}")
            case TurnEnded(outcome=outcome):
                return type(outcome).__name__
            case _:
                pass


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1]), sys.argv[2], sys.argv[3] or None))
