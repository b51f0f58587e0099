"""How far a session is, as the journal has it: what a later opening begins with, and what it should do about it."""

from __future__ import annotations

import asyncio
from typing import Literal, TypeAlias

from codex_core.protocol import Json
from codex_core.session.commit import commit_of
from codex_core.session.journal import SessionJournal
from codex_core.session.place import Place

HowFar: TypeAlias = Literal["running", "paused", "command"]
"""A turn that works, one that waits for the user to continue it, or a command of the user's own."""

LEFT = "The last turn was interrupted before it had ended. Say “continue” to go on."


class Unfinished:
    """One for a session."""

    def __init__(self, journal: SessionJournal, place: Place) -> None:
        self._journal = journal
        self._place = place
        self.now: HowFar | None = None
        """None: all is done. It is for the next `keep`; nothing is written before."""

    async def left(self) -> Json:
        """What whoever had the session last left undone; None if nothing."""
        return (await self._journal.settings()).get("unfinished")

    async def mark(self, now: HowFar | None) -> None:
        self.now = now
        await self.keep()

    async def keep(self) -> None:
        """Write it down, with the settings and the commit at which the folder is."""
        commit = await asyncio.to_thread(commit_of, self._place.project.workspace)
        await self._journal.set_settings({**self._place.stored(), "unfinished": self.now, "commit": commit})
