"""One model call: streamed, shown as it comes, kept as it comes, repeated where that helps."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field

from codex_core.agent.collaborators import Emit
from codex_core.agent.control import Interrupted
from codex_core.agent.history import History
from codex_core.agent.retry_wait import wait_for_retry
from codex_core.agent.turn import ModelChoice, Turn
from codex_core.llm.provider import CallStarted, ModelRequest, ReasoningChunk, ReplyEnded, TextChunk
from codex_core.protocol import (
    AssistantItem,
    CodexError,
    Item,
    ItemStarted,
    ItemSuperseded,
    ProviderError,
    ReasoningDelta,
    ReasoningItem,
    StepEnded,
    StepItem,
    StepStarted,
    TextDelta,
    ToolCallItem,
    Usage,
    UsageUpdated,
    new_id,
)

FLUSH_INTERVAL_S = 0.4
"""A kill loses at most this much of a text that is coming (DESIGN: 500 ms)."""
MOST_CALLS = 512
"""Of one reply. A model that asks for more repeats itself without end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A complete reply; its items are in the history."""

    calls: tuple[ToolCallItem, ...]
    was_cut_at_limit: bool
    """The model reached its output limit in the middle; what it still wanted is not known."""
    is_empty: bool
    """It says nothing and wants nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The user wanted a pause while the model spoke."""

    item_id: str | None
    """The truncated text that was kept; None if nothing had come."""


async def take_step(history: History, turn: Turn) -> Reply | Cut:
    """Make one model call, with retries.

    Raises:
        ProviderError: it failed for good. Nothing of its reply counts.
        CancelledError: what was said so far is kept, as after a pause.
    """
    attempt = 1
    while True:
        draft = _Draft(turn, turn.choice())
        try:
            with draft.timed():
                ended = await turn.control.until_wanted(_receive(draft, history, turn))
            return await _keep(draft, ended, history, turn)
        except Interrupted:
            return Cut(item_id=await draft.keep_truncated(history, "paused"))
        except ProviderError as error:
            await draft.discard(history, str(error))
            delay_s = turn.retry.delay_s(error, attempt)
            if delay_s is None:
                raise
            attempt += 1
            if not await wait_for_retry(str(error), attempt, delay_s, history, turn):
                return Cut(item_id=None)
        except CodexError:  # the journal cannot write: nor could it write what was said so far
            raise
        except (asyncio.CancelledError, Exception):  # the user leaves, or a bug: what was said so far stays
            with contextlib.suppress(CodexError):
                await draft.keep_truncated(history, "cancelled")
            raise


async def _receive(draft: _Draft, history: History, turn: Turn) -> ReplyEnded:
    choice = draft.choice
    request = ModelRequest(
        model=choice.model,
        messages=turn.messages(history.items, choice),
        tools=turn.tools.specs(),
        session_id=turn.session_id,
        effort=choice.effort,
    )
    flusher = asyncio.create_task(_flush_regularly(draft, history))
    try:
        async with contextlib.aclosing(choice.provider.stream(request)) as events:
            async for event in events:
                match event:
                    case TextChunk(text=text):
                        draft.add_text(text)
                    case ReasoningChunk(text=text):
                        draft.add_reasoning(text)
                    case CallStarted():
                        draft.end_thought()
                    case ReplyEnded():
                        return event
    except ProviderError as error:
        error.args = (turn.masker.mask(str(error)),)  # some servers repeat the key that they refuse
        raise
    finally:
        flusher.cancel()
        await asyncio.wait({flusher})
    raise ProviderError("The model's reply ended before it was complete.", kind="truncated", retryable=True)


async def _flush_regularly(draft: _Draft, history: History) -> None:
    while True:
        await asyncio.sleep(FLUSH_INTERVAL_S)
        if draft.is_dirty:
            # What cannot be kept now may be the next time; at the end of the reply it matters.
            with contextlib.suppress(CodexError):
                await draft.flush(history)


async def _keep(draft: _Draft, ended: ReplyEnded, history: History, turn: Turn) -> Reply:
    """Turn what came into items, all committed at once."""
    if ended.finish == "filter":
        raise ProviderError(f"The provider of {draft.choice.model} withheld the reply.", kind="policy")
    was_cut = ended.finish == "length"
    taken = {item.call_id for item in history.items if isinstance(item, ToolCallItem)}
    calls: list[ToolCallItem] = []
    for call in () if was_cut else ended.calls[:MOST_CALLS]:
        # Some servers number their calls anew in every reply; a result must belong to exactly one call.
        call_id = call.call_id if call.call_id and call.call_id not in taken else new_id("call")
        taken.add(call_id)
        calls.append(
            ToolCallItem(id=new_id("tool"), at=time.time(), call_id=call_id, name=call.name, arguments=call.arguments)
        )
    draft.is_whole = True
    await history.append(draft.step(usage=ended.usage), *draft.items(ended, is_truncated=was_cut), *calls)
    if ended.usage is not None:
        turn.count_usage(ended.usage)
        turn.emit(UsageUpdated(step=ended.usage, session=turn.usage))
    is_empty = not calls and not "".join(draft.texts).strip()
    return Reply(calls=tuple(calls), was_cut_at_limit=was_cut, is_empty=is_empty)


@dataclass(slots=True)
class _Draft:
    """What has come so far of a reply."""

    turn: Turn
    choice: ModelChoice
    step_id: str = field(default_factory=lambda: new_id("step"))
    text_id: str = field(default_factory=lambda: new_id("text"))
    reasoning_id: str = field(default_factory=lambda: new_id("think"))
    texts: list[str] = field(default_factory=list[str])
    reasonings: list[str] = field(default_factory=list[str])
    is_dirty: bool = False
    is_whole: bool = False
    """The reply has come to its end; there is nothing truncated to keep."""
    is_speech_first: bool = False
    """The text began before any thought: items stand in the order in which they were shown."""
    thinking_since: float | None = None
    thought_s: float | None = None
    """How long it thought, once it does something else."""
    at: float = field(default_factory=time.time)
    started: float = field(default_factory=time.monotonic)
    took_s: float = 0.0
    """How long the call took, once it has ended."""

    @contextlib.contextmanager
    def timed(self):
        """Tell when the call began and how it ended."""
        emit: Emit = self.turn.emit
        emit(StepStarted(step_id=self.step_id, model=self.choice.model))
        error = "cancelled"
        try:
            yield
            error = ""
        except Interrupted:
            error = "paused"
            raise
        except ProviderError as failure:
            error = str(failure)
            raise
        finally:
            self.took_s = time.monotonic() - self.started
            emit(StepEnded(step_id=self.step_id, duration_s=self.took_s, error=error))

    def add_text(self, text: str) -> None:
        if not text:
            return
        self.end_thought()
        if not self.texts:
            self.is_speech_first = not self.reasonings
            self.turn.emit(ItemStarted(item=self._text_item("")))
        self.texts.append(text)
        self.is_dirty = True
        self.turn.emit(TextDelta(item_id=self.text_id, text=text))

    def add_reasoning(self, text: str) -> None:
        if not text:
            return
        if not self.reasonings:
            self.thinking_since = time.monotonic()
            self.turn.emit(ItemStarted(item=self._reasoning_item(None)))
        self.reasonings.append(text)
        self.turn.emit(ReasoningDelta(item_id=self.reasoning_id, text=text))

    def end_thought(self) -> None:
        """The model does something else now; what it may think later is not timed."""
        if self.thinking_since is not None and self.thought_s is None:
            self.thought_s = time.monotonic() - self.thinking_since

    def items(self, ended: ReplyEnded, *, is_truncated: bool) -> list[Item]:
        self.end_thought()
        items: list[Item] = []
        if self.reasonings or ended.reasoning_opaque is not None:
            items.append(self._reasoning_item(ended.reasoning_opaque))
        if self.texts:
            items.append(self._text_item("".join(self.texts), is_truncated=is_truncated))
        return items[::-1] if self.is_speech_first else items

    def step(self, *, usage: Usage | None = None, error: str = "") -> StepItem:
        return StepItem(
            id=self.step_id, at=self.at, model=self.choice.model, duration_s=self.took_s, usage=usage, error=error
        )

    async def flush(self, history: History) -> None:
        count = len(self.texts)
        await history.journal.record_partial(self._text_item("".join(self.texts), is_truncated=True))
        self.is_dirty = len(self.texts) > count

    async def keep_truncated(self, history: History, why: str) -> str | None:
        """The user paused: what was said so far stays. Thoughts do not: without their signature they are no use."""
        if self.is_whole:
            return None
        self._forget_reasoning()
        text = "".join(self.texts)
        if not text.strip():
            await self._forget_text(history)
            await history.append(self.step(error=why))
            return None
        await history.append(self.step(error=why), self._text_item(text, is_truncated=True))
        return self.text_id

    async def discard(self, history: History, why: str) -> None:
        """The call failed: what was shown of it no longer counts."""
        self._forget_reasoning()
        await self._forget_text(history)
        await history.append(self.step(error=why))

    def _forget_reasoning(self) -> None:
        if self.reasonings:
            self.turn.emit(ItemSuperseded(item_id=self.reasoning_id))

    async def _forget_text(self, history: History) -> None:
        if not self.texts:
            return
        text = self._text_item("".join(self.texts), is_truncated=True)
        await history.journal.record_partial(text)  # it was shown: so it is when the session is opened again
        await history.journal.record_superseded(self.text_id)
        self.turn.emit(ItemSuperseded(item_id=self.text_id))

    def _text_item(self, text: str, *, is_truncated: bool = False) -> AssistantItem:
        return AssistantItem(
            id=self.text_id,
            at=time.time(),
            text=text,
            provider=self.choice.provider.name,
            model=self.choice.model,
            truncated=is_truncated,
        )

    def _reasoning_item(self, opaque: object) -> ReasoningItem:
        return ReasoningItem(
            id=self.reasoning_id,
            at=time.time(),
            text="".join(self.reasonings),
            provider=self.choice.provider.name,
            model=self.choice.model,
            opaque=opaque,  # pyright: ignore[reportArgumentType] Json, as the provider gave it
            duration_s=self.thought_s,
        )
