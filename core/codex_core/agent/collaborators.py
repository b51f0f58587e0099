"""What the loop works with, as protocols: it knows no SQL, no screen, no signals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from codex_core.protocol import (
    AssistantItem,
    AuditEntry,
    Event,
    Item,
    ReasoningItem,
    Rule,
    ToolCallItem,
    UserItem,
)


class Emit(Protocol):
    def __call__(self, event: Event, /) -> None: ...


class Journal(Protocol):
    """Where a session is written down as it happens. What a method was given is committed when it returns."""

    async def append(self, *items: Item) -> tuple[Item, ...]:
        """Commit these items, all or none, in this order, after everything committed before.

        Returns them as they were kept, without secrets: that is what is shown, so that a resumed session looks as it
        did.
        """
        ...

    async def record_call(self, call: ToolCallItem) -> None:
        """Commit, through to the disk, that this call (appended before) is about to run."""
        ...

    async def record_partial(self, item: AssistantItem | ReasoningItem) -> None:
        """Keep what has come so far of an item, instead of what was kept of it before.

        `append` with the same id completes it. What is only partial when a session is opened again counts as
        truncated.
        """
        ...

    async def record_superseded(self, item_id: str) -> None:
        """Commit that the item no longer counts. It stays in the database and is left out when read."""
        ...

    async def record(self, entry: AuditEntry) -> None:
        """Commit a line of the audit log: who was asked what, what they said, what was allowed and why."""
        ...


class WaitingJournal(Protocol):
    """Where what the user has said is written down until it is delivered: as an item of the same id, with which the
    journal forgets that it waits. What a method was given is committed when it returns."""

    async def record_waiting(self, item: UserItem, when: Literal["steer", "queue", "command", "redirect"]) -> None:
        """Keep it, or other words in its place; but not if an item of its id is there already."""
        ...

    async def forget_waiting(self, item_id: str) -> None:
        """It waits no more, and was not delivered."""
        ...


class FileRecorder(Protocol):
    """Records the files of the workspace around calls that may change them. Never fails: the agent goes on without."""

    async def before_call(self, call_id: str) -> None:
        """Record the files as they are before this call. Bounded."""
        ...

    def after_call(self, call_id: str) -> None:
        """Have the files recorded as they are now, before anything is recorded that comes later."""
        ...


class NoFileRecorder:
    async def before_call(self, call_id: str) -> None:
        pass

    def after_call(self, call_id: str) -> None:
        pass


class SavedRules(Protocol):
    """The rules that outlive a session. Blocks; several processes may use them at once."""

    def load(self) -> tuple[Rule, ...]:
        """Return all of them, those of other projects too, in the order of their making.

        Raises:
            CodexError: they cannot be read; says where.
        """
        ...

    def add(self, rules: Sequence[Rule]) -> None:
        """Keep these too.

        Raises:
            CodexError: they cannot be read or written; nothing has changed.
        """
        ...

    def remove(self, rule_id: str) -> Rule | None:
        """Forget a rule and return it; None if there is none of that id.

        Raises:
            CodexError: as for `add`.
        """
        ...
