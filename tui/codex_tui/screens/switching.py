"""Which session is on the screen: the first one, and another one instead without leaving the app."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol, cast

from textual.app import App
from textual.screen import Screen

from codex_core.protocol import SessionBusy, SessionUnclear

if TYPE_CHECKING:
    from codex_tui.intents import Phase
    from codex_tui.options import Connect, Picker
    from codex_tui.screens.sessions import Choice
    from codex_tui.session_link import OpenSession
    from codex_tui.shelf import Shelf

# The picker is imported when it first opens.

_ELSEWHERE = "Open in another codex-py: go on with a copy, or choose another"
_CLOSE_S = 5.0
"""What deleting may take before the app goes without waiting for it; the next start finishes it."""


class OnScreen(Protocol):
    """The session that is on the screen."""

    @property
    def phase(self) -> Phase: ...

    @property
    def session_id(self) -> str:
        """Empty while there is none."""
        ...

    @property
    def workspace(self) -> str: ...

    @property
    def has_waiting(self) -> bool:
        """Prompts wait in the session for its turn to end."""
        ...

    def show(self, session: OpenSession) -> None:
        """Show this session from now on; the one before is closed, and kept as it is."""
        ...


class Switching:
    """One for the main screen."""

    def __init__(
        self,
        screen: Screen[None],
        back: OnScreen,
        picker: Picker,
        *,
        take_keys: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        """`take_keys` gives what was typed ahead to what has the keyboard then."""
        self._screen = screen
        self._take_keys = take_keys
        self._back = back
        self._picker = picker
        self._clock = clock
        self._shelf: Shelf | None = None

    async def connect_first(self, connect: Connect) -> OpenSession:
        """Open the session to begin with: by `connect`, or the one that the user chooses. To be awaited in a worker.

        Raises: what opening it raises.
        """
        words, busy = "", None
        try:
            if not self._picker.comes_first:
                try:
                    return await connect()
                except SessionUnclear as error:
                    words = error.words
                except SessionBusy as error:
                    busy = error
            shelf = await self._opened()
            while (choice := await self._choose(shelf, words, is_first=True, busy=busy)) is not None:
                try:
                    return await shelf.connect(choice.id, forks=choice.forks)
                except SessionBusy as error:  # somebody has just opened it
                    busy = error
        finally:
            self._take_keys()
        return await (connect() if self._picker.comes_first else shelf.connect_new(self._back.workspace))

    def resume(self, words: str) -> None:
        """Go on with another session: the one of that id, or with these words in its title; else one is chosen."""
        if self._may_leave():
            self._begin(self._connect_other(words.strip()))

    def begin_new(self) -> None:
        """Begin a new session where this one works."""
        if self._may_leave():
            self._begin(self._connect_new())

    async def close(self) -> None:
        """What was deleted is deleted for good, bounded by a few seconds."""
        if self._shelf is not None:
            with contextlib.suppress(TimeoutError, Exception):  # the app ends; the next start tries again
                async with asyncio.timeout(_CLOSE_S):
                    await self._shelf.close()

    def _may_leave(self) -> bool:
        match self._back.phase:
            case "connecting":
                self._say("The session is still being opened.")
            case "running" | "pausing":
                self._say("A turn is at work. Ctrl+C pauses it; a paused turn is kept, and goes on when you come back.")
            case _ if self._back.has_waiting:
                self._say("Messages wait to be sent: send or remove them first (Up in the empty composer).")
            case _:
                return True
        return False

    def _begin(self, connecting: Awaitable[OpenSession | None]) -> None:
        self._screen.run_worker(self._switch(connecting), group="switch", exclusive=True)

    async def _switch(self, connecting: Awaitable[OpenSession | None]) -> None:
        """The session that is open stays until the other one is there."""
        try:
            session = await connecting
        except Exception as error:  # the border of opening: the user is told, and stays where they are
            self._screen.notify(str(error) or type(error).__name__, severity="warning", markup=False, timeout=10)
            return
        if session is None:
            return
        if self._may_leave():  # something may have begun meanwhile
            self._back.show(session)
        else:
            await session.close()

    async def _connect_other(self, words: str) -> OpenSession | None:
        shelf = await self._opened()
        busy = None
        if words:
            try:
                return await self._connect(shelf, words)
            except SessionUnclear:
                pass
            except SessionBusy as error:
                words, busy = "", error
        while (choice := await self._choose(shelf, words, is_first=False, busy=busy)) is not None:
            self._screen.notify("Opening it…", markup=False, timeout=1.5)
            try:
                return await self._connect(shelf, choice.id, forks=choice.forks)
            except SessionBusy as error:  # as above
                busy = error
        return None

    async def _connect(self, shelf: Shelf, session_id: str, *, forks: bool = False) -> OpenSession | None:
        if session_id == self._back.session_id and not forks:
            self._say("You are in this session.")
            return None
        return await shelf.connect(session_id, forks=forks)

    async def _connect_new(self) -> OpenSession:
        shelf = await self._opened()
        return await shelf.connect_new(self._back.workspace, like=self._back.session_id)

    async def _choose(
        self, shelf: Shelf, words: str, *, is_first: bool, busy: SessionBusy | None = None
    ) -> Choice | None:
        """`busy`: the session that was wanted, and why it cannot be opened."""
        from codex_tui.screens.sessions import SessionsScreen

        forks = is_first and self._picker.forks
        screen = SessionsScreen(
            shelf,
            title=_ELSEWHERE if busy else "Branch off a session" if forks else "Resume a session",
            leaves="new session" if is_first else "back",
            words=words,
            everywhere=self._picker.everywhere or busy is not None,
            at=busy.session_id if busy is not None else "",
            forks=forks,
            clock=self._clock,
            when_ready=self._take_keys,
        )
        try:
            return await cast("App[None]", self._screen.app).push_screen_wait(screen)
        finally:
            self._screen.run_worker(self._tidy(shelf), group="tidy")

    async def _tidy(self, shelf: Shelf) -> None:
        try:
            await shelf.tidy()
        except Exception as error:  # as above; the next start tries again
            self._say(f"Not deleted yet: {error}")

    async def _opened(self) -> Shelf:
        if self._shelf is None:
            self._shelf = await self._picker.open_shelf()
        return self._shelf

    def _say(self, text: str) -> None:
        self._screen.notify(text, markup=False, timeout=4)
