"""The stored sessions for the picker: implements `codex_tui.shelf.Shelf` over the database.

It is opened when something is first asked of it, and stays open: what was deleted can be taken back until then.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from codex_cli.chosen_session import commit_note
from codex_cli.options import Options
from codex_cli.wording import home_as_tilde, one_line_title
from codex_core.agent.secrets import Masker
from codex_core.config.home import home_path
from codex_core.llm.endpoints import provider_variables
from codex_core.protocol import CodexError
from codex_core.session.catalogue import ListedSession
from codex_core.session.sought import Sought
from codex_core.session.store import SessionStore
from codex_tui.shelf import Hit, Preview, SessionRow, State, Wanted

if TYPE_CHECKING:
    from codex_tui.session_link import OpenSession

MOST_HITS = 200
"""Sessions that a search finds."""
_WHO = {
    "title": "",
    "user": "you",
    "assistant": "codex",
    "tool_call": "call",
    "tool_result": "output",
    "compaction": "summary",
    "answer": "answer",
}
_DAY_S = 86_400.0
_INDEX_AFTER_S = 1.0
"""The list comes first: what is new since the last search is indexed beside it."""


class StoredSessions:
    def __init__(self, options: Options, open_session: Callable[[Options], Awaitable[OpenSession]]) -> None:
        """`open_session` opens what the options ask for."""
        self._options = options
        self._open_session = open_session
        self._stack = contextlib.AsyncExitStack()
        self._store: SessionStore | None = None
        self._opening = asyncio.Lock()
        self._indexing: asyncio.Task[None] | None = None
        """Owned here; cancelled and awaited by `close`."""

    async def _opened(self) -> SessionStore:
        async with self._opening:
            if self._store is None:
                environ = os.environ
                masker = Masker(environ[name] for name in provider_variables(dict(environ)))
                opened = SessionStore.open(home_path(environ) / "sessions.db", masker)
                self._store = await self._stack.enter_async_context(opened)
                self._indexing = asyncio.create_task(_index_soon(self._store), name="index sessions")
            return self._store

    # Reading.

    def _sought(self, wanted: Wanted) -> Sought:
        since = 0.0
        if wanted.days == 1:
            today = time.localtime()
            since = time.mktime((today.tm_year, today.tm_mon, today.tm_mday, 0, 0, 0, 0, 0, -1))
        elif wanted.days is not None:
            since = time.time() - wanted.days * _DAY_S
        folder = None if wanted.everywhere else self._options.folder
        return Sought(workspace=folder, since=since, with_archived=wanted.with_archived)

    async def ids(self, wanted: Wanted) -> Sequence[str]:
        return await (await self._opened()).catalogue.ids(self._sought(wanted))

    async def search(self, wanted: Wanted) -> Sequence[Hit]:
        store = await self._opened()
        matches = await store.search(wanted.words.split(), limit=MOST_HITS, sought=self._sought(wanted), per_session=1)
        return [Hit(match.session_id, _WHO.get(match.kind, match.kind), match.line) for match in matches]

    async def rows(self, ids: Sequence[str]) -> Mapping[str, SessionRow]:
        found = await (await self._opened()).catalogue.some(ids)
        return {session_id: _row(listed) for session_id, listed in found.items()}

    async def preview(self, session_id: str) -> Preview:
        store = await self._opened()
        found = await store.catalogue.preview(session_id)
        listed = (await store.catalogue.some([session_id])).get(session_id)
        note = ""
        if listed is not None:
            note = await asyncio.to_thread(_place_note, listed.summary.workspace, listed.commit)
        files = tuple((file.kind, file.path, file.added, file.removed) for file in found.files)
        return Preview(first_prompt=found.first_prompt, last=found.last, files=files, place_note=note)

    # Changing.

    async def rename(self, session_id: str, title: str) -> str:
        store = await self._opened()
        if clean := one_line_title(title):
            await store.rename(session_id, clean)
        return (await store.find(session_id)).title

    async def archive(self, session_id: str, *, archived: bool) -> None:
        await (await self._opened()).archive(session_id, archived=archived)

    async def delete(self, session_id: str) -> None:
        await (await self._opened()).trash.put(session_id)

    async def undelete(self, session_id: str) -> None:
        await (await self._opened()).trash.take_back(session_id)

    async def tidy(self) -> None:
        if self._store is not None:
            await self._store.trash.empty()

    # Opening.

    async def connect(self, session_id: str, *, forks: bool = False) -> OpenSession:
        options = replace(self._options, resume="id", resume_id=session_id, fork=forks)
        return await self._open_session(options)

    async def connect_new(self, workspace: str, like: str = "") -> OpenSession:
        folder = Path(workspace)
        if not await asyncio.to_thread(folder.is_dir):
            raise CodexError(f"the folder is gone: {workspace}")
        new = replace(self._options, resume="new", fork=False, folder=folder, like=like)
        if new.demo:  # its tour was played, and made a project where it was started
            new = replace(new, demo=False, model="demo", folder=self._options.folder)
        return await self._open_session(new)

    async def close(self) -> None:
        async with self._opening:
            store, self._store = self._store, None
            if self._indexing is not None:
                self._indexing.cancel()
                await asyncio.wait({self._indexing})
            if store is not None:
                try:
                    await store.trash.empty()
                finally:
                    await self._stack.aclose()


async def _index_soon(store: SessionStore) -> None:
    await asyncio.sleep(_INDEX_AFTER_S)
    await store.prepare_search()


def _row(listed: ListedSession) -> SessionRow:
    summary = listed.summary
    return SessionRow(
        id=summary.id,
        title=summary.title,
        workspace=home_as_tilde(str(summary.workspace)),
        updated_at=summary.updated_at,
        turns=listed.turns,
        cost_usd=listed.cost_usd,
        model=summary.model,
        state=_state(listed),
        owner=listed.owner or 0,
        is_archived=summary.archived,
        is_fork=summary.parent is not None,
    )


def _state(listed: ListedSession) -> State:
    if listed.owner is not None:
        return "here" if listed.owner == os.getpid() else "elsewhere"
    match listed.unfinished:
        case "running":
            return "interrupted"
        case "paused":
            return "paused"
        case None:
            return ""


def _place_note(workspace: Path, commit: str) -> str:
    if not workspace.is_dir():
        return "Its folder is gone. Where it is now: codex-py resume ID -C FOLDER"
    return commit_note(workspace, commit)
