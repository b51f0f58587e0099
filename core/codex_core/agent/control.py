"""The user's hand on a running turn: pause, continue, redirect, stop, cancel what runs now.

The loop asks at safe points; nobody is interrupted anywhere else, except what can be given up at any time: a model's
stream, a wait, and (when the user insists) a tool.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, TypeVar

from codex_core.agent.collaborators import Emit
from codex_core.agent.inbox import Inbox, Waiting
from codex_core.protocol import Part, Paused, PauseEnd, PauseItem, PauseRequested, Resumed, new_id

T = TypeVar("T")


class Interrupted(Exception):
    """What was being done was given up, because the user wants to pause or to stop."""


class ToolCancelled(Exception):
    """The user ended the running tool."""


class Control:
    """One for each turn. Front ends call the wishes, the loop awaits the rest; all on one event loop."""

    def __init__(self, emit: Emit, inbox: Inbox, keep: Callable[[PauseItem], Awaitable[None]]) -> None:
        """`keep` writes a pause down that is over. It does not fail."""
        self._emit = emit
        self._inbox = inbox
        self._keep = keep
        self._wanted = asyncio.Event()
        """Set while the user waits for the agent to come to rest."""
        self._released = asyncio.Event()
        """Set while nothing holds the agent at a safe point."""
        self._released.set()
        self._running: dict[asyncio.Task[object], str] = {}
        self._cancelled_by_user: set[asyncio.Task[object]] = set()
        self._waiting_for = ""
        self._end: PauseEnd = "continue"
        """How the newest pause ended."""
        self._turns_back = False
        self._was_cut_short = False
        self.is_stopped = False
        self.paused: Paused | None = None
        """Set while the agent rests."""

    # Wishes of the user.

    def pause(self, *, was_cut_short: bool = False) -> None:
        """`was_cut_short`: the turn has not begun to work, and goes on where an earlier life of the program ended."""
        if self._wanted.is_set() or self.is_stopped:
            return
        self._was_cut_short = was_cut_short
        self._wanted.set()
        self._released.clear()
        self._waiting_for = ", ".join(self._running.values())
        self._emit(PauseRequested(waiting_for=self._waiting_for))

    def go_on(self) -> None:
        """Continue where it stopped."""
        self._release("continue")

    async def redirect(self, words: tuple[Part, ...]) -> None:
        """Continue with these words; calls that have not run yet are given up."""
        self._turns_back = self._wanted.is_set()
        self._release("redirect")
        await self._inbox.put(words, "redirect")  # there at once, before anybody else can go on

    def stop(self) -> None:
        self.is_stopped = True
        self._turns_back = True
        self._wanted.set()
        self.cancel_current()
        self._release("stop")

    @property
    def is_cut_short(self) -> bool:
        """Whether it waits for the user to go on with a turn in which the program ended."""
        return self._was_cut_short and not self._released.is_set()

    def cancel_current(self) -> None:
        """End the running tools now."""
        for task in self._running:
            self._cancelled_by_user.add(task)
            task.cancel()

    def _release(self, how: PauseEnd) -> None:
        was_held = self._wanted.is_set() and not self._released.is_set()
        if not self.is_stopped:
            self._wanted.clear()
        self.paused = None
        self._end = how
        self._released.set()
        if was_held:
            self._emit(Resumed(how=how))

    # What the loop asks.

    async def safe_point(self) -> bool:
        """Stay here while the user wants a pause.

        Returns whether to go on as planned. If not, the user stopped or redirected: whatever was planned is given up,
        back to the loop, which takes the words and clears this by `deliver_words`.
        """
        while not self._released.is_set():  # asked again: the next pause may have come before this one was left
            if self.paused is None:
                await self._rest()
            else:
                await self._released.wait()
        return not self._turns_back

    async def _rest(self) -> None:
        self.paused = Paused(pause_id=new_id("pause"), was_cut_short=self._was_cut_short)
        pause_id, waited_for, at, since = self.paused.pause_id, self._waiting_for, time.time(), time.monotonic()
        self._emit(self.paused)
        await self._released.wait()
        duration_s = time.monotonic() - since
        await self._keep(PauseItem(id=pause_id, at=at, how=self._end, waited_for=waited_for, duration_s=duration_s))

    async def deliver_words(self, append: Callable[..., Awaitable[None]]) -> None:
        """Have what the user said meanwhile appended, in order. From here on things go as planned again."""
        self._turns_back = self.is_stopped
        await self._inbox.deliver_steering(append)

    def take_command(self) -> Waiting | None:
        """What the user wants run in the shell next; None: nothing more."""
        return self._inbox.take_command()

    @property
    def has_words(self) -> bool:
        return self._inbox.has_steering

    async def until_wanted(self, work: Coroutine[Any, Any, T]) -> T:
        """Do `work`, which can be given up at any time.

        Raises:
            Interrupted: the user wants a pause or a stop; `work` was cancelled and has ended.
        """
        task = asyncio.ensure_future(work)
        wanted = asyncio.ensure_future(self._wanted.wait())
        try:
            await asyncio.wait({task, wanted}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise Interrupted
        finally:
            wanted.cancel()
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
                if not task.cancelled():
                    task.exception()  # seen: it failed while it was given up

    async def run_tool(self, label: str, work: Coroutine[Any, Any, T]) -> T:
        """Do `work`, which runs to its end unless the user insists.

        Raises:
            ToolCancelled: the user ended it; `work` has cleaned up, or (after a stop) was never begun.
        """
        if self.is_stopped:
            work.close()
            raise ToolCancelled
        task = asyncio.ensure_future(work)
        with self._as_running(task, label):
            try:
                await asyncio.wait({task})
            except asyncio.CancelledError:
                task.cancel()
                await asyncio.wait({task})
                raise
            if task.cancelled():
                if task in self._cancelled_by_user:
                    raise ToolCancelled
                raise RuntimeError("it cancelled itself")  # a bug there; here it would end the turn without a word
            return task.result()

    @contextlib.contextmanager
    def _as_running(self, task: asyncio.Future[Any], label: str) -> Generator[None]:
        running: asyncio.Task[object] = task  # pyright: ignore[reportAssignmentType] ensure_future of a coroutine
        self._running[running] = label
        try:
            yield
        finally:
            del self._running[running]
            self._cancelled_by_user.discard(running)
