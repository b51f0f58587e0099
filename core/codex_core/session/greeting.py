"""What has to be asked before anything else: whether the folder's own settings count; and the demo's tour."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from codex_core.agent.collaborators import Emit
from codex_core.agent.desk import Desk
from codex_core.agent.history import notice_item
from codex_core.agent.unbroken import unbroken
from codex_core.protocol import (
    CodexError,
    DemoAnswer,
    DemoQuestion,
    ItemCompleted,
    TrustAnswer,
    TrustQuestion,
)
from codex_core.session.place import Place
from codex_core.session.project import Project

DEMO_PROMPT = "Show me the tour: fix the failing test of this little project."


class Greeting:
    """One for a session. No turn works while `is_over` is not set: the project may be about to change."""

    def __init__(self, place: Place, desk: Desk, tell: Emit, *, on_moved: Callable[[], None]) -> None:
        """`tell` shows what is not stored; `on_moved` is called after the place has changed."""
        self._place = place
        self._desk = desk
        self._tell = tell
        self._on_moved = on_moved
        self.is_over = asyncio.Event()

    async def ask_for_trust(self) -> None:
        try:
            project = self._place.project
            if project.is_trusted or not project.found or not self._desk.is_interactive:
                return
            answer = await self._desk.ask(TrustQuestion(folder=str(project.workspace), found=project.found))
            if isinstance(answer, TrustAnswer):
                await self._move_to(project.workspace, trust=answer.trusted)
        except CodexError as error:
            self._warn(f"The folder's own settings do not count: {error}")
        finally:
            self.is_over.set()

    async def offer_demo(self) -> str | None:
        """Return the prompt of the tour, if the user wants it; its project is made and entered."""
        folder = self._place.services.demo_folder
        answer = await self._desk.ask(DemoQuestion(folder=str(folder)))
        if not isinstance(answer, DemoAnswer) or not answer.accepted:
            return None
        self.is_over.clear()
        try:
            return await self._enter_demo()
        finally:
            self.is_over.set()

    async def go_to_demo(self) -> str | None:
        """Do as `offer_demo` after a yes: the user has said it beforehand. If that fails, the greeting is not over."""
        try:
            prompt = await self._enter_demo()
        except BaseException:  # a turn would wait for the end of the greeting for ever
            self.is_over.set()
            raise
        if prompt is not None:
            self.is_over.set()
        return prompt

    async def _enter_demo(self) -> str | None:
        folder = self._place.services.demo_folder
        try:
            await asyncio.to_thread(self._place.services.make_demo, folder)
            # It brings nothing that wants to be trusted; what lies around it was not asked about.
            await self._move_to(folder, trust=None)
        except CodexError as error:
            self._warn(str(error))
            return None
        told = f"The tour plays in {folder}, made for it; delete that folder when you have seen enough."
        self._tell(ItemCompleted(item=notice_item("info", told)))
        return DEMO_PROMPT

    def user_spoke(self) -> None:
        """The user has something else in mind than the tour."""
        self._desk.withdraw(DemoQuestion)

    async def _move_to(self, folder: Path, *, trust: bool | None) -> None:
        """Open the project, now that the user has said what counts in it. If that fails, all stays as it was."""
        before = self._place.project
        after = await self._place.services.open_project(folder, trust=trust)
        self._place.enter(after)
        await unbroken(_closed(before))
        for text in after.warnings:
            self._warn(text)
        self._on_moved()

    def _warn(self, text: str) -> None:
        self._tell(ItemCompleted(item=notice_item("warning", text)))


async def _closed(project: Project) -> None:
    await project.close()
