"""What the user said while the agent works: delivered inside the turn (steering, commands) or after it (queued).

All of it is written down when it is said. An item that is made of it has the id that it had here, and with that item
the journal forgets that it waits: a kill at any moment neither loses it nor says it twice.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from codex_core.agent.collaborators import Emit, WaitingJournal
from codex_core.agent.history import notice_item, user_item
from codex_core.protocol import (
    CodexError,
    ItemCompleted,
    Part,
    QueueChanged,
    QueuedPrompt,
    TextPart,
    UserItem,
)

When: TypeAlias = Literal["steer", "queue", "command", "redirect"]
"""`redirect`: on its way into the turn already, before all that steers; it cannot be changed any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    item: UserItem
    """What it becomes when it is delivered; a command becomes a call of the same id."""
    when: When

    @property
    def text(self) -> str:
        return "\n".join(part.text for part in self.item.parts if isinstance(part, TextPart))


class Inbox:
    """One for a session. Everything in it but redirections can still be edited or removed."""

    def __init__(self, emit: Emit, journal: WaitingJournal) -> None:
        self._emit = emit
        self._journal = journal
        self._waiting: list[Waiting] = []

    def load(self, waiting: Iterable[Waiting]) -> None:
        """This was said before, and never delivered. It waits until the user goes on."""
        for each in waiting:
            self._waiting.append(replace(each, when="steer") if each.when == "redirect" else each)

    # What the user wishes. It counts at once, and is written down when these return.

    async def put(self, parts: tuple[Part, ...], when: When) -> None:
        waiting = Waiting(item=user_item(parts), when=when)
        self._waiting.append(waiting)
        self._tell()
        await self._write(self._journal.record_waiting(waiting.item, waiting.when))

    async def edit(self, queued_id: str, text: str) -> None:
        for at, waiting in enumerate(self._waiting):
            if waiting.item.id == queued_id and waiting.when != "redirect":
                others = (part for part in waiting.item.parts if not isinstance(part, TextPart))  # images stay
                item = replace(waiting.item, parts=(TextPart(text=text), *others))
                self._waiting[at] = replace(waiting, item=item)
                self._tell()
                await self._write(self._journal.record_waiting(item, waiting.when))
                return

    async def remove(self, queued_id: str) -> None:
        self._waiting = [waiting for waiting in self._waiting if waiting.item.id != queued_id]
        self._tell()
        await self._write(self._journal.forget_waiting(queued_id))

    async def _write(self, writing: Awaitable[None]) -> None:
        try:
            await writing
        except CodexError as error:  # it waits all the same, for as long as the program runs
            said = f"What waits could not be written down: {error}"
            self._emit(ItemCompleted(item=notice_item("warning", said)))

    # What is delivered.

    @property
    def has_steering(self) -> bool:
        return any(waiting.when in ("redirect", "steer") for waiting in self._waiting)

    @property
    def has_prompts(self) -> bool:
        return any(waiting.when != "command" for waiting in self._waiting)

    async def deliver_steering(self, append: Callable[..., Awaitable[None]]) -> None:
        """Have what steers appended to the history, redirections first.

        Raises:
            CodexError: it cannot be; it goes on waiting.
        """
        taken = [waiting for waiting in self._in_order() if waiting.when in ("redirect", "steer")]
        if not taken:
            return
        before, self._waiting = self._waiting, [waiting for waiting in self._waiting if waiting not in taken]
        try:
            await append(*(replace(w.item, at=time.time(), origin=_ORIGINS[w.when]) for w in taken))
        except CodexError:
            self._waiting = [*before, *(waiting for waiting in self._waiting if waiting not in before)]
            raise
        self._tell()

    def take_command(self) -> Waiting | None:
        """What is to be run in the shell next; None: nothing more."""
        return self._take(lambda waiting: waiting.when == "command")

    def take_next(self) -> UserItem | None:
        """What the next turn begins with, now that none runs; None: nothing waits.

        What came too late to be delivered inside the last turn goes before what was queued.
        """
        taken = self._take(lambda waiting: waiting.when != "command")
        return replace(taken.item, at=time.time()) if taken is not None else None

    def put_back(self, prompt: UserItem) -> None:
        """It was to be delivered, and could not be written down."""
        self._waiting.insert(0, Waiting(item=prompt, when="queue"))
        self._tell()

    def _take(self, wanted: Callable[[Waiting], bool]) -> Waiting | None:
        first = next((waiting for waiting in self._in_order() if wanted(waiting)), None)
        if first is not None:
            self._waiting.remove(first)
            self._tell()
        return first

    def _in_order(self) -> list[Waiting]:
        return sorted(self._waiting, key=lambda waiting: _ORDER[waiting.when])

    def told(self) -> QueueChanged:
        return QueueChanged(
            prompts=tuple(
                QueuedPrompt(queued_id=waiting.item.id, text=waiting.text, when=waiting.when)
                for waiting in self._in_order()
                if waiting.when != "redirect"
            )
        )

    def _tell(self) -> None:
        self._emit(self.told())


_ORDER = {"redirect": 0, "steer": 1, "command": 1, "queue": 2}
_ORIGINS: dict[When, Literal["steer", "redirect"]] = {"redirect": "redirect", "steer": "steer"}
