"""A title by the model, once the first turn has ended: one short call beside the conversation, if the user wants it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable

from codex_core.agent.secrets import Masker
from codex_core.agent.turn import ModelChoice
from codex_core.llm.provider import ModelRequest, ReplyEnded, TextChunk
from codex_core.protocol import AssistantItem, Item, ProviderError, StepItem, TextPart, Usage, UserItem, new_id

PATIENCE_S = 30.0
MOST_CHARACTERS = 60
_READ_CHARACTERS = 4000
"""Of the conversation that is told to the model: it costs next to nothing."""
_INSTRUCTIONS = (
    "Name the conversation that follows in at most eight words, in its language, as a headline: what is to be done, "
    "not who does it. Answer with the name alone: no quotes, no full stop."
)


async def name_by_model(
    items: Iterable[Item], choice: ModelChoice, session_id: str, masker: Masker
) -> tuple[str, StepItem]:
    """Return a title, empty if the model gave none, and what the call cost.

    Raises:
        ProviderError: the call failed; it is not made again.
    """
    request = ModelRequest(
        model=choice.model,
        messages=(
            {"role": "system", "content": _INSTRUCTIONS},
            {"role": "user", "content": masker.mask(_told(items)) or "(nothing)"},
        ),
        tools=(),
        session_id=session_id,
        purpose="title",
    )
    at, started, texts, usage = time.time(), time.monotonic(), list[str](), Usage()
    error = "The model took too long."
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S), contextlib.aclosing(choice.provider.stream(request)) as events:
            async for event in events:
                match event:
                    case TextChunk(text=text) if len(texts) < 500:
                        texts.append(text)
                    case ReplyEnded():
                        error, usage = "", event.usage or usage
                        break
                    case _:
                        pass
    if error:
        raise ProviderError(error, kind="timeout", retryable=False)
    took_s = time.monotonic() - started
    step = StepItem(id=new_id("step"), at=at, model=choice.model, duration_s=took_s, usage=usage, purpose="title")
    return title_of(masker.mask("".join(texts))), step


def title_of(text: str) -> str:
    """The first words of `text`, on one line, as a title."""
    words = " ".join("".join(char if char.isprintable() else " " for char in text).split()).strip("\"'“”#* ")
    return words if len(words) <= MOST_CHARACTERS else f"{words[: MOST_CHARACTERS - 1].rsplit(' ', 1)[0]}…"


def _told(items: Iterable[Item]) -> str:
    lines: list[str] = []
    for item in items:
        match item:
            case UserItem(origin="prompt", parts=parts):
                lines.append("\n".join(part.text for part in parts if isinstance(part, TextPart)))
            case AssistantItem(text=text):
                lines.append(text)
            case _:
                pass
    return "\n\n".join(lines)[:_READ_CHARACTERS]
