"""The items of a session as the loop sees them: in memory, each committed before anybody is told of it."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable

from codex_core.agent.collaborators import Emit, Journal
from codex_core.agent.messages import NO_RESULT
from codex_core.agent.unbroken import unbroken
from codex_core.protocol import (
    Item,
    ItemCompleted,
    ItemStarted,
    ItemSuperseded,
    NoticeItem,
    NoticeLevel,
    Origin,
    Part,
    TextPart,
    ToolCallItem,
    ToolResultItem,
    UserItem,
    new_id,
)


class History:
    """What is in the database, in memory and shown is the same, also after a cancellation or a failed write.

    But for secrets in what the user and the model write: those are in memory alone, for the model.
    """

    def __init__(self, items: Iterable[Item], journal: Journal, emit: Emit, *, started: Iterable[str] = ()) -> None:
        """`started`: calls without a result that had begun to run before."""
        self.items: list[Item] = list(items)
        self.journal = journal
        self._emit = emit
        self._shown: dict[str, ToolCallItem] = {}
        """Calls as they were kept, by their id."""
        self._started = set(started)
        """Calls that ran, or run, and may have changed something."""
        self._unkept: dict[str, ToolResultItem] = {}
        """Results that could not be written, by call: what was done cannot be done again to get them."""

    async def append(self, *items: Item) -> None:
        if items:
            await unbroken(self._append(items))

    async def _append(self, items: tuple[Item, ...]) -> None:
        try:
            kept = await self.journal.append(*items)
        except Exception:
            self._unkept.update({item.call_id: item for item in items if isinstance(item, ToolResultItem)})
            raise
        self.items.extend(items)
        for item in kept:
            if isinstance(item, ToolCallItem):
                self._shown[item.call_id] = item
            self._emit(ItemCompleted(item=item))

    async def begin_call(self, call: ToolCallItem, *, has_effect: bool) -> None:
        """This call is about to run. If it may change something, write that down, through to the disk."""
        if has_effect:
            await self.journal.record_call(call)
            self._started.add(call.call_id)
        self._emit(ItemStarted(item=self._shown.pop(call.call_id, call)))

    async def supersede(self, item_id: str) -> None:
        """The item no longer counts: the model will not see it again."""
        await unbroken(self._supersede(item_id))

    async def _supersede(self, item_id: str) -> None:
        await self.journal.record_superseded(item_id)
        self.items = [item for item in self.items if getattr(item, "id", None) != item_id]
        self._emit(ItemSuperseded(item_id=item_id))

    def has_begun(self, call: ToolCallItem) -> bool:
        """Whether it may have changed something."""
        return call.call_id in self._started

    def hold(self, result: ToolResultItem) -> None:
        """Have it written by `settle`: the call was given up, and now nothing may be waited for."""
        self._unkept[result.call_id] = result

    def not_begun(self) -> tuple[ToolCallItem, ...]:
        """The calls without a result, if none of them has begun: they can be asked about later as well as now.

        Where one was cut short in the middle, what comes after it is for the model to say.
        """
        calls = self._open_calls()
        return () if any(map(self.has_begun, calls)) else calls

    async def settle(self, but: Collection[ToolCallItem] = ()) -> None:
        """Give every call that has no result one: its own that could not be written, else one that says so.

        `but`: those are about to run.
        """
        spared = {call.call_id for call in but}
        calls = [call for call in self._open_calls() if call.call_id not in spared]
        own = self._unkept
        await self.append(
            *(own.get(call.call_id) or interrupted(call, was_started=call.call_id in self._started) for call in calls)
        )
        self._unkept = {}

    def _open_calls(self) -> tuple[ToolCallItem, ...]:
        answered = {item.call_id for item in self.items if isinstance(item, ToolResultItem)}
        calls = (item for item in self.items if isinstance(item, ToolCallItem))
        return tuple(call for call in calls if call.call_id not in answered)


def user_item(text: str | tuple[Part, ...], origin: Origin = "prompt") -> UserItem:
    parts = (TextPart(text=text),) if isinstance(text, str) else text
    return UserItem(id=new_id("user"), at=time.time(), parts=parts, origin=origin)


def notice_item(level: NoticeLevel, text: str) -> NoticeItem:
    return NoticeItem(id=new_id("note"), at=time.time(), level=level, text=text)


def interrupted(call: ToolCallItem, *, was_started: bool) -> ToolResultItem:
    """The result of a call that nothing more will come of."""
    return ToolResultItem(
        id=new_id("result"),
        at=time.time(),
        call_id=call.call_id,
        name=call.name,
        status="interrupted",
        output=NO_RESULT if was_started else "Not run: the turn ended before this call began.",
    )
