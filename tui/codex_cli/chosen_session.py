"""Which stored session the command line means, where it goes on, and what has changed there meanwhile."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

from codex_cli.checkpointing import take_checkpoints_along
from codex_cli.options import Options
from codex_core.config.home import home_path
from codex_core.protocol import CodexError
from codex_core.session.commit import commit_of
from codex_core.session.journal import SessionJournal
from codex_core.session.store import SessionStore
from codex_core.session.summary import SessionSummary

_SHOWN = 10
"""Digits of a commit."""


async def open_journal(store: SessionStore, options: Options) -> tuple[Path, SessionJournal, str]:
    """Return the folder to work in, the session, and what the user should know about its place; mostly nothing.

    Raises:
        SessionBusy: another process owns it.
        CodexError: there is no such session, or its folder is gone.
    """
    if options.resume == "new":
        return options.folder, await store.create(options.folder), ""
    found = await _meant(store, options)
    workspace, note = found.workspace, ""
    if not workspace.is_dir():
        if not (options.is_folder_named and options.resume == "id"):
            raise CodexError(
                f"the folder of session {found.id} is gone: {workspace}; if it has moved, say where it is now: "
                f"-C FOLDER with the ID"
            )
        workspace = options.folder
        note = f"The folder of this session is gone: {found.workspace}. It goes on in {workspace}."
    journal = await store.open_session(await store.fork(found.id) if options.fork else found.id)
    if note:
        await journal.set_workspace(workspace)
        await take_checkpoints_along(home_path(os.environ), found.workspace, workspace)
    then = (await journal.settings()).get("commit")
    moved = await asyncio.to_thread(commit_note, workspace, then if isinstance(then, str) else "")
    return workspace, journal, f"{note} {moved}".strip()


async def session_in(store: SessionStore, found: SessionSummary, folder: Path | None) -> SessionSummary:
    """Return the session with `folder` as its own, if it is said and the one that it had is gone. That is kept.

    Raises:
        SessionBusy: another process owns it.
        CodexError: the folder that it had is still there, and is another.
    """
    if folder is None:
        return found
    if found.workspace.is_dir():
        if not await asyncio.to_thread(folder.samefile, found.workspace):
            raise CodexError(
                f"the folder of session {found.id} is still there: {found.workspace}; -C is for one that has moved"
            )
        return found
    journal = await store.open_session(found.id)
    try:
        await journal.set_workspace(folder)
    finally:
        await journal.close()
    await take_checkpoints_along(home_path(os.environ), found.workspace, folder)
    return replace(found, workspace=folder)


def commit_note(workspace: Path, then: str) -> str:
    """What to say of a folder that was at commit `then` when its session was left; mostly nothing. Blocks."""
    now = commit_of(workspace)
    if not then or then == now:
        return ""
    at = f"at commit {now[:_SHOWN]}" if now else "no git repository"
    return f"{workspace} was at commit {then[:_SHOWN]} when this session was left; it is {at} now."


async def _meant(store: SessionStore, options: Options) -> SessionSummary:
    if options.resume != "last":
        return await store.find(options.resume_id, by_title=True)
    found = await store.latest(None if options.resume_all else options.folder)
    if found is None:
        where = "" if options.resume_all else f" in {options.folder} (with --all: in any folder)"
        raise CodexError(f"there is no session to {'branch off' if options.fork else 'resume'}{where}")
    return found
