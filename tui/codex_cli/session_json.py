"""A session as JSON: what `sessions list`, `show` and `export` print of it.

A summary is `{id, title, workspace, model, created_at, updated_at, items, parent, archived}`. A whole session is one
with `usage`, `items` (each as `codex_core.protocol.codec` writes it: prompts, texts, calls, outputs, model calls as
`step`, the user's answers as `answer`, how turns ended as `turn_end`), `approvals` (`{at, call_id, tool, summary, why,
verdict, answer, words?}`; `answer` is `once`, `session`, `project`, `user`, `edited`, `hunks`, `no`, or null if it was
never answered), `waiting` (said and not sent yet: `{id, at, until, text}`; `until` is `steer`, `queue`, `command` or
`redirect`) and `audit` (the lines of `codex_core.protocol.audit`, each with its `at` and `type`). Times are seconds
since 1970.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never, cast

from codex_core.agent.inbox import Waiting
from codex_core.protocol import (
    Answered,
    Approve,
    ApproveAlways,
    ApproveEditedCommand,
    ApproveEditedFiles,
    ApproveHunks,
    ApproveWidening,
    Asked,
    AuditEntry,
    Deny,
    Item,
    Json,
    JsonObject,
    StoredAnswer,
    Unknown,
    Usage,
)
from codex_core.protocol.codec import encode_value
from codex_core.session.rows import AuditLine
from codex_core.session.summary import SessionSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeSession:
    summary: SessionSummary
    items: tuple[Item, ...]
    audit: tuple[AuditLine, ...]
    usage: Usage
    waiting: tuple[Waiting, ...] = ()
    """What the user said and nobody was told yet."""


def summary_json(summary: SessionSummary) -> JsonObject:
    return {
        "id": summary.id,
        "title": summary.title,
        "workspace": str(summary.workspace),
        "model": summary.model,
        "created_at": summary.created_at,
        "updated_at": summary.updated_at,
        "items": summary.item_count,
        "parent": summary.parent,
        "archived": summary.archived,
    }


def session_json(session: WholeSession) -> JsonObject:
    return {
        **summary_json(session.summary),
        "usage": encode_value(Usage, session.usage),
        "items": [encode_value(Item, item) for item in session.items],
        "approvals": _approvals(session.audit),
        "waiting": [
            {"id": each.item.id, "at": each.item.at, "until": each.when, "text": each.text} for each in session.waiting
        ],
        "audit": [{"at": line.at, **cast(JsonObject, encode_value(AuditEntry, line.entry))} for line in session.audit],
    }


def _approvals(audit: Iterable[AuditLine]) -> list[Json]:
    """What was asked, each with its answer; the audit log has it all, in order."""
    lines: dict[str, dict[str, Json]] = {}
    for line in audit:
        match line.entry:
            case Asked(request=request):
                lines[request.request_id] = {
                    "at": line.at,
                    "call_id": request.call_id,
                    "tool": request.tool,
                    "summary": request.summary,
                    "why": request.why,
                    "verdict": request.verdict,
                    "answer": None,
                }
            case Answered(request_id=request_id, answer=answer) if answer is not None and request_id in lines:
                words = {"words": answer.words} if isinstance(answer, Deny) and answer.words else {}
                lines[request_id] |= {"at": line.at, "answer": answer_word(answer), **words}
            case _:
                pass
    return list(lines.values())


def answer_word(answer: StoredAnswer) -> str:
    match answer:
        case Approve():
            return "once"
        case ApproveAlways(scope=scope) | ApproveWidening(scope=scope):
            return scope
        case ApproveEditedCommand() | ApproveEditedFiles():
            return "edited"
        case ApproveHunks():
            return "hunks"
        case Deny():
            return "no"
        case Unknown(tag="approve_for_session"):  # written by 0.1
            return "session"
        case Unknown(tag=tag):
            return tag
        case _:
            assert_never(answer)
