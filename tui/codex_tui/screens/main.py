"""The main screen: lays out the widgets, and hands what they tell to those who know what to do.

What commands do is in `deeds`, what is sent in `saying`, what Ctrl+C and Esc do in `interrupting`; the session is the
business of `backstage`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Key, Paste, Resize, ScreenResume
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from codex_tui import early_keys, intents
from codex_tui.below import Below
from codex_tui.chrome import HeaderBar, StatusBar, TabBar
from codex_tui.commands import COMMANDS
from codex_tui.composer import Composer
from codex_tui.detail import StepPane
from codex_tui.harmless_area import PASTE_LIMIT
from codex_tui.options import Connect, ScreenOptions
from codex_tui.queue_bar import QueueBar
from codex_tui.screens.backstage import Backstage
from codex_tui.screens.completing import Completing
from codex_tui.screens.deeds import Deeds
from codex_tui.screens.finding import Finding
from codex_tui.screens.interrupting import Interrupting
from codex_tui.screens.recalling import Recalling
from codex_tui.screens.saying import Saying
from codex_tui.timeline import Timeline
from codex_tui.transcript import Transcript
from codex_tui.wardrobe import Wardrobe
from codex_tui.welcome import Welcome
from codex_tui.yielding import Yielding, Yields

if TYPE_CHECKING:
    from codex_tui.find_bar import FindBar
    from codex_tui.panels.panel import QuestionPanel
    from codex_tui.popup import Popup

_APP_ACTIONS = ("interrupt", "quit", "suspend", "edit_outside", "redraw")
"""Bound by the app: they work on every screen."""


class MainScreen(Screen[None]):
    BLANK = True  # its own lines are never seen: everything is covered
    AUTO_FOCUS = "#composer"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 -- Textual's own type is not a ClassVar
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (10, "-low"), (22, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(c.keys), f"run('{c.action}')", c.title, show=False, priority=c.is_priority)
        for c in COMMANDS
        if c.keys and c.action not in _APP_ACTIONS
    ]

    class Undecided(Message):
        """It is there to be seen, and keys wait: perhaps the list of sessions comes before all else."""

    class Ready(Message):
        """Keys have somewhere to go: what was painted first, or the list of sessions if that comes before all else."""

    def __init__(
        self,
        connect: Connect,
        options: ScreenOptions,
        *,
        themes: Wardrobe,
        clock: Callable[[], float],
        timer: Callable[[], float],
    ) -> None:
        super().__init__(classes="-fresh")
        self.is_undecided = False
        self._version = options.version
        self._picker = options.picker
        self._clock = clock
        self._timer_s = timer
        self._finding = Finding(self)
        self._recalling = Recalling(self, options.past_prompts)
        self._back = back = Backstage(
            self,
            connect,
            options,
            say_again=self._recalling.say_again,
            take_keys=self.take_keys,
            clock=clock,
            timer=timer,
        )
        self._completing = Completing(self, options.list_files, workspace=lambda: back.workspace, themes=themes)
        self._saying = Saying(self, back, self._completing, self.run_command)
        self.interrupting = Interrupting(
            self, back, self._completing, self._saying, self._finding, run=self.run_command, timer=timer
        )
        self._deeds = Deeds(
            self,
            back,
            finding=self._finding,
            recalling=self._recalling,
            interrupting=self.interrupting,
            themes=themes,
            show_tab=self.show_tab,
        )

    def compose(self) -> ComposeResult:
        yield HeaderBar(id="header")
        yield TabBar(id="tabs")
        with Horizontal(id="body"):
            yield Welcome(self._version)
            yield Transcript(id="chat")
            with Vertical(id="side"):
                yield Timeline(id="timeline", clock=self._clock)
                yield StepPane(id="detail", classes="-empty")
        with Below(id="below"):
            yield Yielding(id="panel-place", order=(Yields("QuestionPanel"),))
            yield QueueBar(id="queue")
            with Horizontal(id="composer-box"):
                yield Static("›", id="composer-mark", markup=False)
                yield Composer(clock=self._timer_s, placeholder="say what to do   / commands")
        yield StatusBar(id="status")

    @property
    def _composer(self) -> Composer:
        return self.query_one(Composer)

    def on_mount(self) -> None:
        self.query_one(StatusBar).keys = intents.keys_for("connecting")
        self.query_one(QueueBar).display = False
        self._composer.complete = self._completing.complete_by
        if typed := early_keys.take_text():
            self._composer.insert_typed(typed)
        self.call_after_refresh(self._painted)

    def _painted(self) -> None:
        frame = self._back.after_first_paint()
        if self._picker is None or not (self._picker.comes_first or self._picker.may_come_first):
            self.take_keys()
        else:
            self.is_undecided = True
            self.post_message(self.Undecided())
        self._back.begin(frame)

    def take_keys(self) -> None:
        """What was typed ahead is for what has the keyboard now. May be called again."""
        self.post_message(self.Ready())

    def back_from_shell(self) -> None:
        """Another program had the terminal."""
        if self._back.crew is not None:
            self._back.crew.announcer.show_again()

    async def leave(self) -> str:
        """Close the session; returns its id if it is worth coming back to."""
        self._completing.end()
        if (crew := self._back.crew) is not None:
            await crew.drafting.end()
        return await self._back.leave()

    @on(Resize)
    def _resized(self, event: Resize) -> None:
        self.query_one(Below).make_room(event)
        self.call_after_refresh(self._back.relayout)

    # Commands.

    def action_run(self, action: str) -> None:
        self._deeds.run(action)

    def run_command(self, action: str, argument: str = "") -> None:
        """Do what a command of the table does."""
        self._deeds.run(action, argument)

    def show_tab(self, tab: str) -> None:
        """Show one of the views of the narrow form; remembered in the wide one."""
        for name, _ in TabBar.TABS:
            self.set_class(name == tab, f"-tab-{name}")
        self.query_one(TabBar).active = tab

    @on(TabBar.Chosen)
    def _tab_clicked(self, event: TabBar.Chosen) -> None:
        self.run_command(f"show_{event.tab}")

    # The composer.

    @on(Composer.Sent)
    def _sent(self, event: Composer.Sent) -> None:
        self._saying.enter(event.text)

    @on(Composer.TabPressed)
    def _tab_pressed(self) -> None:
        self._saying.tab()

    @on(Composer.PasteCut)
    def _paste_cut(self, event: Composer.PasteCut) -> None:
        self.notify(
            f"{event.length:,} characters were pasted: only the first {PASTE_LIMIT:,} are taken. "
            "Put the text into a file and name that.",
            markup=False,
            severity="warning",
        )

    @on(Composer.EarlierWanted)
    def _earlier_wanted(self) -> None:
        self._recalling.go_on()

    @on(Composer.ScrollWanted)
    def _scroll(self, event: Composer.ScrollWanted) -> None:
        self.run_command("page_up" if event.pages < 0 else "page_down")

    def take_typed(self, event: Key) -> bool:
        """Put a character that nothing else wants into the composer, and the keyboard with it; False: it is wanted.

        At once, not by a message: characters of one word that came by two ways would change places.
        """
        focused, character = self.focused, event.character
        if focused is self._composer or not event.is_printable or character is None:
            return False
        if event.key.startswith("alt+"):  # without the kitty protocol it has the letter as its character
            return False
        if focused is None:
            self.set_focus(self._composer)
            return False
        if focused.check_consume_key(event.key, character):
            return False
        if event.key in focused._bindings.key_to_bindings:  # pyright: ignore[reportPrivateUsage] no public way
            return False
        panel = self._back.panel
        if panel is not None and focused is panel and not (character := panel.take(character)):
            return True
        self.set_focus(self._composer)
        self._composer.insert_typed(character)
        return True

    @on(Paste)
    def _pasted_elsewhere(self, event: Paste) -> None:
        if self.focused is not self._composer:
            event.stop()
            self.set_focus(self._composer)
            self._composer.post_message(Paste(event.text))

    # The question above it.

    def watch_focused(self, before: Widget | None, now: Widget | None) -> None:
        crew = self._back.crew
        if crew is not None and before is not now:
            self._back.draw_bars_soon()  # other keys count
        # Who goes from the question to the composer wants to write: it is not offered the keyboard again.
        if crew is not None and now is self._composer and not crew.questions.is_part(before):
            self.call_later(crew.questions.offer)

    @on(ScreenResume)
    def _on_top_again(self) -> None:
        if self._back.crew is not None:
            self._back.crew.questions.seen()

    # What waits above it.

    @on(Composer.QueueWanted)
    def _to_queue(self) -> None:
        self.query_one(QueueBar).focus()

    @on(QueueBar.Left)
    def _from_queue(self) -> None:
        self._composer.focus()

    @on(QueueBar.Edited)
    def _edit_waiting(self, event: QueueBar.Edited) -> None:
        self._saying.edit(event.waiting)
        self._composer.focus()

    @on(QueueBar.Removed)
    def _remove_waiting(self, event: QueueBar.Removed) -> None:
        self._back.outbox.change(event.waiting, "")

    # The popup of what may be meant.

    @on(Composer.Changed)
    def _typed(self) -> None:
        text, crew = self._composer.text, self._back.crew
        if (intents.shell_line(text) is not None) != self.query_one("#composer-box").has_class("-shell"):
            self._back.draw_bars_soon()
        if crew is not None:
            crew.drafting.changed()
        if text:
            self.interrupting.disarm()
        elif crew is not None:
            crew.questions.offer()
        self._completing.typed()

    @on(Composer.SelectionChanged)
    def _moved(self) -> None:
        if self._completing.is_open:
            self._completing.typed()

    @on(Composer.PopupMoved)
    def _move_popup(self, event: Composer.PopupMoved) -> None:
        self._completing.move(event.step)

    # The conversation's widgets. Messages of widgets that are imported later are handled by name.

    def on_popup_picked(self, event: Popup.Picked) -> None:
        if (offer := self._completing.offer(event.index)) is not None:
            self._saying.pick(offer)

    def on_question_panel_ready(self) -> None:
        if self._back.crew is not None:
            self.call_after_refresh(self._back.crew.questions.appear)

    def on_question_panel_refused(self, event: QuestionPanel.Refused) -> None:
        self.notify(event.why, markup=False, timeout=4)

    def on_question_panel_answered(self, event: QuestionPanel.Answered) -> None:
        if self._back.conversation is not None:
            self._back.conversation.answer(event.op)

    def on_question_panel_sheet_wanted(self, event: QuestionPanel.SheetWanted) -> None:
        scene, panel = self._back.scene, self._back.panel
        if scene is not None and panel is not None and panel.view.id == event.view.id:
            scene.sheets.open(panel, event.does)

    @on(Timeline.RowSelected)
    def _row_selected(self, event: Timeline.RowSelected) -> None:
        self._choose(event.row_id)

    @on(Timeline.Sifted)
    def _sifted(self) -> None:
        if (scene := self._back.scene) is not None:
            scene.show_current()

    @on(Transcript.EntrySelected)
    def _entry_selected(self, event: Transcript.EntrySelected) -> None:
        self._choose(event.entry_id)

    def _choose(self, row_id: str) -> None:
        if (scene := self._back.scene) is not None:
            scene.choose(row_id)

    @on(Transcript.FindWanted)
    def _find(self) -> None:
        self.run_command("find")

    @on(Transcript.Searching)
    def _searched(self, event: Transcript.Searching) -> None:
        self._finding.show(event.found)

    def on_find_bar_typed(self, event: FindBar.Typed) -> None:
        self._finding.search(event.words)

    def on_find_bar_stepped(self, event: FindBar.Stepped) -> None:
        self._finding.step(event.direction)

    def on_find_bar_accepted(self) -> None:
        self._finding.read()

    @on(Timeline.RowOpened)
    def _row_opened(self, event: Timeline.RowOpened) -> None:
        scene = self._back.scene
        if scene is None:
            return
        scene.choose(event.row_id)
        if not scene.go_to(event.row_id):
            self.notify("There is nothing of it in the conversation.", markup=False, timeout=4)
        elif self.has_class("-narrow"):
            self.show_tab("chat")
            self.query_one(Transcript).focus()

    @on(Timeline.PageWanted)
    @on(StepPane.PageWanted)
    def _turn_page(self, event: Timeline.PageWanted | StepPane.PageWanted) -> None:
        if (scene := self._back.scene) is not None:
            scene.turn_page(event.page)

    @on(Transcript.NearTop)
    @on(Timeline.NearTop)
    def _near_top(self) -> None:
        self._fetch_earlier()

    @work(group="earlier")
    async def _fetch_earlier(self) -> None:
        if (scene := self._back.scene) is not None:
            await scene.fetch_earlier()
