"""Events from the session to its readers. Publishing costs nothing much; deltas are merged when they are read."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Iterable
from dataclasses import replace
from typing import TypeAlias

from codex_core.protocol import Envelope, Event, ReasoningDelta, TextDelta, ToolOutputDelta

Delta: TypeAlias = TextDelta | ReasoningDelta | ToolOutputDelta


class Bus:
    """Every reader sees every event, in order. Publish from the event loop only."""

    def __init__(self) -> None:
        self._seq = 0
        self._readers: set[_Reader] = set()
        self._is_closed = False

    def publish(self, event: Event, agent: tuple[str, ...] = ()) -> None:
        self._seq += 1
        envelope = Envelope(seq=self._seq, agent=agent, at=time.time(), event=event)
        for reader in self._readers:
            reader.put(envelope)

    def close(self) -> None:
        """Readers end when they have read what is there."""
        self._is_closed = True
        for reader in self._readers:
            reader.wake.set()

    def reader(self, first: Iterable[Event] = ()) -> AsyncGenerator[Envelope, None]:
        """All events from this call on, after those of `first`."""
        reader = _Reader()
        now = time.time()
        for event in first:
            reader.put(Envelope(seq=self._seq, agent=(), at=now, event=event))
        self._readers.add(reader)
        return self._read(reader)

    async def _read(self, reader: _Reader) -> AsyncGenerator[Envelope, None]:
        try:
            while True:
                while reader.waiting:
                    yield reader.take()
                if self._is_closed:
                    return
                reader.wake.clear()
                await reader.wake.wait()
        finally:
            self._readers.discard(reader)


class _Reader:
    """What one reader has not read yet. Nothing is dropped: a slow reader gets longer deltas."""

    def __init__(self) -> None:
        self.waiting: deque[Envelope] = deque()
        self.wake = asyncio.Event()

    def put(self, envelope: Envelope) -> None:
        self.waiting.append(envelope)
        self.wake.set()

    def take(self) -> Envelope:
        """The next event; deltas of the same item that follow each other come as one."""
        envelope = self.waiting.popleft()
        delta = envelope.event
        if not isinstance(delta, TextDelta | ReasoningDelta | ToolOutputDelta):
            return envelope
        texts = [delta.text]
        while (more := self._continuation(envelope.agent, delta)) is not None:
            envelope = self.waiting.popleft()
            texts.append(more)
        return envelope if len(texts) == 1 else replace(envelope, event=replace(delta, text="".join(texts)))

    def _continuation(self, agent: tuple[str, ...], delta: Delta) -> str | None:
        """The text of the next event if it goes on with `delta`."""
        if not self.waiting or self.waiting[0].agent != agent:
            return None
        match delta, self.waiting[0].event:
            case (TextDelta(item_id=own), TextDelta(item_id=other, text=text)) if own == other:
                return text
            case (ReasoningDelta(item_id=own), ReasoningDelta(item_id=other, text=text)) if own == other:
                return text
            case (ToolOutputDelta(call_id=own), ToolOutputDelta(call_id=other, text=text)) if own == other:
                return text
            case _:
                return None
