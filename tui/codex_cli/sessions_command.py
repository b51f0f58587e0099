"""`codex-py sessions …`: what is stored, for people and as JSON, and what can be done with it.

With `--json` each prints one value. `session_json` describes that of `list` (a list of summaries), `show` and
`export --format json`. `search`: a list of `{id, title, workspace, updated_at, item, kind, at, line}`, where `kind` is
`title`, `user`, `assistant`, `tool_call`, `tool_result`, `compaction` or `answer` and `item` is null for a title.
`turns`: a list of `{turn, id, prompt, started_at, ended_at, outcome, error, files}`, oldest first, where `files` are
`{path, kind, added, removed}` with `kind` `add`, `update` or `delete`, lines null for what a command changed, and
`outcome` is null for a turn that was cut short. `rewind_command` describes that of `rewind`. `rename` and `archive`
print the summary as it is then, `fork` that of the new session, `delete` `{"deleted": ID, "note": TEXT}`. Times are
seconds since 1970.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from codex_cli.argument_values import chosen_folder_of, count_of, folder_of
from codex_cli.arguments import Request, UsageError
from codex_cli.chosen_session import session_in
from codex_cli.export_file import write_export
from codex_cli.rewind_command import rewinding, run_rewind
from codex_cli.session_json import WholeSession, session_json, summary_json
from codex_cli.session_text import text_lines, waiting_lines
from codex_cli.wording import home_as_tilde, one_line_title
from codex_core.agent.secrets import Masker
from codex_core.config.home import home_path
from codex_core.llm.endpoints import provider_variables
from codex_core.protocol import CodexError, Failed, Item, JsonObject, LimitReached, Outcome, Unknown, Usage
from codex_core.protocol.codec import encode_value
from codex_core.session.record import SessionRecord
from codex_core.session.rows import AuditLine
from codex_core.session.search import Match
from codex_core.session.store import SessionStore
from codex_core.session.summary import SessionSummary
from codex_core.session.turns import TurnSummary
from codex_tui import spoken
from codex_tui.sanitize import clip, sanitize_line

_DEFAULT_LIMIT = 50


def run_sessions(request: Request) -> int:
    """Run a `sessions` command; returns the exit code.

    Raises:
        UsageError: what it needs was not said.
        CodexError: there is no such session, or it cannot be read or changed.
    """
    return asyncio.run(_run(request))


async def _run(request: Request) -> int:
    masker = _masker()
    async with SessionStore.open(home_path(os.environ) / "sessions.db", masker) as store:
        _tell(store.notice)
        match request.command.name.split()[1]:
            case "list":
                await _list(store, request)
            case "search":
                await _search(store, request)
            case "show":
                await _show(store, request)
            case "export":
                await _export(store, request, masker)
            case "turns":
                await _turns(store, request)
            case "rewind":
                return await run_rewind(store, request)
            case "rename":
                await _rename(store, request)
            case "archive":
                await _archive(store, request)
            case "fork":
                await _fork(store, request)
            case "delete":
                await _delete(store, request)
            case name:
                raise AssertionError(f"the tables know a command that nobody runs: {name}")
    return 0


# Reading.


async def _list(store: SessionStore, request: Request) -> None:
    is_all = request.flag("all")
    limit = count_of(request, "limit", "--limit") or _DEFAULT_LIMIT
    summaries = await store.list_sessions(None if is_all else folder_of(request), limit=limit, with_archived=is_all)
    if request.flag("json"):
        _print_json([summary_json(summary) for summary in summaries])
        return
    for line in await _told(store, summaries, with_folder=is_all):
        _print(line)
    if not summaries:
        _tell("no sessions" if is_all else "no sessions in this folder; --all shows those of others")


async def _search(store: SessionStore, request: Request) -> None:
    limit = count_of(request, "limit", "--limit") or _DEFAULT_LIMIT
    if not any(word.strip() for word in request.words):
        raise UsageError("sessions search needs words")
    matches = await store.search(request.words, limit)
    found = {match.session_id: await store.find(match.session_id) for match in matches}
    if request.flag("json"):
        _print_json([_match_json(match, found[match.session_id]) for match in matches])
        return
    told = dict(zip(found, await _told(store, list(found.values()), with_folder=True), strict=True))
    shown = ""
    for match in matches:
        if match.session_id != shown:
            shown = match.session_id
            _print(told[shown])
        if match.item_id:
            _print(f"{match.session_id}  {match.kind.removesuffix('_result')}: {sanitize_line(match.line)}")
    if not matches:
        _tell("nothing found")


async def _show(store: SessionStore, request: Request) -> None:
    session = await _whole(store, request)
    if request.flag("json"):
        _print_json(session_json(session))
        return
    _print(*await _told(store, [session.summary], with_folder=True))
    for line in (*text_lines(session.items), *waiting_lines(session.waiting)):
        _print(line)
    if session.usage != Usage():
        _print(f"\nused: {spoken.usage_words(session.usage)}")


async def _export(store: SessionStore, request: Request, masker: Masker) -> None:
    session = await _whole(store, request)
    # Once more: an earlier release may have written it, and keys are known today that were not known then.
    session = WholeSession(
        summary=session.summary,
        items=tuple(map(masker.mask_item, session.items)),
        audit=tuple(AuditLine(at=line.at, entry=masker.mask_record(line.entry)) for line in session.audit),
        usage=session.usage,
        waiting=tuple(replace(each, item=masker.mask_item(each.item)) for each in session.waiting),
    )
    match "json" if request.flag("json") else request.text("format") or "md":
        case "json":
            text = json.dumps(session_json(session), indent=1) + "\n"
        case "html":
            from codex_cli.export_html import as_html  # deferred: each format pays for itself

            text = as_html(session)
        case _:
            from codex_cli.export_markdown import as_markdown

            text = as_markdown(session)
    if (name := request.text("output")) is None or name == "-":
        print(text, end="")  # noqa: T201 - stdout is what was asked for
        return
    await asyncio.to_thread(write_export, Path(name), text, session.summary.id, force=request.flag("force"))
    _tell(f"written to {name}")


async def _turns(store: SessionStore, request: Request) -> None:
    summary = await session_in(store, await store.find(request.words[0]), chosen_folder_of(request))
    journal = await store.read_session(summary.id)
    async with rewinding(journal, summary) as rewind:
        turns = await rewind.summaries(await _readable(journal))
    if request.flag("json"):
        _print_json([_turn_json(number, turn) for number, turn in enumerate(turns, start=1)])
        return
    for number, turn in enumerate(turns, start=1):
        when = datetime.datetime.fromtimestamp(turn.started_at).astimezone()
        end = (
            spoken.ending_words(turn.outcome, (turn.ended_at or 0) - turn.started_at)
            if turn.outcome is not None
            else "cut short"
        )
        prompt = clip(sanitize_line(turn.prompt) or "(no prompt)", 100)
        _print(f"{number:>3}  {turn.id}  {when:%Y-%m-%d %H:%M}  {prompt}  ({sanitize_line(end)})")
        for file in turn.files.values():
            lines = "" if file.added is None else f" +{file.added} −{file.removed}"
            _print(f"     {file.kind:6} {sanitize_line(file.path, reveal=True)}{lines}")


async def _whole(store: SessionStore, request: Request) -> WholeSession:
    summary = await store.find(request.words[0])
    journal = await store.read_session(summary.id)
    return WholeSession(
        summary=summary,
        items=await _readable(journal),
        audit=await journal.audit(),
        usage=await journal.total_usage(),
        waiting=await journal.waiting(),
    )


async def _readable(record: SessionRecord) -> tuple[Item, ...]:
    """The items; it is told if some cannot be read."""
    items = await record.items()
    if damaged := sum(isinstance(item, Unknown) and "damage" in item.extra for item in items):
        _tell(f"{damaged} of the items cannot be read: their rows are damaged")
    return items


# Changing.


async def _rename(store: SessionStore, request: Request) -> None:
    title = one_line_title(" ".join(request.words[1:]))
    if not title:
        raise UsageError("sessions rename needs a title")
    summary = await store.find(request.words[0])
    await store.rename(summary.id, title)
    await _tell_changed(store, request, summary.id, "renamed")


async def _archive(store: SessionStore, request: Request) -> None:
    summary = await store.find(request.words[0])
    is_undo = request.flag("undo")
    await store.archive(summary.id, archived=not is_undo)
    await _tell_changed(store, request, summary.id, "listed again" if is_undo else "archived")


async def _fork(store: SessionStore, request: Request) -> None:
    summary = await store.find(request.words[0])
    new = await store.fork(summary.id)
    await _readable(await store.read_session(new))
    if request.flag("json"):
        _print_json(summary_json(await store.find(new)))
    else:
        _print(new)
        _tell(f"branched off {summary.id}; to open it: codex-py resume {new}")


async def _delete(store: SessionStore, request: Request) -> None:
    summary = await store.find(request.words[0])
    if not request.flag("yes"):
        _tell(*await _told(store, [summary], with_folder=True))
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise UsageError("sessions delete cannot be undone; say --yes")
        print("Delete it for good? [y/N] ", end="", file=sys.stderr, flush=True)  # noqa: T201
        if (await asyncio.to_thread(sys.stdin.readline)).strip().lower() not in ("y", "yes"):
            raise CodexError("nothing was deleted")
    note = await store.delete(summary.id)
    if request.flag("json"):
        _print_json({"deleted": summary.id, "note": note})
    else:
        _tell(f"deleted {summary.id}")
        _tell(note)


async def _tell_changed(store: SessionStore, request: Request, session_id: str, what: str) -> None:
    summary = await store.find(session_id)
    if request.flag("json"):
        _print_json(summary_json(summary))
    else:
        (line,) = await _told(store, [summary], with_folder=True)
        _tell(f"{what}: {line}")


# Words.


def _match_json(match: Match, summary: SessionSummary) -> JsonObject:
    return {
        "id": match.session_id,
        "title": summary.title,
        "workspace": str(summary.workspace),
        "updated_at": summary.updated_at,
        "item": match.item_id or None,
        "kind": match.kind,
        "at": match.at,
        "line": match.line,
    }


def _turn_json(number: int, turn: TurnSummary) -> JsonObject:
    outcome = turn.outcome
    why = outcome.error if isinstance(outcome, Failed) else outcome.which if isinstance(outcome, LimitReached) else None
    return {
        "turn": number,
        "id": turn.id,
        "prompt": turn.prompt,
        "started_at": turn.started_at,
        "ended_at": turn.ended_at,
        "outcome": _outcome_tag(turn),
        "error": why,
        "files": [
            {"path": file.path, "kind": file.kind, "added": file.added, "removed": file.removed}
            for file in turn.files.values()
        ],
    }


def _outcome_tag(turn: TurnSummary) -> str | None:
    if turn.outcome is None:
        return None
    encoded = encode_value(Outcome | Unknown, turn.outcome)
    assert isinstance(encoded, dict)
    return str(encoded["type"])


async def _told(store: SessionStore, summaries: Sequence[SessionSummary], *, with_folder: bool) -> list[str]:
    """A line for each: with its turns, as the picker has it."""
    listed = await store.catalogue.some([summary.id for summary in summaries])
    turns = {session_id: known.turns for session_id, known in listed.items()}
    return [_row(summary, turns.get(summary.id, 0), with_folder=with_folder) for summary in summaries]


def _row(summary: SessionSummary, turns: int, *, with_folder: bool) -> str:
    folder = f"  {home_as_tilde(str(summary.workspace))}" if with_folder else ""
    title = sanitize_line(summary.title) or "(untitled)"
    marks = ("  (fork)" if summary.parent else "") + ("  (archived)" if summary.archived else "")
    when = datetime.datetime.fromtimestamp(summary.updated_at).astimezone()
    spoken = f"{turns:>4} turn{' ' if turns == 1 else 's'}"
    return f"{summary.id}  {when:%Y-%m-%d %H:%M}  {spoken}  {title}{sanitize_line(folder)}{marks}"


def _masker() -> Masker:
    environ = dict(os.environ)
    return Masker(environ[name] for name in provider_variables(environ))


def _print(line: str) -> None:
    print(line)  # noqa: T201


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=1))  # noqa: T201


def _tell(text: str) -> None:
    if text:
        print(f"codex-py: {sanitize_line(text, reveal=True)}", file=sys.stderr)  # noqa: T201
