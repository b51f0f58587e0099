"""A session on the screen: takes what it tells, and hands each change to those who draw it.

Imported after the first paint, together with the vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from textual.app import App
from textual.screen import Screen

from codex_core.protocol import Envelope, TurnEnded
from codex_tui import spoken
from codex_tui.changes import (
    BarsChanged,
    Change,
    ChangesTold,
    ContextShown,
    Ended,
    EntryShown,
    HistoryForgotten,
    HistoryShown,
    ModelsTold,
    PanelChanged,
    RewindTold,
    RowShown,
    RulesTold,
    WordsReturned,
)
from codex_tui.composer import Composer
from codex_tui.conversation import Conversation
from codex_tui.detail import StepPane
from codex_tui.intents import Phase
from codex_tui.panels.view import PanelView
from codex_tui.screens.bars import Bars
from codex_tui.screens.crew import Crew
from codex_tui.screens.diffs import Diffs
from codex_tui.screens.outbox import Outbox
from codex_tui.screens.rewinds import Rewinds
from codex_tui.screens.sheets import Sheets
from codex_tui.screens.stage import Stage
from codex_tui.session_link import SessionLink
from codex_tui.timeline import Timeline
from codex_tui.transcript import Transcript, UserTurn

_PANE_LINES = 28
"""On a screen that is lower, the detail beside a question is too low to show what is asked."""

PAGE = 200
"""Stored items fetched at once while scrolling back."""


class Scene:
    """One for each session on the screen."""

    def __init__(
        self,
        screen: Screen[None],
        link: SessionLink,
        crew: Crew,
        outbox: Outbox,
        *,
        clock: Callable[[], float],
        draw_soon: Callable[[], None],
        say_again: Callable[[str], None],
        has_motion: bool,
    ) -> None:
        """`clock` counts as events do; `draw_soon` has `draw` called, once for many changes; `say_again` puts a prompt
        back into the composer."""
        self._screen = screen
        self._app = app = cast("App[None]", screen.app)
        self._link = link
        self._crew = crew
        self._outbox = outbox
        self._draw_soon = draw_soon
        self._is_fetching = False
        self._is_over = False
        submit = link.submit
        self.conversation = Conversation(submit, clock)
        view = self._view = self.conversation.view
        self._stage = Stage(
            view.ledger,
            screen.query_one(Transcript),
            screen.query_one(Timeline),
            screen.query_one("#detail", StepPane),
            shows=self.place_body,
        )
        self._bars = Bars(screen, view, has_motion=has_motion)
        self.diffs = Diffs(app, submit, view)
        self.sheets = Sheets(app, submit, clock, self.diffs)
        self._rewinds = Rewinds(app, submit, clock, say_again=say_again, layout=self.diffs.layout)

    # What the session says.

    def receive(self, envelope: Envelope) -> None:
        for change in self.conversation.receive(envelope):
            self._perform(change)
        event = envelope.event
        if isinstance(event, TurnEnded) and not envelope.agent:
            self._crew.announcer.ended(spoken.ending_words(event.outcome, event.duration_s), event.duration_s)

    def _perform(self, change: Change) -> None:
        match change:
            case BarsChanged():
                self._draw_soon()
            case PanelChanged():
                self._show_question()
            case ContextShown(use):
                from codex_tui.screens.context import ContextScreen  # deferred: until it is first opened

                self._app.push_screen(ContextScreen(use))
            case ChangesTold(changes):
                self.diffs.take(changes)
            case RewindTold(event):
                self._rewinds.take(event)
            case ModelsTold(models):
                self.sheets.take_models(models)
            case RulesTold(listed):
                self.sheets.take_rules(listed)
            case WordsReturned(waiting):
                from codex_tui.screens.returning import take_back  # deferred: seldom

                take_back(waiting, self._screen, self._crew.drafting, self.conversation)
            case Ended():
                self._app.exit()
            case _:
                if isinstance(change, EntryShown) or (isinstance(change, HistoryShown) and change.entries):
                    self._show_transcript(beside_steps=isinstance(getattr(change, "entry", None), UserTurn))
                if isinstance(change, RowShown) or (isinstance(change, HistoryShown) and change.rows):
                    self._screen.add_class("-steps")
                    self._draw_soon()  # a tab counts them
                if isinstance(change, HistoryShown):
                    self._hand_over(change.prompts)
                self._stage.perform(change)

    def _show_transcript(self, *, beside_steps: bool) -> None:
        """`beside_steps`: a turn begins, and its first step comes at once. To style the screen twice costs twice."""
        if beside_steps:
            self._screen.add_class("-steps", update=not self._screen.has_class("-fresh"))
        self._screen.remove_class("-fresh")

    def _hand_over(self, prompts: tuple[str, ...]) -> None:
        """The stored items have come: what was said before can be looked up, what was held can be sent."""
        for prompt in prompts:
            self._screen.query_one(Composer).prompts.add(prompt)
        self._outbox.release()

    def _show_question(self) -> None:
        view = self._view.panel
        self._crew.announcer.asked(view.id if view is not None else "", view.title if view is not None else "")
        self._stage.ask(view.call_id if view is not None else "")
        self._crew.questions.show(view, inside=view is not None and self._has_body_inside(view))
        self._mark_asked()

    def clear(self) -> None:
        """It leaves the screen: nothing of it is shown any more."""
        self._is_over = True
        self._stage.perform(HistoryForgotten())
        self._crew.questions.show(None, inside=False)
        self._screen.query_one("#detail").add_class("-empty")
        self._screen.remove_class("-steps", "-asked").add_class("-fresh")

    # What the user looks at.

    async def fetch_earlier(self) -> None:
        """Put a page of stored items before all that is shown."""
        if self._is_fetching:
            return
        self._is_fetching = True
        try:
            items = await self._link.earlier(self._view.oldest_id, PAGE)
        finally:
            self._is_fetching = False
        if not self._is_over:
            self._stage.add_earlier(self.conversation.add_earlier(items, limit=PAGE))

    def go_to(self, row_id: str) -> bool:
        """Show what a step is in the conversation; False if it is not there."""
        return self._stage.go_to(row_id)

    def turn_page(self, page: str) -> None:
        """Show another side of the step that is shown."""
        self._stage.turn_page(page)

    def choose(self, row_id: str) -> None:
        """The user points at a step."""
        self._stage.choose(row_id)

    def place_body(self) -> None:
        """The question shows what it is about whenever the detail does not."""
        if (panel := self._crew.questions.panel) is not None:
            self._crew.questions.again(inside=self._has_body_inside(panel.view))
        self._mark_asked()

    def show_current(self) -> None:
        """Other steps are shown: the detail is of one of them."""
        self._stage.show_current()

    def _has_body_inside(self, view: PanelView) -> bool:
        screen = self._screen
        is_pane_there = screen.has_class("-wide") and screen.has_class("-steps") and screen.size.height >= _PANE_LINES
        return not (is_pane_there and self._stage.is_showing(view.blocks))

    def _mark_asked(self) -> None:
        """Say in a class whether the step that is shown is the one that the open question is about."""
        asked = view.call_id if (view := self._view.panel) is not None else ""
        self._screen.set_class(bool(asked) and asked == self._stage.shown, "-asked")

    # What stands around it.

    def draw(self, phase: Phase) -> None:
        """Bars, the window's title and the rest that is not the conversation: read again."""
        view, crew = self._view, self._crew
        questions = crew.questions
        self._bars.draw(
            phase,
            self._outbox.held,
            is_answering=questions.has_keyboard,
            is_page_open=questions.panel is not None and questions.panel.has_open_page,
        )
        title = view.state.title if view.state is not None else ""
        crew.announcer.show(phase, is_asked=view.panel is not None, title=title)
        if view.state is None:
            return
        if view.has_history:
            crew.drafting.follow(view.state.session_id, view.state.workspace, is_said=bool(title))
        crew.branch.follow(view.state.workspace)

    def draw_activity(self, phase: Phase) -> None:
        """What is going on; its seconds count."""
        self._bars.draw_activity(phase)
