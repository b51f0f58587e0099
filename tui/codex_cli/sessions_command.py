"""`codex-py sessions list|show`: what is stored, for people and as JSON.

`list --json` is a list of `{id, title, workspace, model, created_at, updated_at, items}`. `show --json` is one such
object with `usage`, `items` (each as `codex_core.protocol.codec` writes it: prompts, texts, calls, outputs, model
calls as `step`, the user's answers as `answer`, how turns ended as `turn_end`), `approvals` (`{at, call_id, tool,
summary, why, verdict, answer, words?}`; `answer` is `once`, `session`, `project`, `user`, `edited`, `hunks`, `no`, or
null if it was never answered) and `audit` (the lines of `codex_core.protocol.audit`, each with its `at` and `type`).
Times are seconds since 1970.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import os
import sys
from collections.abc import Iterable, Iterator
from typing import assert_never, cast

from codex_cli.arguments import Request, count_of, folder_of
from codex_cli.wording import home_as_tilde
from codex_core.config.home import home_path
from codex_core.protocol import (
    Answered,
    AnswerItem,
    Approve,
    ApproveAlways,
    ApproveEditedCommand,
    ApproveEditedFiles,
    ApproveHunks,
    ApproveWidening,
    Asked,
    AssistantItem,
    AuditEntry,
    CompactionItem,
    Deny,
    Item,
    Json,
    JsonObject,
    ModelFailedAnswer,
    NoticeItem,
    PlanAccepted,
    PlanRefused,
    QuestionAnswer,
    StepItem,
    StoredAnswer,
    TextPart,
    ToolCallItem,
    ToolResultItem,
    TurnEndItem,
    Unknown,
    Usage,
    UserItem,
)
from codex_core.protocol.codec import encode_value
from codex_core.session.journal import AuditLine
from codex_core.session.store import SessionStore, SessionSummary
from codex_tui import spoken
from codex_tui.sanitize import sanitize, sanitize_line

_DEFAULT_LIMIT = 50


def run_sessions(request: Request) -> int:
    """Run `sessions list` or `sessions show`.

    Raises:
        CodexError: there is no such session, or it cannot be read.
    """
    if request.command.name == "sessions show":
        return asyncio.run(_show(request.words[0], as_json=request.flag("json")))
    return asyncio.run(_list(request))


async def _list(request: Request) -> int:
    workspace = None if request.flag("all") else folder_of(request)
    limit = count_of(request, "limit", "--limit") or _DEFAULT_LIMIT
    async with SessionStore.open(home_path(os.environ) / "sessions.db") as store:
        _tell(store.notice)
        summaries = await store.list_sessions(workspace, limit=limit)
    if request.flag("json"):
        print(json.dumps([_as_json(summary) for summary in summaries], indent=1))  # noqa: T201
        return 0
    for summary in summaries:
        print(_row(summary, with_folder=workspace is None))  # noqa: T201
    if not summaries:
        _tell("no sessions" if workspace is None else "no sessions in this folder; --all shows those of others")
    return 0


async def _show(session_id: str, *, as_json: bool) -> int:
    async with SessionStore.open(home_path(os.environ) / "sessions.db") as store:
        _tell(store.notice)
        summary = await store.find(session_id)
        journal = await store.read_session(summary.id)
        items = await journal.items(strict=True)
        audit = await journal.audit()
        usage = await journal.total_usage()
    if as_json:
        value = {
            **_as_json(summary),
            "usage": encode_value(Usage, usage),
            "items": [encode_value(Item, item) for item in items],
            "approvals": _approvals(audit),
            "audit": [{"at": line.at, **cast(JsonObject, encode_value(AuditEntry, line.entry))} for line in audit],
        }
        print(json.dumps(value, indent=1))  # noqa: T201
        return 0
    print(_row(summary, with_folder=True))  # noqa: T201
    for line in _lines(items):
        print(line)  # noqa: T201
    if usage != Usage():
        print(f"\nused: {spoken.usage_words(usage)}")  # noqa: T201
    return 0


def _as_json(summary: SessionSummary) -> JsonObject:
    return {
        "id": summary.id,
        "title": summary.title,
        "workspace": str(summary.workspace),
        "model": summary.model,
        "created_at": summary.created_at,
        "updated_at": summary.updated_at,
        "items": summary.item_count,
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
                lines[request_id] |= {"at": line.at, "answer": _answer_word(answer), **words}
            case _:
                pass
    return list(lines.values())


def _answer_word(answer: StoredAnswer) -> str:
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


def _row(summary: SessionSummary, *, with_folder: bool) -> str:
    when = datetime.datetime.fromtimestamp(summary.updated_at).astimezone()
    folder = f"  {home_as_tilde(str(summary.workspace))}" if with_folder else ""
    title = sanitize_line(summary.title) or "(untitled)"
    return f"{summary.id}  {when:%Y-%m-%d %H:%M}  {summary.item_count:>5} items  {title}{sanitize_line(folder)}"


def _lines(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        match item:
            case UserItem(origin="context"):
                pass
            case UserItem(parts=parts):
                text = " ".join(part.text if isinstance(part, TextPart) else "[image]" for part in parts)
                yield f"\n› {sanitize(text)}"
            case AssistantItem(text=text, truncated=truncated):
                yield f"\n● {sanitize(text)}{' …' if truncated else ''}"
            case ToolCallItem(name=name, arguments=arguments):
                yield f"\n→ {sanitize_line(name, reveal=True)} {sanitize_line(arguments, reveal=True)}"
            case ToolResultItem(status=status, output=output, duration_s=duration_s):
                yield f"← {status}, {duration_s:.1f} s\n{_indented(sanitize(output))}"
            case CompactionItem(summary=summary):
                yield f"\n— summary —\n{sanitize(summary)}"
            case NoticeItem(level=level, text=text):
                yield f"\n({level}: {sanitize_line(text)})"
            case StepItem():
                yield f"\n(model {sanitize_line(_step_words(item))})"
            case AnswerItem(answer=QuestionAnswer(text=text)):
                yield f"› {sanitize(text)}"
            case AnswerItem(answer=ModelFailedAnswer() as answer):
                yield f"\n(the model call failed, {spoken.choice_words(answer)})"
            case AnswerItem(answer=(PlanAccepted() | PlanRefused()) as answer):
                yield f"\n({spoken.plan_words(answer)})"
            case TurnEndItem(outcome=outcome, duration_s=duration_s):
                yield f"\n— {sanitize_line(spoken.ending_words(outcome, duration_s))} —"
            case _:
                pass


def _step_words(step: StepItem) -> str:
    facts = [step.model, f"{step.duration_s:.1f} s"]
    if step.usage is not None:
        facts.append(spoken.usage_words(step.usage))
    if step.error:
        facts.append(step.error)
    return " · ".join(facts)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.rstrip().split("\n"))


def _tell(text: str) -> None:
    if text:
        print(f"codex-py: {text}", file=sys.stderr)  # noqa: T201
