"""What is known of a session without reading it: a row of the table of sessions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from codex_core.session.database import Row, moment_of, text_of

COLUMNS = "id, workspace, title, model, created_at, updated_at, item_count, parent, archived"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """What lists show of a session."""

    id: str
    workspace: Path
    title: str
    model: str
    created_at: float
    updated_at: float
    item_count: int
    parent: str | None
    """The session that this one was branched off."""
    archived: bool
    """Lists leave it out unless they are asked for all."""


def summary_of(row: Row) -> SessionSummary:
    """Return the summary in the first fields of `row`, which are `COLUMNS`."""
    session_id, workspace, title, model, created_at, updated_at, item_count, parent, archived = row[:9]
    return SessionSummary(
        id=text_of(session_id),
        workspace=Path(text_of(workspace)),
        title=text_of(title),
        model=text_of(model),
        created_at=moment_of(created_at),
        updated_at=moment_of(updated_at),
        item_count=cast(int, item_count),
        parent=text_of(parent) or None,
        archived=bool(archived),
    )
