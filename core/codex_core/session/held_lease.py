"""The lease of a session while this process has it: a heartbeat, and the knowledge that it is lost."""

from __future__ import annotations

import asyncio
import contextlib

from codex_core.protocol import SessionBusy
from codex_core.session.database import Database
from codex_core.session.lease import BEAT_S, Owner, give_up_lease, renew_lease


class HeldLease:
    def __init__(self, database: Database, session_id: str, owner: Owner | None) -> None:
        """`owner` is None for whoever only reads: then it never was held."""
        self._database = database
        self._session_id = session_id
        self._owner = owner
        self._is_lost = owner is None
        self._beating = asyncio.create_task(self._beat(owner), name="lease") if owner is not None else None
        """Owned here; cancelled and awaited by `rest`."""

    def check(self) -> None:
        """Raises:
        SessionBusy: the session does not belong to this process.
        """
        if self._is_lost:
            raise self.lost()

    def lost(self) -> SessionBusy:
        """Somebody else has it; returns what to raise."""
        self._is_lost = True
        return SessionBusy(f"session {self._session_id} does not belong to this process any more; nothing was written")

    async def rest(self) -> bool:
        """End the heartbeat; whether the lease is still held, and `give_up` is to be called."""
        if (beating := self._beating) is None:
            return False
        beating.cancel()
        await asyncio.wait({beating})
        self._beating = None
        return not self._is_lost

    async def give_up(self) -> None:
        if self._owner is not None:
            await give_up_lease(self._database, self._session_id, self._owner)
        self._is_lost = True

    async def _beat(self, owner: Owner) -> None:
        while not self._is_lost:
            await asyncio.sleep(BEAT_S)
            with contextlib.suppress(Exception):  # the border of this task: a write that matters will fail by itself
                self._is_lost = not await renew_lease(self._database, self._session_id, owner)
