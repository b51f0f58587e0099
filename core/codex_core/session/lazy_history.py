"""The history of a session, read only when somebody works with it: opening costs the screen, not the session."""

from __future__ import annotations

from collections.abc import Sequence

from codex_core.agent.collaborators import Emit
from codex_core.agent.history import History
from codex_core.protocol import Item, ItemCompleted, Unknown, UserItem
from codex_core.session.crash import Crash
from codex_core.session.journal import SessionJournal


class LazyHistory:
    """One for a session."""

    def __init__(self, journal: SessionJournal, emit: Emit) -> None:
        self._journal = journal
        self._emit = emit
        self._history: History | None = None
        self._unmasked: dict[str, Item] = {}
        """What the user said, with the secrets in it, until there is a history: the model is meant to hear them."""

    @property
    def known(self) -> Sequence[Item] | None:
        """The items, if they have been read."""
        return self._history.items if self._history is not None else None

    async def items(self) -> Sequence[Item]:
        return self._history.items if self._history is not None else await self._journal.items()

    async def append(self, *items: Item) -> None:
        """Append without reading what is there.

        Raises:
            CodexError: they cannot be written.
        """
        if self._history is not None:
            await self._history.append(*items)
            return
        for item, kept in zip(items, await self._journal.append(*items), strict=True):
            if isinstance(item, UserItem) and kept != item:
                self._unmasked[item.id] = item
            self._emit(ItemCompleted(item=kept))

    async def read(self, crash: Crash) -> History:
        """The history itself, every call in it with a result but those of `crash`, which are about to run again."""
        if self._history is None:
            items = [self._unmasked.get(getattr(item, "id", ""), item) for item in await self._journal.items()]
            self._unmasked = {}
            self._history = History(items, self._journal, self._emit, started=crash.started)
            await self._history.settle(but=crash.calls)
        return self._history

    async def settle(self, *, is_left: bool = False) -> None:
        """Give every call that has no result one. `is_left`: but not to those that a later opening goes on with."""
        if self._history is not None:
            await self._history.settle(but=self._history.not_begun() if is_left else ())

    def forget(self) -> None:
        """Other items count now: they are read anew."""
        if self._history is not None:
            self._unmasked = {item.id: item for item in self._history.items if not isinstance(item, Unknown)}
            self._history = None
