"""One session in the database: written as it happens by its one owner, read in pages from its end."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, cast

from codex_core.agent.secrets import Masker
from codex_core.protocol import (
    AssistantItem,
    AuditEntry,
    CompactionItem,
    Item,
    Json,
    JsonObject,
    ReasoningItem,
    Rule,
    RuleMade,
    RuleRemoved,
    SessionCorrupt,
    ToolCallItem,
    Usage,
)
from codex_core.protocol.codec import encode_value
from codex_core.session.database import Database, Row, Value, bound, moment_of, text_of
from codex_core.session.held_lease import HeldLease
from codex_core.session.lease import Owner
from codex_core.session.rows import (
    AuditLine,
    CheckpointKind,
    CheckpointRow,
    ItemState,
    Landmark,
    entry_of,
    item_of,
    item_row,
    usage_of,
)

MOST_ITEMS_AT_ONCE = 4000
"""SQLite takes 32,766 parameters in a statement."""
_SMALL_PAGE = 64
"""Rows that may be decoded on the event loop: under 2 ms."""


class SessionJournal:
    """Implements `codex_core.agent.collaborators.Journal`; made by `SessionStore`, which holds the connection.

    What a method was given is committed when it returns. Cancelling the caller cancels the waiting, not the write.
    """

    def __init__(self, database: Database, session_id: str, owner: Owner | None, last_seq: int, masker: Masker) -> None:
        """`owner` is None for reading only. `masker` sees all that is written: no secret gets into the file."""
        self._database = database
        self._masker = masker
        self._session_id = session_id
        self._last_seq = last_seq
        self._lease = HeldLease(database, session_id, owner)

    @property
    def session_id(self) -> str:
        return self._session_id

    @property
    def last_seq(self) -> int:
        """Of the newest item."""
        return self._last_seq

    # Writing.

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

    # Reading.

    async def items(
        self,
        before_id: str | None = None,
        limit: int | None = None,
        *,
        strict: bool = False,
        with_superseded: bool = False,
    ) -> tuple[Item, ...]:
        """Return the newest `limit` items before the item `before_id` (None: the end), oldest first.

        Superseded and rewound items are left out, but for what the model said if they are asked for; what is only
        partial is truncated. A row that cannot be read comes as `Unknown`.

        Raises:
            SessionCorrupt: `strict`, and a row cannot be read; or the file is damaged.
        """
        before, parameters = "", [self._session_id]
        counts = "(state <> 'superseded' OR kind = 'assistant')" if with_superseded else "state <> 'superseded'"
        if before_id is not None:
            before = "AND seq < (SELECT seq FROM items WHERE session_id = ? AND item_id = ?)"
            parameters += [self._session_id, cast(str, bound(before_id))]
        sql = f"""
            SELECT seq, kind, state, data FROM items
            WHERE session_id = ? AND {counts} AND rewound_by IS NULL {before}
            ORDER BY seq DESC LIMIT ?
        """  # noqa: S608 - made of constants
        rows = await self._database.run(sql, [*parameters, -1 if limit is None else limit])
        rows.reverse()
        if len(rows) <= _SMALL_PAGE:
            return self._decode(rows, strict=strict)
        return await asyncio.to_thread(self._decode, rows, strict=strict)

    async def item_count(self) -> int:
        rows = await self._database.run("SELECT item_count FROM sessions WHERE id = ?", (self._session_id,))
        return cast(int, rows[0][0])

    async def open_calls(self) -> tuple[ToolCallItem, ...]:
        """Return the calls that have no result, in their order."""
        rows = await self._database.run(
            """
            SELECT seq, kind, state, data FROM items AS call
            WHERE session_id = ? AND call_id IS NOT NULL AND kind = 'tool_call' AND state = 'complete'
            AND rewound_by IS NULL
            AND NOT EXISTS (
                SELECT 1 FROM items AS result
                WHERE result.session_id = call.session_id AND result.call_id = call.call_id
                AND result.kind = 'tool_result' AND result.state = 'complete'
            ) ORDER BY seq
            """,
            (self._session_id,),
        )
        return tuple(item for item in self._decode(rows, strict=False) if isinstance(item, ToolCallItem))

    async def started_calls(self) -> frozenset[str]:
        """Return the ids of the calls that had begun to run, whatever became of them."""
        rows = await self._database.run("SELECT call_id FROM calls_started WHERE session_id = ?", (self._session_id,))
        return frozenset(text_of(row[0]) for row in rows)

    async def audit(self, *kinds: str) -> tuple[AuditLine, ...]:
        """Return the audit log in order, or its lines of these kinds; a line that cannot be read comes as `Unknown`."""
        only = f"AND kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
        rows = await self._database.run(
            f"SELECT at, kind, data FROM audit WHERE session_id = ? {only} ORDER BY id",  # noqa: S608 - made of marks
            [self._session_id, *kinds],
        )
        return tuple(
            AuditLine(at=moment_of(at), entry=entry_of(text_of(kind), text_of(data))) for at, kind, data in rows
        )

    async def session_rules(self) -> tuple[Rule, ...]:
        """Return the rules that were made for this session and not removed."""
        rules: dict[str, Rule] = {}
        for line in await self.audit("rule_made", "rule_removed"):
            match line.entry:
                case RuleMade(rule=rule) if rule.scope == "session":
                    rules[rule.rule_id] = rule
                case RuleRemoved(rule=rule):
                    rules.pop(rule.rule_id, None)
                case _:
                    pass
        return tuple(rules.values())

    async def total_usage(self) -> Usage:
        rows = await self._database.run(
            """
            SELECT coalesce(sum(input_tokens), 0), coalesce(sum(cached_input_tokens), 0),
                coalesce(sum(output_tokens), 0), coalesce(sum(reasoning_tokens), 0),
                sum(cost_usd), coalesce(max(is_estimate), 0)
            FROM usage WHERE session_id = ?
            """,
            (self._session_id,),
        )
        return usage_of(rows[0])

    async def last_usage(self) -> Usage | None:
        """Return what the newest model call used, as far as it told, or what a compaction after it has left."""
        newest = await self._database.run(
            """
            SELECT seq, kind, state, data FROM items
            WHERE session_id = ? AND state <> 'superseded' AND rewound_by IS NULL AND kind IN ('step', 'compaction')
            AND coalesce(CASE WHEN json_valid(data) THEN json_extract(data, '$.purpose') END, '') <> 'title'
            ORDER BY seq DESC LIMIT 1
            """,
            (self._session_id,),
        )
        match self._decode(newest, strict=False):
            case (CompactionItem(tokens_after=left),):
                return Usage(input_tokens=left, is_estimate=True)
            case _:
                pass
        rows = await self._database.run(
            """
            SELECT input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, cost_usd, is_estimate
            FROM usage WHERE session_id = ? AND NOT EXISTS (
                SELECT 1 FROM items WHERE items.session_id = usage.session_id AND item_id = step_id
                AND (
                    rewound_by IS NOT NULL
                    OR CASE WHEN json_valid(data) THEN json_extract(data, '$.purpose') = 'title' END
                )
            ) ORDER BY rowid DESC LIMIT 1
            """,
            (self._session_id,),
        )
        return usage_of(rows[0]) if rows else None

    async def checkpoints(self) -> tuple[CheckpointRow, ...]:
        """Return all that were recorded, oldest first, also those of turns that do not count any more."""
        rows = await self._database.run(
            "SELECT seq, kind, ref, checkpoint FROM checkpoints WHERE session_id = ? ORDER BY id", (self._session_id,)
        )
        return tuple(
            CheckpointRow(
                seq=cast(int, seq),
                kind=cast(CheckpointKind, kind),
                ref=text_of(ref),
                checkpoint=text_of(checkpoint),
            )
            for seq, kind, ref, checkpoint in rows
        )

    async def landmarks(self) -> tuple[Landmark, ...]:
        """Return where turns and rewinds begin, in order."""
        rows = await self._database.run(
            """
            SELECT seq, item_id FROM items WHERE session_id = ?
            AND (kind = 'rewind' OR (
                kind = 'user' AND CASE WHEN json_valid(data) THEN json_extract(data, '$.origin') = 'prompt' END
            )) ORDER BY seq
            """,
            (self._session_id,),
        )
        return tuple(Landmark(seq=cast(int, seq), item_id=text_of(item_id)) for seq, item_id in rows)

    async def title(self) -> str:
        rows = await self._database.run("SELECT title FROM sessions WHERE id = ?", (self._session_id,))
        return text_of(rows[0][0])

    async def settings(self) -> JsonObject:
        rows = await self._database.run("SELECT settings FROM sessions WHERE id = ?", (self._session_id,))
        try:
            settings = cast(Json, json.loads(text_of(rows[0][0])))
        except (ValueError, RecursionError):
            return {}
        return settings if isinstance(settings, Mapping) else {}

    # The lease.

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

    def _decode(self, rows: Sequence[Row], *, strict: bool) -> tuple[Item, ...]:
        try:
            return tuple(item_of(row, strict=strict) for row in rows)
        except SessionCorrupt as error:
            raise SessionCorrupt(f"session {self._session_id}, {error}") from error
