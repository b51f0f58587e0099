"""Behind the main screen: starts the session after the first paint, takes its events and hands them to those who draw.

Nothing of the vocabulary is imported here before the first paint.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from textual.timer import Timer

from codex_tui import first_frame
from codex_tui.chrome import HeaderBar
from codex_tui.composer import Composer
from codex_tui.detail import StepPane
from codex_tui.intents import Intent, Phase, shell_line
from codex_tui.options import Connect, ScreenOptions
from codex_tui.place import short_path
from codex_tui.queue_bar import QueueBar, Waiting
from codex_tui.screens.frame_picture import picture_of
from codex_tui.session_link import SessionLink
from codex_tui.timeline import Timeline
from codex_tui.transcript import Notice, Transcript, UserTurn

if TYPE_CHECKING:
    from codex_core.protocol import Envelope
    from codex_tui.changes import Change
    from codex_tui.conversation import Conversation
    from codex_tui.first_frame import Frame
    from codex_tui.screens.announcing import Announcer
    from codex_tui.screens.bars import Bars
    from codex_tui.screens.diffs import Diffs
    from codex_tui.screens.drafting import Drafting
    from codex_tui.screens.main import MainScreen
    from codex_tui.screens.questions import Questions
    from codex_tui.screens.rewinds import Rewinds
    from codex_tui.screens.sheets import Sheets
    from codex_tui.screens.stage import Stage
    from codex_tui.screens.switching import Switching
    from codex_tui.session_link import OpenSession

# Imports below are deferred on purpose: they are what the first paint does not wait for.

_LATER = (
    "codex_tui.conversation",
    "codex_tui.changes",
    "codex_tui.screens.announcing",
    "codex_tui.screens.bars",
    "codex_tui.screens.diffs",
    "codex_tui.screens.drafting",
    "codex_tui.screens.questions",
    "codex_tui.screens.rewinds",
    "codex_tui.screens.sheets",
    "codex_tui.screens.stage",
    "codex_tui.screens.switching",
    "codex_tui.markdown.render",
)
_LEISURE_S = 0.5
"""After the start, when the session is there mostly and nobody has typed much."""
PAGE = 200
"""Stored items fetched at once while scrolling back."""


class Backstage:
    """One for the main screen, for as long as it lives."""

    def __init__(
        self,
        screen: MainScreen,
        connect: Connect,
        options: ScreenOptions,
        *,
        clock: Callable[[], float],
        timer: Callable[[], float],
    ) -> None:
        """`clock` counts as events do, `timer` measures the user's pauses."""
        self._screen = screen
        self._connect = connect
        self._options = options
        self._clock = clock
        self._timer = timer
        self._link = self._new_link()
        self._left: SessionLink | None = None
        """That of the session which was on the screen before."""
        self._bars: Bars | None = None
        self.drafting: Drafting | None = None
        self.announcer: Announcer | None = None
        self._stage: Stage | None = None
        self._branch_of = str(options.workspace)
        """The folder whose branch is shown: a session may work elsewhere."""
        self._held: list[Waiting] = []
        """Prompts that wait for a session."""
        self._has_failed = False
        self._bug: Exception | None = None
        """What went wrong in showing an event."""
        self._are_bars_due = False
        self._is_fetching = False
        self._ticker: Timer | None = None
        self.conversation: Conversation | None = None
        """None until the vocabulary is there."""
        self.questions: Questions | None = None
        self.sheets: Sheets | None = None
        self.rewinds: Rewinds | None = None
        self.switching: Switching | None = None
        self.diffs: Diffs | None = None

    def _new_link(self) -> SessionLink:
        def receive(envelope: Envelope) -> None:
            if self._link is link:  # else that session has left the screen
                self._receive(envelope)

        link = SessionLink(receive)
        return link

    @property
    def phase(self) -> Phase:
        if self._has_failed:
            return "failed"
        return self.conversation.view.phase if self.conversation is not None else "connecting"

    @property
    def session_id(self) -> str:
        """Of the session on the screen; empty while there is none."""
        state = self.conversation.view.state if self.conversation is not None else None
        return state.session_id if state is not None else ""

    @property
    def workspace(self) -> str:
        """Where it works; before that is known, where the app was started."""
        state = self.conversation.view.state if self.conversation is not None else None
        return state.workspace if state is not None else str(self._options.workspace)

    @property
    def has_waiting(self) -> bool:
        """Prompts wait in the session for its turn to end."""
        return self.conversation is not None and bool(self.conversation.view.queue)

    # The session begins and ends.

    def after_first_paint(self) -> Frame | None:
        """Garbage is collected again; returns what to keep as the next start's first frame."""
        gc.freeze()
        gc.enable()
        self._ticker = self._screen.set_interval(1.0, self._tick, pause=True)
        if self._options.prompt:
            self.hold(self._options.prompt)
        app, composer = self._screen.codex_app, self._screen.query_one(Composer)
        if app.is_headless or app.no_color or not composer.is_empty:
            return None  # no terminal, filters that a kept picture would miss, or something of the user's is in it
        return picture_of(self._screen, composer)

    async def follow(self, frame: Frame | None) -> None:
        """Open the session and show what happens in it, until it ends or cannot go on."""
        try:
            if self.conversation is None:
                self._meet(await asyncio.to_thread(self._load, frame))
                self._screen.set_timer(_LEISURE_S, self._prepare_first_turn)
            await self._link.run(self._connect_first)
        except Exception as error:  # the border of the session: the user is told, the screen stays
            self._fail(error)

    def _prepare_first_turn(self) -> None:
        from codex_tui.rehearsal import rehearse

        self._screen.run_worker(asyncio.to_thread(rehearse), group="rehearsal")

    def _fail(self, error: Exception) -> None:
        if error is self._bug:
            raise error
        self._has_failed = True
        self.tell("no-session", f"There is no session. {error or type(error).__name__}", "error")
        self.draw_bars_soon()

    async def follow_other(self, session: OpenSession) -> None:
        """Show this session from now on; the one before is closed, and kept as it is."""

        async def connected() -> OpenSession:
            return session

        self._left, self._link = self._link, self._new_link()
        self._start_over()
        try:
            await self._left.leave()
            await self._link.run(connected)
        except Exception as error:  # as above
            self._fail(error)

    async def try_again(self) -> None:
        """Open the session after it could not be opened."""
        self._has_failed = False
        self.draw_bars_soon()
        await self.follow(None)

    async def leave(self) -> str:
        """Close the session; returns its id if something was said in it."""
        if self._left is not None:
            await self._left.leave()
        await self._link.leave()
        if self.switching is not None:
            await self.switching.close()
        state = self.conversation.view.state if self.conversation is not None else None
        return state.session_id if state is not None and state.title else ""

    def _load(self, frame: Frame | None) -> str:
        """In a thread: import, and keep the frame; returns the git branch."""
        from codex_tui.branch import current_branch

        app = self._screen.codex_app
        before = sys.getswitchinterval()
        sys.setswitchinterval(0.0005)  # keys that are typed meanwhile do not wait for the import
        try:
            for name in _LATER:
                importlib.import_module(name)
        finally:
            sys.setswitchinterval(before)
        if frame is not None:
            options = self._options
            first_frame.keep(
                *(str(options.home), options.version, app.theme, app.size.width, app.size.height, frame),
                is_for_now=options.is_theme_for_now,
            )
        return current_branch(self._options.workspace)

    async def _read_branch(self, workspace: str) -> None:
        from codex_tui.branch import current_branch

        self._screen.query_one(HeaderBar).branch = await asyncio.to_thread(current_branch, Path(workspace))

    def _meet(self, branch: str) -> None:
        from codex_tui.screens.announcing import Announcer
        from codex_tui.screens.drafting import Drafting
        from codex_tui.screens.questions import Questions

        screen = self._screen
        self.questions = Questions(screen, self._timer)
        self.drafting = Drafting(screen, self._options.home)
        app = screen.codex_app
        self.announcer = Announcer(app, self._options.notifications, app.write_sequence)
        self._begin_conversation()
        header = screen.query_one(HeaderBar)
        header.place, header.branch = short_path(str(self._options.workspace)), branch

    def _begin_conversation(self) -> None:
        from codex_tui.conversation import Conversation
        from codex_tui.screens.bars import Bars
        from codex_tui.screens.diffs import Diffs
        from codex_tui.screens.rewinds import Rewinds
        from codex_tui.screens.sheets import Sheets
        from codex_tui.screens.stage import Stage

        screen = self._screen
        self.conversation = Conversation(self._link.submit, self._clock)
        view = self.conversation.view
        self._stage = Stage(
            view.ledger,
            screen.query_one(Transcript),
            screen.query_one(Timeline),
            screen.query_one("#detail", StepPane),
        )
        self._bars = Bars(screen, view, has_motion=not self._options.reduced_motion)
        app, submit = screen.codex_app, self._link.submit
        self.diffs = Diffs(app, submit, view)
        self.sheets = Sheets(app, submit, self._clock, self.diffs)
        self.rewinds = Rewinds(app, submit, self._clock, say_again=screen.say_again, layout=self.diffs.layout)

    def _start_over(self) -> None:
        """Nothing of the session before is shown any more; what was never sent is back in the composer."""
        from codex_tui.changes import HistoryForgotten

        screen = self._screen
        if self._stage is not None:
            self._stage.perform(HistoryForgotten())
        if self.questions is not None:
            self.questions.show(None, inside=False)
        screen.query_one("#detail").add_class("-empty")
        screen.remove_class("-steps", "-asked").add_class("-fresh")
        held, self._held, self._has_failed = self._held, [], False
        if held:
            screen.say_again("\n\n".join(waiting.text for waiting in held))
        self._begin_conversation()
        self.draw_bars_soon()

    async def _connect_first(self) -> OpenSession:
        if (picker := self._options.picker) is None:
            return await self._connect()
        from codex_tui.screens.switching import Switching

        if self.switching is None:
            self.switching = Switching(self._screen, self, picker, self._clock)
        return await self.switching.connect_first(self._connect)

    # What the session says.

    def _receive(self, envelope: Envelope) -> None:
        if self.conversation is None:
            return
        try:
            for change in self.conversation.receive(envelope):
                self._perform(change)
            self._announce(envelope)
        except Exception as error:
            self._bug = error  # not the session's fault: see `follow`
            raise

    def _announce(self, envelope: Envelope) -> None:
        from codex_core.protocol import TurnEnded
        from codex_tui import spoken

        event = envelope.event
        if self.announcer is not None and isinstance(event, TurnEnded) and not envelope.agent:
            self.announcer.ended(spoken.ending_words(event.outcome, event.duration_s), event.duration_s)

    def _perform(self, change: Change) -> None:
        from codex_tui.changes import (
            BarsChanged,
            ChangesTold,
            ContextShown,
            Ended,
            EntryShown,
            HistoryShown,
            PanelChanged,
            RewindTold,
            RowShown,
            RulesTold,
        )

        match change:
            case BarsChanged():
                self.draw_bars_soon()
            case PanelChanged():
                self._show_question()
            case ContextShown(use):
                from codex_tui.screens.context import ContextScreen

                self._screen.codex_app.push_screen(ContextScreen(use))
            case ChangesTold(changes):
                if self.diffs is not None:
                    self.diffs.take(changes)
            case RewindTold(event):
                if self.rewinds is not None:
                    self.rewinds.take(event)
            case RulesTold(listed):
                if self.sheets is not None:
                    self.sheets.take_rules(listed)
            case Ended():
                self._screen.codex_app.exit()
            case _:
                if isinstance(change, EntryShown) or (isinstance(change, HistoryShown) and change.entries):
                    self._show_transcript(beside_steps=isinstance(getattr(change, "entry", None), UserTurn))
                if isinstance(change, RowShown) or (isinstance(change, HistoryShown) and change.rows):
                    self._screen.add_class("-steps")
                if isinstance(change, HistoryShown):
                    self._hand_over(change.prompts)
                if self._stage is not None:
                    self._stage.perform(change)

    def _hand_over(self, prompts: tuple[str, ...]) -> None:
        """The stored items have come: what was said before can be looked up, what was held can be sent."""
        for prompt in prompts:
            self._screen.query_one(Composer).prompts.add(prompt)
        held, self._held = self._held, []
        for waiting in held:
            if self.conversation is not None:
                self._say(waiting.text, "now")

    async def fetch_earlier(self) -> None:
        """Put a page of stored items before all that is shown."""
        conversation, stage = self.conversation, self._stage
        if conversation is None or stage is None or self._is_fetching:
            return
        self._is_fetching = True
        try:
            items = await self._link.earlier(conversation.view.oldest_id, PAGE)
        finally:
            self._is_fetching = False
        if stage is self._stage:  # another session may be on the screen meanwhile
            stage.add_earlier(conversation.add_earlier(items, limit=PAGE))

    def go_to(self, row_id: str) -> bool:
        """Show what a step is in the conversation; False if it is not there."""
        return self._stage is not None and self._stage.go_to(row_id)

    def turn_page(self, page: str) -> None:
        """Show another side of the step that is shown."""
        if self._stage is not None:
            self._stage.turn_page(page)

    def choose(self, row_id: str) -> None:
        """The user points at a step."""
        if self._stage is not None:
            self._stage.choose(row_id)
            self._mark_asked()

    def _mark_asked(self) -> None:
        """Say in a class whether the step that is shown is the one that the open question is about."""
        view = self.conversation.view.panel if self.conversation is not None else None
        asked, shown = view.call_id if view is not None else "", self._stage.shown if self._stage is not None else ""
        self._screen.set_class(bool(asked) and asked == shown, "-asked")

    # What the user says.

    def send(self, text: str, intent: Intent) -> None:
        conversation = self.conversation
        if intent is Intent.HOLD or conversation is None:
            self.hold(text)
            return
        self._hand_over(())
        match intent:
            case Intent.STEER:
                self._say(text, "steer")
            case Intent.QUEUE:
                self._say(text, "queue")
            case Intent.REDIRECT if shell_line(text) is None:
                conversation.redirect(text)
            case _:
                self._say(text, "now")
        if intent is not Intent.QUEUE:  # it will be said later; who reads back stays there
            self._screen.query_one(Transcript).scroll_to_end()

    def _say(self, text: str, when: Literal["now", "steer", "queue"]) -> None:
        if self.conversation is None:
            return
        if (command := shell_line(text)) is None:
            self.conversation.prompt(text, when)
        else:
            self.conversation.run_shell(command)

    def hold(self, text: str) -> None:
        """Keep a prompt until there is a session."""
        self._held.append(Waiting(id=f"held-{len(self._held)}", text=text, until="session"))
        self.draw_bars_soon()

    def change_waiting(self, waiting: Waiting, text: str) -> None:
        """Put other words in the place of a waiting prompt; empty ones remove it."""
        if waiting.until == "session":
            changed = [Waiting(id=w.id, text=text, until=w.until) if w.id == waiting.id else w for w in self._held]
            self._held = [w for w in changed if w.text.strip()]
            self.draw_bars_soon()
        elif self.conversation is not None:
            before, after = shell_line(waiting.text), shell_line(text)
            if text.strip() and (before is None) == (after is None):
                self.conversation.edit_queued(waiting.id, text if after is None else after)
                return
            self.conversation.remove_queued(waiting.id)
            if text.strip():  # a prompt has become a command, or a command a prompt
                self._say(text, "queue" if waiting.until == "turn end" else "steer")

    # Drawing.

    def tell(self, entry_id: str, text: str, level: str = "info") -> None:
        """Say something of the screen's own in the conversation; the same id says it anew."""
        self._show_transcript()
        transcript = self._screen.query_one(Transcript)
        transcript.replace(Notice(entry_id, text, "error" if level == "error" else "info"))
        transcript.scroll_to_end()

    def draw_bars_soon(self) -> None:
        if not self._are_bars_due:
            self._are_bars_due = True
            self._screen.call_later(self._draw_bars)

    def relayout(self) -> None:
        """The screen has another width."""
        if self.questions is not None:
            self.questions.again(inside=self._screen.has_class("-narrow"))
        self.draw_bars_soon()

    def _draw_bars(self) -> None:
        self._are_bars_due = False
        if self._bars is None or self.conversation is None:
            self._screen.query_one(QueueBar).prompts = tuple(self._held)
            self._screen.query_one(Composer).has_queue = bool(self._held)
            return
        self._bars.draw(self.phase, self._held)
        if self.announcer is not None:
            title = self.conversation.view.state.title if self.conversation.view.state is not None else ""
            self.announcer.show(self.phase, is_asked=self.conversation.view.panel is not None, title=title)
        state = self.conversation.view.state
        if state is not None and self.drafting is not None and self.conversation.view.has_history:
            self.drafting.follow(state.session_id, state.workspace, is_said=bool(state.title))
        if state is not None and state.workspace != self._branch_of:
            self._branch_of = state.workspace
            self._screen.run_worker(self._read_branch(state.workspace), group="branch", exclusive=True)
        if self._ticker is not None:
            if self.conversation.view.activity:  # also of a command of the user's own, while the session is idle
                self._ticker.resume()
            else:
                self._ticker.pause()

    def _tick(self) -> None:
        if self._bars is not None:
            self._bars.draw_activity(self.phase)

    def _show_question(self) -> None:
        if self.conversation is None or self.questions is None:
            return
        view = self.conversation.view.panel
        if self.announcer is not None:
            self.announcer.asked(view.id if view is not None else "", view.title if view is not None else "")
        if view is not None and view.call_id:
            self.choose(view.call_id)
        self.questions.show(view, inside=self._screen.has_class("-narrow"))
        self._mark_asked()

    def _show_transcript(self, *, beside_steps: bool = False) -> None:
        """`beside_steps`: a turn begins, and its first step comes at once. To style the screen twice costs twice."""
        if beside_steps:
            self._screen.add_class("-steps", update=not self._screen.has_class("-fresh"))
        self._screen.remove_class("-fresh")
