"""Makes room in the model's window: older items are replaced, for the model, by a summary that it writes itself.

Nothing is removed from the session. The newest items stay as they are, and so do the user's last words and the plan.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from codex_core.agent.control import Interrupted
from codex_core.agent.history import History, notice_item
from codex_core.agent.prompt_files import prompt
from codex_core.agent.retry_wait import wait_for_retry
from codex_core.agent.turn import Turn
from codex_core.agent.window import (
    estimated_tokens,
    in_window,
    newest_plan,
    newest_prompt,
    retold,
    tail_to_keep,
    tokens_of,
    used_tokens,
)
from codex_core.llm.provider import ModelRequest, ReplyEnded, TextChunk
from codex_core.protocol import (
    CodexError,
    CompactionItem,
    Item,
    ProviderError,
    StepEnded,
    StepItem,
    StepStarted,
    Usage,
    UsageUpdated,
    UserItem,
    new_id,
)

_KEPT: Final = 0.2
_KEPT_WHEN_TOO_LONG: Final = 0.05
"""The provider has refused the request: its window is not what we take it for."""
_MOST_KEPT_TOKENS: Final = 20_000
_UNKNOWN_WINDOW: Final = 100_000
_RETOLD: Final = 0.7
"""The share of the window that the conversation may take when it is summarised."""
_BYTES_PER_TOKEN: Final = 3
"""On the safe side: what is retold must fit."""
_PROMPT_CHARACTERS: Final = 6_000
_PLAN_TOOL: Final = "update_plan"
_MOST_IN_VAIN: Final = 2
_SHORTEST: Final = 8
"""A conversation that does not fit is retold with a half, a quarter and an eighth of the room."""


class NothingToCompact(CodexError):
    """What there is stays as it is: nothing would be won."""


async def make_room(history: History, turn: Turn) -> bool:
    """Compact if the window is full or the user wants it. Before each model call.

    Returns False if the user wants a pause meanwhile: nothing was changed then. A failure is told, not raised: there
    may be room enough for what comes.
    """
    room = turn.room
    used = used_tokens(history.items, _fixed_tokens(turn))
    focus, room.wanted = room.wanted, None
    if focus is None and not room.is_used_up(used):
        return True
    try:
        await compact(history, turn, focus or "")
    except Interrupted:
        room.wanted = focus
        return False
    except (NothingToCompact, ProviderError) as error:
        room.put_off(used)
        if focus is not None or isinstance(error, ProviderError):
            await history.append(notice_item("warning", f"The conversation was not summarised: {error}"))
    return True


async def makes_up_for(error: ProviderError, history: History, turn: Turn) -> bool:
    """Whether the call that failed so is worth another try, for there is more room now."""
    if error.kind != "context" or _compactions_in_vain(history.items) >= _MOST_IN_VAIN:
        return False
    try:
        await compact(history, turn, share_kept=_KEPT_WHEN_TOO_LONG)
    except Interrupted:
        pass  # the loop comes to its safe point now, and then to the same failure
    except (NothingToCompact, ProviderError):
        return False
    return True


async def compact(history: History, turn: Turn, focus: str = "", *, share_kept: float = _KEPT) -> None:
    """Replace, for the model, what is older than what the last `share_kept` of the window holds.

    Raises:
        NothingToCompact: there is nothing older, or it is no longer than its summary.
        ProviderError: no summary could be had.
        Interrupted: the user wants a pause.
    """
    size = turn.room.size() or _UNKNOWN_WINDOW
    window = in_window(history.items)
    start = tail_to_keep(window, min(int(size * share_kept), _MOST_KEPT_TOKENS))
    old, tail = window[:start], window[start:]
    if not any(tokens_of(item) for item in old if not isinstance(item, CompactionItem)):
        raise NothingToCompact("There is nothing to compact yet: all of the conversation is recent.")
    fixed = _fixed_tokens(turn)
    used, estimated = used_tokens(history.items, fixed), fixed + sum(map(tokens_of, window))
    step, summary = await _summary(old, focus, int(size * _RETOLD * _BYTES_PER_TOKEN), history, turn)
    item = CompactionItem(
        id=new_id("compact"),
        at=time.time(),
        summary=f"{summary.strip()}{_word_for_word(old, tail)}",
        kept_from=_beginning(tail),
        tokens_before=used,
    )
    left = fixed + sum(map(tokens_of, (item, *tail)))
    # In the provider's measure, if it has told one: an estimate beside it would say nothing about what was won.
    item = replace(item, tokens_after=round(left * used / estimated))
    is_shorter = left < estimated
    await history.append(step, *((item,) if is_shorter else ()))
    if step.usage is not None:
        turn.count_usage(step.usage)
    if not is_shorter:
        raise NothingToCompact("Nothing was compacted: the summary takes as much room as what it would replace.")
    turn.emit(UsageUpdated(step=Usage(input_tokens=item.tokens_after, is_estimate=True), session=turn.usage))


def _compactions_in_vain(items: Sequence[Item]) -> int:
    """How many there have been since a call of the model came through."""
    count = 0
    for item in reversed(items):
        match item:
            case StepItem(purpose="reply", error=""):
                break
            case CompactionItem():
                count += 1
            case _:
                pass
    return count


def _beginning(tail: Sequence[Item]) -> str:
    match tail[:1]:
        case [UserItem(id=item_id) | StepItem(id=item_id)]:
            return item_id
        case _:
            return ""


def _fixed_tokens(turn: Turn) -> int:
    """What every request has before the conversation: instructions and tools."""
    tools = sum(estimated_tokens(f"{spec.description}{json.dumps(spec.parameters)}") for spec in turn.tools.specs())
    return estimated_tokens(turn.instructions()) + tools


def _word_for_word(old: Sequence[Item], tail: Sequence[Item]) -> str:
    """What must not depend on a model's summary: the user's last words, and the plan."""
    parts: list[str] = []
    if not newest_prompt(tail) and (prompt := newest_prompt(old)):
        parts.append(f"\n\n# What the user said last, word for word\n\n{prompt[:_PROMPT_CHARACTERS]}")
    if not newest_plan(tail, _PLAN_TOOL) and (plan := newest_plan(old, _PLAN_TOOL)):
        parts.append(f"\n\n# The plan as it stands ({_PLAN_TOOL})\n\n{plan[:_PROMPT_CHARACTERS]}")
    return "".join(parts)


async def _summary(
    old: Sequence[Item], focus: str, most_bytes: int, history: History, turn: Turn
) -> tuple[StepItem, str]:
    """Have the model write it; a conversation that is too long for it is told in fewer words."""
    attempt, shorter = 1, 1
    while True:
        request = _request(retold(old, most_bytes // shorter), focus, turn)
        try:
            return await turn.control.until_wanted(_ask(request, history, turn))
        except ProviderError as error:
            if error.kind == "context" and shorter < _SHORTEST:
                shorter *= 2
                continue
            if (delay_s := turn.retry.delay_s(error, attempt)) is None:
                raise
            attempt += 1
            if not await wait_for_retry(str(error), attempt, delay_s, history, turn):
                raise Interrupted from None


def _request(conversation: str, focus: str, turn: Turn) -> ModelRequest:
    instructions = prompt("summary")
    wish = f"\n\nThe user wants above all to keep: {focus}" if focus else ""
    return ModelRequest(
        model=turn.choice().model,
        messages=(
            {"role": "system", "content": instructions.strip()},
            {"role": "user", "content": f"<conversation>\n{conversation}\n</conversation>{wish}\n\nWrite the memory."},
        ),
        tools=(),
        session_id=turn.session_id,
        purpose="summary",
    )


async def _ask(request: ModelRequest, history: History, turn: Turn) -> tuple[StepItem, str]:
    step = StepItem(id=new_id("step"), at=time.time(), model=request.model, duration_s=0.0, purpose="summary")
    started, failure = time.monotonic(), "cancelled"
    turn.emit(StepStarted(step_id=step.id, model=step.model, purpose="summary"))
    try:
        usage, text = await _received(request, turn)
        failure = ""
    except ProviderError as error:
        failure = turn.masker.mask(str(error))
        error.args = (failure,)
        raise
    finally:
        step = replace(step, duration_s=time.monotonic() - started, error=failure)
        turn.emit(StepEnded(step_id=step.id, duration_s=step.duration_s, error=failure))
        if failure:
            await history.append(step)
    return replace(step, usage=usage), text


async def _received(request: ModelRequest, turn: Turn) -> tuple[Usage | None, str]:
    texts: list[str] = []
    async with aclosing(turn.choice().provider.stream(request)) as events:
        async for event in events:
            match event:
                case TextChunk(text=text):
                    texts.append(text)
                case ReplyEnded(finish=finish, usage=usage):
                    said = turn.masker.mask("".join(texts))
                    if finish == "filter" or not said.strip():
                        raise ProviderError(f"{request.model} wrote no summary.", kind="policy")
                    return usage, said
                case _:
                    pass
    raise ProviderError("The summary ended before it was complete.", kind="truncated", retryable=True)
