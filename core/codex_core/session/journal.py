"""Writing one session down as it happens: by its one owner, whose lease is checked before every write."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import Literal, cast

from codex_core.agent.secrets import Masker
from codex_core.protocol import AssistantItem, AuditEntry, Item, Json, JsonObject, ReasoningItem, ToolCallItem, UserItem
from codex_core.protocol.codec import encode_item, encode_value
from codex_core.session.database import Database, Value, bound
from codex_core.session.held_lease import HeldLease
from codex_core.session.lease import Owner
from codex_core.session.record import SessionRecord
from codex_core.session.rows import CheckpointRow, ItemState, item_row

MOST_ITEMS_AT_ONCE = 4000
"""SQLite takes 32,766 parameters in a statement."""


class SessionJournal(SessionRecord):
    """Implements `Journal` and `WaitingJournal` of `codex_core.agent.collaborators`.

    Made by `SessionStore`, which holds the connection.

    What a method was given is committed when it returns. Cancelling the caller cancels the waiting, not the write.
    """

    def __init__(self, database: Database, session_id: str, owner: Owner | None, last_seq: int, masker: Masker) -> None:
        """`owner` is None for reading only. `masker` sees all that is written: no secret gets into the file."""
        super().__init__(database, session_id)
        self._masker = masker
        self._last_seq = last_seq
        self._lease = HeldLease(database, session_id, owner)

    @property
    def last_seq(self) -> int:
        """Of the newest item."""
        return self._last_seq

    async def append(self, *items: Item) -> tuple[Item, ...]:
        """Commit these items, all or none, in this order, after everything committed before; return them as kept.

        Raises:
            SessionBusy: another process took the session over.
            CodexError: it cannot be written.
        """
        if not items:
            return ()
        assert len(items) <= MOST_ITEMS_AT_ONCE
        kept = tuple(map(self._masker.mask_item, items))
        await self._insert([self._row(item, "complete") for item in kept], is_final=True)
        return kept

    async def record_partial(self, item: AssistantItem | ReasoningItem) -> None:
        await self._insert([self._row(self._masker.mask_item(item), "partial")], is_final=False)

    async def _insert(self, rows: list[tuple[Value, ...]], *, is_final: bool) -> None:
        self._lease.check()
        # A kept part of an item gives way to the whole, at the end; a late part never undoes the whole.
        conflict = (
            "DO UPDATE SET seq = excluded.seq, at = excluded.at, state = excluded.state, data = excluded.data"
            if is_final
            else "DO UPDATE SET at = excluded.at, data = excluded.data WHERE state = 'partial'"
        )
        places = ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?)"] * len(rows))
        sql = f"""
            INSERT INTO items (session_id, seq, item_id, kind, call_id, at, state, data) VALUES {places}
            ON CONFLICT (session_id, item_id) {conflict}
        """  # noqa: S608 - made of constants
        try:
            await self._database.run(sql, [value for row in rows for value in row])
        except sqlite3.IntegrityError as error:
            if "seq" not in str(error):
                raise
            raise self._lease.lost() from error

    async def record_call(self, call: ToolCallItem) -> None:
        self._lease.check()
        await self._database.run_durably(
            "INSERT OR IGNORE INTO calls_started (session_id, call_id, at) VALUES (?, ?, ?)",
            (self._session_id, bound(call.call_id), time.time()),
        )

    async def record_superseded(self, item_id: str, *others: str) -> None:
        self._lease.check()
        await self._database.run(
            "UPDATE items SET state = 'superseded' WHERE session_id = ? "  # noqa: S608 - made of marks
            f"AND item_id IN ({', '.join('?' * (1 + len(others)))})",
            (self._session_id, *map(bound, (item_id, *others))),
        )

    async def record(self, entry: AuditEntry) -> None:
        """Commit a line of the audit log."""
        self._lease.check()
        data = cast(dict[str, Json], encode_value(AuditEntry, self._masker.mask_record(entry)))
        await self._database.run(
            "INSERT INTO audit (session_id, at, kind, data) VALUES (?, ?, ?, ?)",
            (self._session_id, time.time(), cast(str, data["type"]), json.dumps(data)),
        )

    async def record_waiting(self, item: UserItem, when: Literal["steer", "queue", "command", "redirect"]) -> None:
        """Commit what the user has said and nobody was told yet, or other words in its place.

        Not if it was delivered meanwhile: the item of this id is there then, and with it this was forgotten.
        """
        self._lease.check()
        kept = self._masker.mask_item(item)
        await self._database.run(
            """
            INSERT INTO waiting (session_id, item_id, at, until, data) SELECT ?1, ?2, ?3, ?4, ?5
            WHERE NOT EXISTS (SELECT 1 FROM items WHERE session_id = ?1 AND item_id = ?2)
            ON CONFLICT (session_id, item_id) DO UPDATE SET data = excluded.data
            """,
            (self._session_id, item.id, item.at, when, encode_item(kept)),
        )

    async def forget_waiting(self, item_id: str) -> None:
        """Commit that it waits no more."""
        self._lease.check()
        await self._database.run(
            "DELETE FROM waiting WHERE session_id = ? AND item_id = ?", (self._session_id, bound(item_id))
        )

    async def record_checkpoint(self, row: CheckpointRow) -> None:
        """Commit which state the files were in before or after a turn, a call or a rewind."""
        self._lease.check()
        await self._database.run(
            "INSERT INTO checkpoints (session_id, seq, at, kind, ref, checkpoint) VALUES (?, ?, ?, ?, ?, ?)",
            (self._session_id, row.seq, time.time(), row.kind, bound(row.ref), row.checkpoint),
        )

    async def set_title(self, title: str, by: Literal["words", "model"] = "words") -> None:
        """Name the session by the first words of its first prompt, or as the model would; never against the user."""
        self._lease.check()
        await self._database.run(
            "UPDATE sessions SET title = ?, title_by = ? WHERE id = ? AND title_by <> 'user'",
            (bound(self._masker.mask(title)), by, self._session_id),
        )

    async def set_workspace(self, workspace: Path) -> None:
        """The session works in another folder from now on, and is resumed there."""
        self._lease.check()
        await self._database.run(
            "UPDATE sessions SET workspace = ? WHERE id = ?", (bound(str(workspace)), self._session_id)
        )

    async def set_settings(self, settings: JsonObject) -> None:
        """Keep what a later opening should begin with; its `model`, if any, is also what lists show."""
        self._lease.check()
        model = settings.get("model")
        await self._database.run(
            "UPDATE sessions SET settings = ?, model = coalesce(?, model) WHERE id = ?",
            (json.dumps(settings), bound(model) if isinstance(model, str) else None, self._session_id),
        )

    async def close(self) -> None:
        """Give the session free. One in which nothing was said leaves no trace. May be called twice."""
        if not await self._lease.rest():
            return
        await self._database.run(
            """
            DELETE FROM sessions WHERE id = ? AND item_count = 0
            AND NOT EXISTS (SELECT 1 FROM items WHERE items.session_id = sessions.id)
            """,
            (self._session_id,),
        )
        await self._lease.give_up()

    def _row(self, item: Item, state: ItemState) -> tuple[Value, ...]:
        self._last_seq += 1
        return item_row(self._session_id, self._last_seq, item, state)
