"""Stored sessions in memory, for the picker; remembers what was done to them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from codex_core.protocol import SessionBusy, SessionUnclear
from codex_tui.shelf import Hit, Preview, SessionRow, Wanted
from tests.support.scripted_session import NOON, ScriptedSession

HERE = "~/src/tempo"
DAY = 86_400.0


def row(session_id: str, title: str, *, ago_s: float = 60.0, **more: object) -> SessionRow:
    made = SessionRow(
        id=session_id, title=title, workspace=HERE, updated_at=NOON - ago_s, turns=1, model="openai/gpt-5"
    )
    return made._replace(**more)  # pyright: ignore[reportArgumentType]


class FakeShelf:
    """Implements `codex_tui.shelf.Shelf`. `done` is what was done, in order."""

    def __init__(
        self,
        rows: Sequence[SessionRow] = (),
        *,
        said: Mapping[str, str] | None = None,
        open_session: Callable[[], Awaitable[ScriptedSession]] | None = None,
    ) -> None:
        """`said`: what can be found in a session, by its id."""
        self.all = {each.id: each for each in rows}
        self.said = dict(said or {})
        self.done: list[tuple[str, ...]] = []
        self.deleted: set[str] = set()
        self.hold: asyncio.Event | None = None
        """Searches wait for it."""
        self.hold_deeds: asyncio.Event | None = None
        """To delete something waits for it."""
        self.cancelled = 0
        self.problem: Exception | None = None
        self.busy: SessionBusy | None = None
        """Why one of them can be opened as a copy only."""
        self.asked: list[int] = []
        """How many rows were asked for, each time."""
        self._open_session = open_session

    async def ids(self, wanted: Wanted) -> Sequence[str]:
        if self.problem is not None:
            raise self.problem
        return [each.id for each in self._wanted(wanted)]

    async def search(self, wanted: Wanted) -> Sequence[Hit]:
        if self.hold is not None:
            try:
                await self.hold.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        self.done.append(("search", wanted.words))
        words = wanted.words.lower().split()
        hits: list[Hit] = []
        for each in self._wanted(wanted):
            if all(word in each.title.lower() for word in words):
                hits.append(Hit(each.id, "", each.title))
            elif all(word in self.said.get(each.id, "").lower() for word in words):
                hits.append(Hit(each.id, "you", self.said[each.id]))
        return hits

    def _wanted(self, wanted: Wanted) -> list[SessionRow]:
        return [
            each
            for each in self.all.values()
            if each.id not in self.deleted
            and (wanted.with_archived or not each.is_archived)
            and (wanted.everywhere or each.workspace.startswith(HERE))
            and (wanted.days is None or each.updated_at >= NOON - wanted.days * DAY)
        ]

    async def rows(self, ids: Sequence[str]) -> Mapping[str, SessionRow]:
        self.asked.append(len(ids))
        return {each: self.all[each] for each in ids}

    async def preview(self, session_id: str) -> Preview:
        title = self.all[session_id].title
        return Preview(
            first_prompt=f"{title}\n\nand be careful with the fixtures",
            last=(("user", "and now the changelog"), ("assistant", f"Done: {self.said.get(session_id, title)}.")),
            files=(("update", "src/tempo/clock.py", 5, 2), ("add", "tests/test_clock.py", 31, 0)),
        )

    async def rename(self, session_id: str, title: str) -> str:
        self.done.append(("rename", session_id, title))
        self.all[session_id] = self.all[session_id]._replace(title=title)
        return title

    async def archive(self, session_id: str, *, archived: bool) -> None:
        self.done.append(("archive" if archived else "unarchive", session_id))
        self.all[session_id] = self.all[session_id]._replace(is_archived=archived)

    async def delete(self, session_id: str) -> None:
        if self.hold_deeds is not None:
            await self.hold_deeds.wait()
        if self.problem is not None:
            raise self.problem
        self.done.append(("delete", session_id))
        self.deleted.add(session_id)

    async def undelete(self, session_id: str) -> None:
        self.done.append(("undelete", session_id))
        self.deleted.discard(session_id)

    async def tidy(self) -> None:
        self.done.append(("tidy",))

    async def connect(self, session_id: str, *, forks: bool = False) -> ScriptedSession:
        self.done.append(("fork" if forks else "connect", session_id))
        if self.busy is not None and self.busy.session_id == session_id and not forks:
            raise self.busy
        if session_id not in self.all:
            raise SessionUnclear(f"no session {session_id}", words=session_id)
        if self.problem is not None:
            raise self.problem
        return await self._opened()

    async def connect_new(self, workspace: str, like: str = "") -> ScriptedSession:
        self.done.append(("new", workspace, like))
        return await self._opened()

    async def close(self) -> None:
        self.done.append(("close",))

    async def _opened(self) -> ScriptedSession:
        assert self._open_session is not None
        return await self._open_session()


ROWS = (
    row("s1", "fix the flaky clock test; it fails about one run in ten", state="interrupted", turns=4, cost_usd=0.31),
    row("s2", "add retries to the uploader", ago_s=1_500, state="elsewhere", owner=4711, turns=12, cost_usd=1.85),
    row("s3", "why does the build take nine minutes?", ago_s=9_000, state="paused", turns=2, cost_usd=0.02),
    row("s4", "[bold]日本語\x1b[2J\x1b]0;evil\x07 and a title that goes on " + "and on " * 40, ago_s=90_000, turns=7),
    row("s5", "write the release notes", ago_s=3 * DAY, is_archived=True, turns=1, cost_usd=0.11),
    row(
        "s6",
        "bisect the crash on arm64",
        ago_s=9 * DAY,
        workspace="~/src/other/rather/deep/folder",
        turns=21,
        cost_usd=4.2,
    ),
    row("s7", "rename Config to Settings everywhere", ago_s=20 * DAY, turns=5, cost_usd=0.87),
    row("s8", "a first look around", ago_s=200 * DAY, turns=1),
)
SAID = {
    "s1": "The wombat fixture compares two wall-clock readings taken in different processes",
    "s6": "it only fails while the wombat is awake",
    "s7": "Settings it is",
}
