"""Items for journals, and a child process that writes them until it is killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from codex_core.protocol import AssistantItem, StepItem, TextPart, ToolCallItem, ToolResultItem, Usage, UserItem
from codex_core.session.store import SessionStore


def said(item_id: str, text: str = "hello") -> UserItem:
    return UserItem(id=item_id, at=1.0, parts=(TextPart(text=text),))


def answered(item_id: str, text: str = "hi", *, truncated: bool = False) -> AssistantItem:
    return AssistantItem(id=item_id, at=2.0, text=text, provider="p", model="m", truncated=truncated)


def stepped(step_id: str, usage: Usage | None) -> StepItem:
    return StepItem(id=step_id, at=2.0, model="m", duration_s=1.5, usage=usage)


def called(call_id: str) -> ToolCallItem:
    return ToolCallItem(id=f"item_{call_id}", at=3.0, call_id=call_id, name="shell", arguments="{}")


def ended(call_id: str) -> ToolResultItem:
    return ToolResultItem(
        id=f"result_{call_id}", at=4.0, call_id=call_id, name="shell", status="ok", output="out " * 50
    )


async def write_for_ever(database: Path, session_id: str) -> None:
    """Write step after step; say on stdout what has been acknowledged."""
    async with SessionStore.open(database) as store:
        journal = await store.open_session(session_id)
        _tell("open")
        for number in range(1_000_000):
            call_id = f"{session_id}-{number}"
            await journal.append(said(f"said_{call_id}"), called(call_id))
            _tell(f"item said_{call_id}")
            await journal.record_call(called(call_id))
            _tell(f"started {call_id}")
            await journal.record_partial(answered(f"text_{call_id}", "so f"))
            await journal.append(ended(call_id), answered(f"text_{call_id}"))
            _tell(f"item text_{call_id}")


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(write_for_ever(Path(sys.argv[1]), sys.argv[2]))
