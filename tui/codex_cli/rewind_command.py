"""`codex-py sessions rewind ID --to TURN --what conversation|files|both`: `/rewind` without a screen.

Exit codes: 0 done (with `--dry-run`: it could be done); 1 nothing was done, because there is no such turn, another
process has the session, no files were recorded, or files that somebody else has changed are not decided on
(`--restore`, `--keep`, `--force`); also 1 if some files could not be restored; 2 usage. `-C DIR` says where the folder
of the session is now, if it has moved.

`--json` prints one object: `{session, to, what, undo, dry_run, done, rewind, prompt, items, files, conflicts, restored,
failed, problem}`. `to` is the id of the turn's prompt (or of the rewind that is taken back), `items` how many items do
not count any more, `files` are `{path, verdict, does, restores, why}` with `verdict` `restore`, `conflict` or
`not_covered`, `does` `create`, `change` or `delete`, and `restores` what becomes of it; `conflicts` the paths that are
not decided on, `restored` the paths that were restored, `failed` `{path, why}`, `problem` why nothing was done (null if
it was), `rewind` the id to take back (null if nothing was done).
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import AsyncGenerator, Mapping

from codex_cli.argument_values import chosen_folder_of
from codex_cli.arguments import Request, UsageError
from codex_cli.checkpointing import open_checkpoints, why_no_checkpoints
from codex_cli.chosen_session import session_in
from codex_core.config.home import home_path
from codex_core.protocol import (
    CodexError,
    FileDecision,
    JsonObject,
    RewindPreview,
    RewindWhat,
    Rewound,
    TurnsListed,
)
from codex_core.session.journal import SessionJournal
from codex_core.session.rewinding import Rewinding
from codex_core.session.store import SessionStore
from codex_core.session.summary import SessionSummary
from codex_tools.sandbox.policy_defaults import default_policy
from codex_tui.sanitize import sanitize_line

_WHAT: Mapping[str, RewindWhat] = {"conversation": "conversation", "files": "files", "both": "both"}


@contextlib.asynccontextmanager
async def rewinding(journal: SessionJournal, summary: SessionSummary) -> AsyncGenerator[Rewinding]:
    """What can be gone back to in a stored session, files included where its folder is still there."""
    home, folder = home_path(os.environ), summary.workspace
    why = why_no_checkpoints(folder, home) if folder.is_dir() else f"its folder is gone: {folder}"
    if why:
        yield Rewinding(journal, None, why)
        return
    async with open_checkpoints(home, default_policy("workspace-write", folder, home), summary.id) as checkpoints:
        yield Rewinding(journal, checkpoints)


async def run_rewind(store: SessionStore, request: Request) -> int:
    """Returns the exit code.

    Raises:
        UsageError: it is not said what goes back, or to where.
        CodexError: there is no such session or turn, or another process has it.
    """
    is_undo, is_dry = request.flag("undo"), request.flag("dry_run")
    turn, what = request.text("to"), request.text("what")
    if is_undo == (turn is not None):
        raise UsageError("sessions rewind needs --to TURN, or --undo alone; codex-py sessions turns ID lists the turns")
    if not is_undo and what is None:
        raise UsageError("sessions rewind needs --what conversation, files or both")
    summary = await session_in(store, await store.find(request.words[0]), chosen_folder_of(request))
    journal = await (store.read_session(summary.id) if is_dry else store.open_session(summary.id))
    try:
        async with rewinding(journal, summary) as rewind:
            to = _target(await rewind.turns(), turn)
            preview = await rewind.preview(to, _WHAT[what or "both"])
            decisions = _decisions(request, preview)
            problem = _problem(preview, decisions)
            done = None if problem or is_dry else await rewind.carry_out(to, preview.what, decisions)
    finally:
        await journal.close()
    if request.flag("json"):
        print(json.dumps(_as_json(summary.id, preview, decisions, done, problem, is_dry=is_dry), indent=1))  # noqa: T201
    else:
        _tell(preview, decisions, done, problem)
    return 1 if problem or (done is not None and done.failed) else 0


def _target(listed: TurnsListed, turn: str | None) -> str:
    if turn is None:
        if listed.undoable is None:
            raise CodexError("there is no rewind to take back")
        return listed.undoable.id
    for each in listed.turns:
        if turn in (each.id, str(each.number)):
            return each.id
    raise CodexError(f"there is no turn {turn} to go back to; codex-py sessions turns ID lists them")


def _decisions(request: Request, preview: RewindPreview) -> dict[str, FileDecision]:
    paths = {file.path for file in preview.files}
    decisions: dict[str, FileDecision] = {}
    if request.flag("force"):
        decisions = {file.path: "restore" for file in preview.conflicts}
    chosen: tuple[tuple[FileDecision, str], ...] = (("restore", "--restore"), ("keep", "--keep"))
    for decision, flag in chosen:
        for name in request.texts(decision):
            path = name.removeprefix("./").rstrip("/")
            if path not in paths:
                raise CodexError(f"{flag} {name}: nothing would be done to it")
            decisions[path] = decision
    return decisions


def _problem(preview: RewindPreview, decisions: Mapping[str, FileDecision]) -> str:
    if preview.problem:
        return f"no files can be restored: {preview.problem}"
    if open_conflicts := [file.path for file in preview.conflicts if file.path not in decisions]:
        some = ", ".join(open_conflicts[:5]) + (", …" if len(open_conflicts) > 5 else "")
        return f"changed by somebody else since: {some}; decide with --restore PATH, --keep PATH, or --force for all"
    return ""


def _as_json(
    session_id: str,
    preview: RewindPreview,
    decisions: Mapping[str, FileDecision],
    done: Rewound | None,
    problem: str,
    *,
    is_dry: bool,
) -> JsonObject:
    restored = [file.path for file in preview.files if file.is_restored(decisions.get(file.path))]
    failed = {failure.path: failure.why for failure in done.failed} if done is not None else {}
    return {
        "session": session_id,
        "to": preview.to,
        "what": preview.what,
        "undo": preview.is_undo,
        "dry_run": is_dry,
        "done": done is not None,
        "rewind": done.item.id if done is not None else None,
        "prompt": preview.prompt,
        "items": preview.items,
        "files": [
            {
                "path": file.path,
                "verdict": file.verdict,
                "does": file.does,
                "restores": file.is_restored(decisions.get(file.path)),
                "why": file.why,
            }
            for file in preview.files
        ],
        "conflicts": [file.path for file in preview.conflicts if file.path not in decisions],
        "restored": [path for path in restored if path not in failed] if done is not None else [],
        "failed": [{"path": path, "why": why} for path, why in failed.items()],
        "problem": problem or None,
    }


def _tell(preview: RewindPreview, decisions: Mapping[str, FileDecision], done: Rewound | None, problem: str) -> None:
    """The files on stdout, everything else on stderr."""
    for file in preview.files:
        is_restored = file.is_restored(decisions.get(file.path))
        is_open = file.verdict == "conflict" and file.path not in decisions
        word = "conflict" if is_open else file.does if is_restored else "keep"
        why = f"  ({sanitize_line(file.why)})" if file.why else ""
        print(f"{word:8} {sanitize_line(file.path, reveal=True)}{why}")  # noqa: T201
    for failure in done.failed if done is not None else ():
        _say(f"not restored: {failure.path}: {failure.why}")
    if problem:
        _say(problem)
    elif done is None:
        _say(f"nothing was changed; {preview.items} items of the conversation would not count any more")
    else:
        _say("taken back" if preview.is_undo else "rewound; codex-py sessions rewind ID --undo takes it back")


def _say(text: str) -> None:
    print(f"codex-py: {sanitize_line(text, reveal=True)}", file=sys.stderr)  # noqa: T201
