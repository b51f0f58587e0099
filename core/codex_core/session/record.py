"""One session as the database has it: its items in pages from the end, its audit log, its sums and its settings."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import cast, get_args

from codex_core.agent.inbox import Waiting, When
from codex_core.protocol import (
    CompactionItem,
    Item,
    Json,
    JsonObject,
    Rule,
    RuleMade,
    RuleRemoved,
    SessionCorrupt,
    ToolCallItem,
    Usage,
    UserItem,
)
from codex_core.session.database import Database, Row, bound, moment_of, text_of
from codex_core.session.rows import AuditLine, CheckpointKind, CheckpointRow, Landmark, entry_of, item_of, usage_of

_SMALL_PAGE = 64
"""Rows that may be decoded on the event loop: under 2 ms."""


class SessionRecord:
    """Reads, whoever owns the session and writes it meanwhile. Every method sees what is committed by then."""

    def __init__(self, database: Database, session_id: str) -> None:
        self._database = database
        self._session_id = session_id

    @property
    def session_id(self) -> str:
        return self._session_id

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

    async def waiting(self) -> tuple[Waiting, ...]:
        """Return what the user has said and nobody was told yet, in order. A row that cannot be read is left out."""
        rows = await self._database.run(
            "SELECT until, 'user', 'complete', data FROM waiting WHERE session_id = ? ORDER BY rowid",
            (self._session_id,),
        )
        return tuple(
            Waiting(item=item, when=cast(When, until))
            for (until, *_), item in zip(rows, self._decode(rows, strict=False), strict=True)
            if isinstance(item, UserItem) and until in get_args(When)
        )

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

    def _decode(self, rows: Sequence[Row], *, strict: bool) -> tuple[Item, ...]:
        try:
            return tuple(item_of(row, strict=strict) for row in rows)
        except SessionCorrupt as error:
            raise SessionCorrupt(f"session {self._session_id}, {error}") from error
