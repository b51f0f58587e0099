"""The sessions as somebody browses them: which there are, what is worth knowing of some, a look into one.

To know of some costs what is shown of them: nothing grows with the number of sessions, little with the length of one.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from codex_core.protocol import AssistantItem, DiffBlock, Item, SessionCorrupt, TextPart, TurnFile, UserItem
from codex_core.protocol import ToolResultItem as Result
from codex_core.protocol.codec import decode_item
from codex_core.session.database import Database, Row, Value, bound, text_of
from codex_core.session.lease import is_alive
from codex_core.session.sought import Sought
from codex_core.session.summary import COLUMNS, SessionSummary, summary_of
from codex_core.session.turns import TurnSummary, count_edits

_COUNTS = "state <> 'superseded' AND rewound_by IS NULL"
_LISTED = f"""
    SELECT {COLUMNS.replace("id,", "sessions.id,", 1)},
        (SELECT count(*) FROM items WHERE session_id = sessions.id AND kind = 'turn_end' AND rewound_by IS NULL),
        (SELECT sum(cost_usd) FROM usage WHERE session_id = sessions.id),
        CASE WHEN json_valid(settings) THEN json_extract(settings, '$.unfinished') END,
        CASE WHEN json_valid(settings) THEN json_extract(settings, '$.commit') END,
        pid, host, started, beat
    FROM sessions LEFT JOIN leases ON leases.session_id = sessions.id
"""  # noqa: S608 - made of constants
_LAST = 8
"""Messages at the end of a session that a preview shows."""
_EDITS = 300
"""Results with diffs that a preview looks into, the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSession:
    summary: SessionSummary
    turns: int
    """Also one that was cut short."""
    cost_usd: float | None
    """None: no price is known."""
    unfinished: Literal["running", "paused"] | None
    """How its last turn was left."""
    commit: str
    """That the folder was at; empty: none, or not known."""
    owner: int | None
    """The process that has it open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPreview:
    first_prompt: str
    last: tuple[tuple[Literal["user", "assistant"], str], ...]
    """What was said at the end, oldest first."""
    files: tuple[TurnFile, ...]
    """Those that edits changed."""


class Catalogue:
    """Reads only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ids(self, sought: Sought) -> tuple[str, ...]:
        """Return the ids of all that are sought, newest first: nothing else is read of them."""
        where, parameters = sought.condition()
        rows = await self._database.run(
            f"SELECT id FROM sessions WHERE {where} ORDER BY updated_at DESC, rowid DESC",  # noqa: S608 - ours
            parameters,
        )
        return tuple(text_of(row[0]) for row in rows)

    async def some(self, ids: Sequence[str]) -> Mapping[str, ListedSession]:
        """Return those of these ids that are there."""
        marks = ", ".join("?" * len(ids))
        rows = await self._database.run(f"{_LISTED} WHERE sessions.id IN ({marks})", [bound(each) for each in ids])
        return {listed.summary.id: listed for listed in map(_listed, rows)}

    async def preview(self, session_id: str) -> SessionPreview:
        """Return a look into a session, whoever has it open."""
        prompts = await self._items(session_id, "kind = 'user'", "seq", 8)
        said = await self._items(session_id, "kind IN ('user', 'assistant')", "seq DESC", 2 * _LAST)
        edits = await self._items(session_id, "kind = 'tool_result' AND instr(data, '\"unified\"')", "seq DESC", _EDITS)
        return await asyncio.to_thread(_preview, prompts, said, edits)

    async def _items(self, session_id: str, which: str, order: str, limit: int) -> list[Row]:
        return await self._database.run(
            f"SELECT data FROM items WHERE session_id = ? AND {_COUNTS} AND {which} ORDER BY {order} LIMIT ?",  # noqa: S608 - ours
            (bound(session_id), limit),
        )


def _listed(row: Row) -> ListedSession:
    turns, cost, unfinished, commit, *lease = row[9:]
    left = unfinished if unfinished in ("running", "paused") else None
    owner: Value = lease[0]
    return ListedSession(
        summary=summary_of(row),
        turns=cast(int, turns) + (left is not None),
        cost_usd=cast("float | None", cost),
        unfinished=left,
        commit=text_of(commit),
        owner=owner if isinstance(owner, int) and is_alive(lease) else None,
    )


def _preview(prompts: list[Row], said: list[Row], edits: list[Row]) -> SessionPreview:
    first = next((_text(item) for item in _decoded(prompts) if isinstance(item, UserItem) and _text(item)), "")
    last: list[tuple[Literal["user", "assistant"], str]] = []
    for item in _decoded(said):
        if text := _text(item):
            last.append(("user" if isinstance(item, UserItem) else "assistant", text))
    changed = TurnSummary(id="", prompt="", started_at=0.0)
    for item in reversed(_decoded(edits)):
        if isinstance(item, Result) and item.status == "ok":
            for block in item.display:
                if isinstance(block, DiffBlock):
                    count_edits(block, changed)
    return SessionPreview(first_prompt=first, last=tuple(last[:_LAST][::-1]), files=tuple(changed.files.values()))


def _text(item: Item) -> str:
    match item:
        case UserItem(parts=parts, origin=origin) if origin != "context":
            return "\n".join(part.text for part in parts if isinstance(part, TextPart)).strip()
        case AssistantItem(text=text):
            return text.strip()
        case _:
            return ""


def _decoded(rows: list[Row]) -> list[Item]:
    items: list[Item] = []
    for (data,) in rows:
        with contextlib.suppress(SessionCorrupt):
            items.append(decode_item(text_of(data)))
    return items
