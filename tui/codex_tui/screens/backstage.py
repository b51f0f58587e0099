"""Behind the main screen: brings sessions to the screen, one after the other, and has what they change drawn.

Nothing of the vocabulary is imported here before the first paint. What a session tells is the business of its `scene`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.app import App
from textual.screen import Screen
from textual.timer import Timer

from codex_tui.chrome import HeaderBar
from codex_tui.composer import Composer
from codex_tui.driver import write_sequence
from codex_tui.intents import Intent, Phase
from codex_tui.options import Connect, ScreenOptions
from codex_tui.place import short_path
from codex_tui.queue_bar import QueueBar
from codex_tui.screens.outbox import Outbox
from codex_tui.session_link import SessionLink
from codex_tui.transcript import Notice, Transcript

if TYPE_CHECKING:
    from codex_core.protocol import Envelope, SessionState
    from codex_tui.conversation import Conversation
    from codex_tui.first_frame import Frame
    from codex_tui.panels.panel import QuestionPanel
    from codex_tui.screens.crew import Crew
    from codex_tui.screens.scene import Scene
    from codex_tui.screens.switching import Switching
    from codex_tui.session_link import OpenSession

# Imports below are deferred on purpose: they are what the first paint does not wait for.

_LEISURE_S = 0.5
"""After the start, when the session is there mostly and nobody has typed much."""


class Backstage:
    """One for the main screen, for as long as it lives."""

    def __init__(
        self,
        screen: Screen[None],
        connect: Connect,
        options: ScreenOptions,
        *,
        say_again: Callable[[str], None],
        take_keys: Callable[[], None],
        clock: Callable[[], float],
        timer: Callable[[], float],
    ) -> None:
        """`say_again` puts a prompt back into the composer; `take_keys` gives what was typed ahead to what has the
        keyboard; `clock` counts as events do, `timer` measures the user's pauses."""
        self._screen = screen
        self._connect = connect
        self._options = options
        self._say_again = say_again
        self._take_keys = take_keys
        self._clock = clock
        self._timer = timer
        self._link = self._new_link()
        self._left: SessionLink | None = None
        """That of the session which was on the screen before."""
        self._has_failed = False
        self._bug: Exception | None = None
        """What went wrong in showing an event."""
        self._due: list[Callable[[], None]] = []
        self._are_bars_due = False
        self._ticker: Timer | None = None
        self.outbox = Outbox(self.draw_bars_soon)
        self.crew: Crew | None = None
        """None until the vocabulary is there, as the scene."""
        self.scene: Scene | None = None
        self.switching: Switching | None = None

    def _new_link(self) -> SessionLink:
        def receive(envelope: Envelope) -> None:
            if self._link is link:  # else that session has left the screen
                self._receive(envelope)

        link = SessionLink(receive)
        return link

    @property
    def conversation(self) -> Conversation | None:
        return self.scene.conversation if self.scene is not None else None

    @property
    def phase(self) -> Phase:
        if self._has_failed:
            return "failed"
        return self.scene.conversation.view.phase if self.scene is not None else "connecting"

    @property
    def session_id(self) -> str:
        """Of the session on the screen; empty while there is none."""
        return self._state.session_id if self._state is not None else ""

    @property
    def workspace(self) -> str:
        """Where it works; before that is known, where the app was started."""
        return self._state.workspace if self._state is not None else str(self._options.workspace)

    @property
    def has_waiting(self) -> bool:
        """Prompts wait in the session for its turn to end."""
        return self.scene is not None and bool(self.scene.conversation.view.queue)

    @property
    def panel(self) -> QuestionPanel | None:
        """The question over the composer, if one is open."""
        return self.crew.questions.panel if self.crew is not None else None

    @property
    def _state(self) -> SessionState | None:
        return self.scene.conversation.view.state if self.scene is not None else None

    # The session begins and ends.

    def after_first_paint(self) -> Frame | None:
        """Hold the prompt to begin with; returns the picture to keep as the next start's first frame."""
        from codex_tui.screens import after_paint

        after_paint.collect_garbage_again()
        self._ticker = self._screen.set_interval(1.0, self._tick, pause=True)
        if self._options.prompt:
            self.outbox.hold(self._options.prompt)
        return after_paint.picture_to_keep(self._screen)

    def begin(self, picture: Frame | None) -> None:
        """Open the session."""
        self._work(self._follow(picture))

    def try_again(self) -> None:
        """Open the session after it could not be opened."""
        self._work(self._follow_again())

    def show(self, session: OpenSession) -> None:
        """Show this session from now on; the one before is closed, and kept as it is."""
        self._work(self._follow_other(session))

    def _work(self, following: Coroutine[object, object, None]) -> None:
        self._screen.run_worker(following, group="session", exclusive=True)

    async def _follow(self, picture: Frame | None) -> None:
        """Open the session and show what happens in it, until it ends or cannot go on."""
        try:
            if self.scene is None:
                self._meet(await asyncio.to_thread(self._load, picture))
                self._screen.set_timer(_LEISURE_S, self._prepare_first_turn)
            await self._link.run(self._connect_first)
        except Exception as error:  # the border of the session: the user is told, the screen stays
            self._fail(error)

    def _prepare_first_turn(self) -> None:
        from codex_tui.rehearsal import rehearse

        self._screen.run_worker(asyncio.to_thread(rehearse), group="rehearsal")

    async def _follow_other(self, session: OpenSession) -> None:
        async def connected() -> OpenSession:
            return session

        self._left, self._link = self._link, self._new_link()
        self._start_over()
        try:
            await self._left.leave()
            await self._link.run(connected)
        except Exception as error:  # as above
            self._fail(error)

    async def _follow_again(self) -> None:
        self._has_failed = False
        self.draw_bars_soon()
        await self._follow(None)

    async def leave(self) -> str:
        """Close the session; returns its id if something was said in it."""
        if self._left is not None:
            await self._left.leave()
        await self._link.leave()
        if self.switching is not None:
            await self.switching.close()
        return self._state.session_id if self._state is not None and self._state.title else ""

    def _fail(self, error: Exception) -> None:
        if error is self._bug:
            raise error
        self._has_failed = True
        self.tell("no-session", f"There is no session. {error or type(error).__name__}", "error")
        self.draw_bars_soon()

    async def _connect_first(self) -> OpenSession:
        if (picker := self._options.picker) is None:
            return await self._connect()
        from codex_tui.screens.switching import Switching

        if self.switching is None:
            self.switching = Switching(self._screen, self, picker, take_keys=self._take_keys, clock=self._clock)
        return await self.switching.connect_first(self._connect)

    # Who draws it.

    def _load(self, picture: Frame | None) -> str:
        """In a thread: import, and keep the picture; returns the git branch."""
        from codex_tui.screens import after_paint

        after_paint.import_the_rest()
        if picture is not None:
            after_paint.keep_picture(self._screen, self._options, picture)
        from codex_tui.branch import current_branch

        return current_branch(self._options.workspace)

    def _meet(self, branch: str) -> None:
        from codex_tui.screens.crew import crew_of

        write = partial(write_sequence, cast("App[None]", self._screen.app))
        self.crew = crew_of(self._screen, self._options, timer=self._timer, write=write, branch=branch)
        self._set_scene(self.crew)
        self._screen.query_one(HeaderBar).place = short_path(str(self._options.workspace))

    def _set_scene(self, crew: Crew) -> None:
        from codex_tui.screens.scene import Scene

        self.scene = Scene(
            self._screen,
            self._link,
            crew,
            self.outbox,
            clock=self._clock,
            draw_soon=self.draw_bars_soon,
            say_again=self._say_again,
            has_motion=not self._options.reduced_motion,
        )
        self.outbox.conversation = self.scene.conversation

    def _start_over(self) -> None:
        """Nothing of the session before is shown any more; what was never sent is back in the composer."""
        if self.scene is None or self.crew is None:
            return
        self.scene.clear()
        self._has_failed = False
        if unsent := self.outbox.take_back():
            self._say_again(unsent)
        self._set_scene(self.crew)
        self.draw_bars_soon()

    def _receive(self, envelope: Envelope) -> None:
        if self.scene is None:
            return
        try:
            self.scene.receive(envelope)
            if self._due and self.phase != "connecting":
                self._do_what_is_due()
        except Exception as error:
            self._bug = error  # not the session's fault: see `_follow`
            raise

    # What the user says.

    def once_open(self, do: Callable[[], None]) -> None:
        """Do this as soon as the session is there."""
        self._due.append(do)

    def _do_what_is_due(self) -> None:
        due, self._due = self._due, []
        for do in due:
            do()

    def send(self, text: str, intent: Intent) -> None:
        self.outbox.send(text, intent)
        if self.scene is not None and intent not in (Intent.HOLD, Intent.QUEUE):
            # What is said later is no reason to leave what is being read.
            self._screen.query_one(Transcript).scroll_to_end()

    # Drawing.

    def tell(self, entry_id: str, text: str, level: str = "info") -> None:
        """Say something of the screen's own in the conversation; the same id says it anew."""
        self._screen.remove_class("-fresh")
        transcript = self._screen.query_one(Transcript)
        transcript.replace(Notice(entry_id, text, "error" if level == "error" else "info"))
        transcript.scroll_to_end()

    def relayout(self) -> None:
        """The screen has another width."""
        if self.scene is not None:
            self.scene.place_body()
        self.draw_bars_soon()

    def draw_bars_soon(self) -> None:
        if not self._are_bars_due:
            self._are_bars_due = True
            self._screen.call_later(self._draw_bars)

    def _draw_bars(self) -> None:
        self._are_bars_due = False
        if self.scene is None:
            held = self.outbox.held
            self._screen.query_one(QueueBar).prompts = held
            self._screen.query_one(Composer).has_queue = bool(held)
            return
        self.scene.draw(self.phase)
        if self._ticker is not None:
            if self.scene.conversation.view.activity:  # also of a command of the user's own, while the session is idle
                self._ticker.resume()
            else:
                self._ticker.pause()

    def _tick(self) -> None:
        if self.scene is not None:
            self.scene.draw_activity(self.phase)
