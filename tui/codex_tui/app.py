"""The application object: themes, signals, the way out. What is on the screen is the business of the screens."""

from __future__ import annotations

import asyncio
import os
import signal
import time
import traceback
from collections.abc import Callable, Sequence
from typing import ClassVar, cast

from textual import on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.errors import NoWidget
from textual.events import Event, Key, MouseDown, MouseEvent, MouseMove, Paste
from textual.filter import LineFilter
from textual.signal import Signal
from textual.widget import Widget

from codex_themes import DEFAULT_DARK, ThemeData, ThemeError, load_theme
from codex_tui.compositor import paint_front_to_back
from codex_tui.driver import GuardedDriver
from codex_tui.key_order import mend_fields
from codex_tui.no_room import mend_text
from codex_tui.options import Connect, ExitReport, ScreenOptions
from codex_tui.palette import add_theme, palette_named
from codex_tui.screen_races import mend_screens
from codex_tui.screens.main import MainScreen

_WAYS_OUT = ("ctrl+c", "super+c", "ctrl+q")


class CodexApp(App[None]):
    """Thin on purpose: everything that one screen can know is known there."""

    TITLE = "codex-py"
    CSS_PATH = "screens/main.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,super+c", "interrupt", show=False, priority=True),
        Binding("ctrl+q", "leave", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
        Binding("ctrl+l", "redraw", show=False, priority=True),
        Binding("ctrl+g", "edit_outside", show=False, priority=True),
    ]
    ENABLE_COMMAND_PALETTE = False  # the palette is ours, made from the table of commands

    def __init__(
        self,
        connect: Connect,
        options: ScreenOptions,
        *,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` counts as events do, `timer` measures the user's pauses; tests freeze them."""
        paint_front_to_back()
        super().__init__(driver_class=GuardedDriver)
        mend_screens()
        mend_fields()
        mend_text()
        self.animation_level = "none"
        self.options = options
        self.report = ExitReport()
        self._main = MainScreen(connect, options, themes=self, clock=clock, timer=timer)
        self._is_leaving = False
        self._early_keys: list[Key | Paste] | None = []
        """Typed before the composer could have the focus; None from then on."""
        self.no_color = options.depth == "none"
        self.user_themes = options.home / "themes"
        self._follows_theme_files = False
        if not options.theme or self.wear(options.theme):
            self.wear(DEFAULT_DARK)

    def get_default_screen(self) -> MainScreen:
        return self._main

    # Keys typed ahead.

    async def on_event(self, event: Event) -> None:
        if self._early_keys is not None and isinstance(event, Key | Paste) and not event.is_forwarded:
            # Before the terminal was ours it made a line feed of Enter.
            is_line_feed = isinstance(event, Key) and event.key == "ctrl+j"
            self._early_keys.append(Key("enter", "\r") if is_line_feed else event)
            if self._main.is_undecided:
                await self._leave_at_once()
            return
        is_for_main = isinstance(event, Key) and not event.is_forwarded and self.screen is self._main
        # Here, where keys still come in their order: what is typed while nothing takes it is for the composer.
        if is_for_main and self._main.take_typed(cast(Key, event)):
            return
        if isinstance(event, MouseDown | MouseMove) and self._is_over_nothing(event):
            return
        await super().on_event(event)

    def _is_over_nothing(self, event: MouseEvent) -> bool:
        """Whether the widget there has gone since the screen was laid out: Textual would ask it for its parent."""
        try:
            return not self.get_widget_at(event.x, event.y)[0].is_attached
        except NoWidget:
            return False

    @on(MainScreen.Undecided)
    async def _leave_at_once(self) -> None:
        """Of what was typed ahead, what leads out of the app does not wait; what was typed before it is void."""
        early = self._early_keys or []
        ways_out = [at for at, event in enumerate(early) if isinstance(event, Key) and event.key in _WAYS_OUT]
        if ways_out:
            pressed = [early[at] for at in ways_out]
            del early[: ways_out[-1] + 1]
            for event in pressed:
                await super().on_event(event)

    @on(MainScreen.Ready)
    async def _begin(self) -> None:
        self._follow_theme_files()
        early, self._early_keys = self._early_keys or [], None
        for event in early:
            await self.on_event(event)

    # Themes.

    def wear(self, name: str) -> str:
        """Put a theme on; returns what is wrong with it, empty if nothing is."""
        try:
            theme = load_theme(name, self.user_themes)
        except ThemeError as error:
            return str(error)
        self.put_on(theme)
        return ""

    def put_on(self, theme: ThemeData) -> None:
        """Put a theme on that is already read; one with the name of the worn one replaces it."""
        self.register_theme(add_theme(theme, self.options.depth))
        if self.theme == theme.name:
            self.mutate_reactive(App.theme)
        else:
            self.theme = theme.name

    def choose(self, name: str) -> str:
        """Put a theme on and keep it; returns what is wrong with it, empty if nothing is."""
        self._follow_theme_files()
        if not (error := self.wear(name)) and self.options.keep_theme is not None:
            self.run_worker(self._keep_theme(name, self.options.keep_theme), group="keep-theme")
        return error

    async def _keep_theme(self, name: str, keep: Callable[[str], None]) -> None:
        try:
            await asyncio.to_thread(keep, name)
        except Exception as error:  # the border of what belongs to the command line: the user is told
            self.notify(f"The theme is on, but could not be kept. {error}", severity="error", markup=False, timeout=8)

    def _follow_theme_files(self) -> None:
        """Once there is a folder of them."""
        if not self._follows_theme_files and self.user_themes.is_dir():
            self._follows_theme_files = True
            self.run_worker(self._wear_what_is_saved(), group="themes")

    async def _wear_what_is_saved(self) -> None:
        """Put the worn theme on again whenever the user saves it; while it is broken, the last good one stays."""
        from codex_tui.theme_files import changes_in  # deferred: not part of the first paint

        is_broken = False
        async for _ in changes_in(self.user_themes):
            if is_broken:
                self.clear_notifications()  # what was told is out of date
            try:
                theme = await asyncio.to_thread(load_theme, self.theme, self.user_themes)
            except ThemeError as error:
                is_broken = True
                self.notify(str(error), severity="error", markup=False, timeout=10)
            else:
                is_broken = False
                if theme != palette_named(self.theme).source:
                    self.put_on(theme)

    def get_line_filters(self) -> Sequence[LineFilter]:
        # Textual's own filter for NO_COLOR makes greys, which are colours.
        repaint = palette_named(self.theme).repaint
        return super().get_line_filters() if repaint is None else (repaint,)

    # Keys that work on every screen.

    def action_interrupt(self) -> None:
        """Ctrl+C closes what lies over the main screen, unless text is selected there."""
        screen = self.screen
        if screen is self._main:
            self._main.interrupting.interrupt()
        elif text := screen.get_selected_text():
            self.copy_to_clipboard(text)
            screen.clear_selection()
        else:
            screen.dismiss(None)

    def action_leave(self) -> None:
        self.exit()

    def action_redraw(self) -> None:
        from codex_tui.redraw import redraw  # deferred: not part of the first paint

        redraw(self)

    def action_edit_outside(self) -> None:
        """What is being written goes to the user's own editor and comes back changed."""
        from codex_tui.editor import edit_focused  # deferred: not part of the first paint

        edit_focused(self)

    # The clipboard.

    def copy_to_clipboard(self, text: str) -> None:
        from codex_tui.clipboard import copy_locally  # deferred: not part of the first paint

        super().copy_to_clipboard(text)
        self.run_worker(copy_locally(text, os.environ), group="clipboard", exclusive=True)

    # Signals.

    def on_mount(self) -> None:
        resumed = cast("Signal[object]", self.app_resume_signal)  # pyright: ignore[reportUnknownMemberType] it says App
        resumed.subscribe(self, self._paint_again)
        loop = asyncio.get_running_loop()
        try:
            loop.add_signal_handler(signal.SIGINT, self.action_interrupt)
            for number in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, self._end_by_signal, number)
        except (ValueError, RuntimeError, NotImplementedError):
            pass  # not the main thread: somebody else's loop, which has its own signals

    def _paint_again(self, _app: object) -> None:
        """Back from the shell, the screen is blank. A screen's own refresh would not reach what covers it."""
        for widget in self.screen.walk_children(Widget):
            widget.refresh()
        self._main.back_from_shell()

    def _end_by_signal(self, number: int) -> None:
        self.exit(return_code=128 + number)

    # The way out.

    async def leave(self) -> None:
        """Close the session, whatever ended the app, and write the report. Once."""
        if self._is_leaving:
            return
        self._is_leaving = True
        session_id = await self._main.leave()
        self.report = ExitReport(
            session_id=session_id, exit_code=self.return_code or self.report.exit_code, error=self.report.error
        )

    def _fatal_error(self) -> None:
        # Textual would print the traceback with all locals: keys and file contents among them.
        text = traceback.format_exc()
        kept = self._keep_crash(text)
        if not self.report.error:  # what fails after it fails because of it
            self.report = ExitReport(exit_code=1, error=f"codex-py failed inside; {kept}")
        self._close_messages_no_wait()

    def _keep_crash(self, text: str) -> str:
        path = self.options.home / "logs" / f"crash-{int(time.time())}.log"
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8", errors="replace") as log:
                log.write(text)
        except OSError:
            return text.strip().splitlines()[-1]
        return f"what happened is in {path}"
