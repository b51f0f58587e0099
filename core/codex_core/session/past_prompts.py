"""What the user has said in all sessions, to be said again. Blocking, read-only."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import quote

MOST = 2_000
_MOST_SESSIONS = 500
_MOST_CHARACTERS = 100_000
"""A longer prompt is a file that was pasted: nobody looks for it here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPrompt:
    text: str
    """A command of the user's own begins with `!`."""
    at: float
    is_here: bool
    """Said in the folder that was asked for."""


def past_prompts(database: Path, workspace: Path) -> tuple[PastPrompt, ...]:
    """Return up to MOST prompts, each text once: those of `workspace` first, the newest first; none if unreadable."""
    if not database.exists():
        return ()
    found: dict[str, PastPrompt] = {}
    try:
        with contextlib.closing(sqlite3.connect(f"file:{quote(str(database))}?mode=ro", uri=True, timeout=2.0)) as db:
            db.text_factory = _decoded
            sessions = db.execute(
                "SELECT id, workspace = ? AS here FROM sessions WHERE item_count > 0"
                " ORDER BY here DESC, updated_at DESC LIMIT ?",
                (str(workspace), _MOST_SESSIONS),
            ).fetchall()
            for session_id, is_here in sessions:
                for prompt in _of_session(db, session_id, is_here=bool(is_here)):
                    found.setdefault(prompt.text, prompt)
                if len(found) >= MOST:
                    break
    except sqlite3.Error:
        return ()
    return tuple(sorted(found.values(), key=lambda prompt: (not prompt.is_here, -prompt.at)))[:MOST]


def _of_session(db: sqlite3.Connection, session_id: str, *, is_here: bool) -> list[PastPrompt]:
    rows = db.execute(
        "SELECT kind, data, at FROM items WHERE session_id = ?"
        " AND (kind = 'user' OR (kind = 'tool_call' AND instr(data, ?))) AND length(data) < ?"
        " ORDER BY seq DESC LIMIT ?",
        (session_id, '"user"', _MOST_CHARACTERS, MOST),
    ).fetchall()
    said = ((_text(kind, data), at) for kind, data, at in rows)
    return [PastPrompt(text=text, at=at, is_here=is_here) for text, at in said if text.strip()]


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _text(kind: str, data: str) -> str:
    """Empty if it is nothing that the user has typed, or cannot be read."""
    try:
        item = cast("dict[str, object]", json.loads(data))
        if kind == "tool_call":
            if item.get("by") != "user":
                return ""
            arguments = cast("dict[str, object]", json.loads(str(item.get("arguments"))))
            return f"!{arguments.get('command', '')}"
        if item.get("origin") == "context":
            return ""
        parts = cast("list[dict[str, object]]", item.get("parts") or [])
        return "\n".join(str(part["text"]) for part in parts if "text" in part)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return ""
