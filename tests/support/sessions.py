"""A real session over a real database, with a scripted model and scripted tools; and a reader of its events."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from codex_core.agent.secrets import Masker
from codex_core.config.saved_rules import RulesFile
from codex_core.llm.provider import Provider
from codex_core.protocol import (
    AuditEntry,
    Envelope,
    Event,
    Item,
    ItemCompleted,
    Network,
    Outcome,
    Rule,
    Sandbox,
    SandboxPolicy,
    SessionHandle,
    Settings,
    SubmitPrompt,
    TextPart,
    Tool,
    ToolBox,
    TurnEnded,
)
from codex_core.session.project import Project
from codex_core.session.services import Services
from codex_core.session.session import Session
from codex_core.session.store import SessionStore
from codex_tools.catalogue import builtin_tools
from codex_tools.checkpoints import Checkpoints
from codex_tools.checkpoints.for_session import SessionCheckpoints
from codex_tools.workspace import Workspace
from tests.support.scripted_tools import NoSandbox

E = TypeVar("E")

TIMEOUT_S = 10.0

ASK = ("workspace-write", "untrusted")
"""The settings of the mode in which every edit and command is asked."""


@dataclass(slots=True)
class Watcher:
    """Reads the events of a session and remembers them all."""

    handle: SessionHandle
    seen: list[Event] = field(default_factory=list[Event])
    envelopes: list[Envelope] = field(default_factory=list[Envelope])
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _position: int = 0

    async def read(self) -> None:
        async for envelope in self.handle.events():
            self.envelopes.append(envelope)
            self.seen.append(envelope.event)
            self._changed.set()

    async def next(self, kind: type[E], when: Callable[[E], bool] = lambda _: True) -> E:
        """The next event of this kind after the one that was waited for last."""
        event, self._position = await self._find(kind, when, self._position)
        return event

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until it is so; looked at whenever something has happened."""
        async with asyncio.timeout(TIMEOUT_S):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def ask(self, text: str) -> Outcome:
        """Submit a prompt and wait for the end of its turn."""
        position = len(self.seen)
        await self.handle.submit(SubmitPrompt(parts=(TextPart(text=text),)))
        ended, _ = await self._find(TurnEnded, lambda _: True, position)
        return ended.outcome

    async def _find(self, kind: type[E], when: Callable[[E], bool], position: int) -> tuple[E, int]:
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                while position < len(self.seen):
                    event = self.seen[position]
                    position += 1
                    if isinstance(event, kind) and when(event):
                        return event, position
                self._changed.clear()
                await self._changed.wait()

    def completed(self, kind: type[E]) -> list[E]:
        return [event.item for event in self.seen if isinstance(event, ItemCompleted) and isinstance(event.item, kind)]


@contextlib.asynccontextmanager
async def watching(handle: SessionHandle) -> AsyncGenerator[Watcher]:
    watcher = Watcher(handle)
    task = asyncio.create_task(watcher.read())
    try:
        yield watcher
    finally:
        task.cancel()
        await asyncio.wait({task})


@contextlib.asynccontextmanager
async def running_session(
    folder: Path,
    provider: Provider,
    tools: Sequence[Tool] = (),
    *,
    mode: tuple[str, str] = ("workspace-write", "on-request"),
    is_interactive: bool = True,
    resume: str | None = None,
    max_steps: int | None = None,
    masked: Sequence[str] = (),
    sandbox: Sandbox | None = None,
    project_rules: tuple[Rule, ...] = (),
    network: Network = "off",
    database: Path | None = None,
    auto_title: bool = False,
    with_checkpoints: bool = False,
) -> AsyncGenerator[tuple[Session, Watcher]]:
    """A started session with its events being read; closed at the end."""
    workspace = folder / "workspace"
    workspace.mkdir(exist_ok=True)
    settings = Settings(model="scripted/model", sandbox_mode=mode[0], approval_policy=mode[1], network=network)  # pyright: ignore[reportArgumentType]

    def policy(settings: Settings) -> SandboxPolicy:
        return SandboxPolicy(
            mode=settings.sandbox_mode,
            workspace=workspace,
            network=settings.network,
            protected_paths=(workspace / "AGENTS.md",),
        )

    async def nothing() -> None:
        pass

    stack = contextlib.AsyncExitStack()
    checkpoints: SessionCheckpoints | None = None

    async def open_project(workspace: Path, *, trust: bool | None) -> Project:
        return Project(
            workspace=workspace,
            is_trusted=True,
            found=(),
            settings=settings,
            warnings=(),
            instruction_files=(),
            policy=policy,
            toolbox=lambda _: ToolBox(tools={tool.spec.name: tool for tool in tools}),
            close=nothing,
            rules=project_rules,
            checkpoints=checkpoints,
        )

    services = Services(
        provider_for=lambda _: provider,
        open_project=open_project,
        demo_folder=folder / "demo",
        make_demo=lambda _: None,
        sandbox=sandbox or NoSandbox(),
        environment={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
        masker=Masker(masked),
        rules=RulesFile(folder),
        close=nothing,
        max_steps=max_steps,
        auto_title=auto_title,
    )
    async with stack, SessionStore.open(database or folder / "sessions.db", Masker(masked)) as store:
        journal = await (store.open_session(resume) if resume else store.create(workspace))
        if with_checkpoints:
            opened = Checkpoints.open(
                folder / "checkpoints", workspace, owner=journal.session_id, policy=policy(settings)
            )
            checkpoints = SessionCheckpoints(await stack.enter_async_context(opened))
        session = Session(
            journal=journal,
            project=await open_project(workspace, trust=None),
            services=services,
            settings=settings,
            is_interactive=is_interactive,
        )
        await session.start()
        async with watching(session) as watcher:
            try:
                yield session, watcher
            finally:
                await session.close()


def real_tools(folder: Path) -> tuple[Tool, ...]:
    """Our own tools in the workspace of a `running_session` in `folder`."""
    workspace = folder / "workspace"
    workspace.mkdir(exist_ok=True)
    policy = SandboxPolicy(mode="workspace-write", workspace=workspace)
    return builtin_tools(Workspace(folder=workspace, policy=lambda: policy, home=folder))


async def audit_of(folder: Path, session_id: str) -> list[AuditEntry]:
    async with SessionStore.open(folder / "sessions.db") as store:
        journal = await store.read_session(session_id)
        return [line.entry for line in await journal.audit()]


async def stored_items(folder: Path, session_id: str) -> tuple[Item, ...]:
    async with SessionStore.open(folder / "sessions.db") as store:
        journal = await store.open_session(session_id)
        try:
            return await journal.items()
        finally:
            await journal.close()


async def unfinished(folder: Path, session_id: str) -> object:
    """How far the turn of a session is, as the database has it."""
    async with SessionStore.open(folder / "sessions.db") as store:
        return (await (await store.read_session(session_id)).settings()).get("unfinished")


def copy_as_killed(folder: Path) -> Path:
    """A copy of the database of running sessions, as a kill would have left it now; returns its folder."""
    copy = folder / "killed"
    copy.mkdir()
    with (
        contextlib.closing(sqlite3.connect(folder / "sessions.db")) as db,
        contextlib.closing(sqlite3.connect(copy / "sessions.db")) as killed,
    ):
        db.backup(killed)
        killed.execute("DELETE FROM leases")
        killed.commit()
    return copy
