"""The app over a scripted session, with both of its clocks in the test's hand."""

from __future__ import annotations

import asyncio
import contextlib
import io
import time
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME as LIGHT_TERMINAL
from rich.terminal_theme import SVG_EXPORT_THEME
from textual import events
from textual._context import visible_screen_stack
from textual.keys import _character_to_key, key_to_character  # pyright: ignore[reportPrivateUsage] the pilot's own
from textual.pilot import Pilot
from textual.strip import Strip

from codex_core.protocol import Op
from codex_themes import load_theme
from codex_tui.app import CodexApp
from codex_tui.detail import StepPane
from codex_tui.options import Connect, FileListing, PastPrompt, Picker, ScreenOptions
from codex_tui.screens.main import MainScreen
from codex_tui.transcript import Transcript
from tests.support.scripted_session import ScriptedSession

WIDE = (120, 40)
NARROW = (80, 24)


class Stage:
    """`seconds` is the time the user takes; it passes by `wait` alone."""

    def __init__(self, folder: Path, session: ScriptedSession | None = None) -> None:
        self.session = session or ScriptedSession()
        self.seconds = 1000.0
        self.folder = folder
        self.files = FileListing()
        self.past: tuple[PastPrompt, ...] = ()

    def app(
        self,
        *,
        connect: Connect | None = None,
        theme: str = "night",
        prompt: str = "",
        picker: Picker | None = None,
        **more: Any,
    ) -> CodexApp:
        """`more`: other fields of the screen's options."""

        async def list_files(folder: Path) -> FileListing:
            return self.files

        async def past_prompts() -> tuple[PastPrompt, ...]:
            return self.past

        more = {"list_files": list_files, "past_prompts": past_prompts, **more}
        options = ScreenOptions(
            home=self.folder / "codex-py",
            version="1.2.3",
            workspace=Path("/home/ada/src/tempo"),
            theme=theme,
            prompt=prompt,
            picker=picker,
            **more,
        )
        return CodexApp(
            connect or self.session.connect,
            options,
            clock=lambda: self.session.at + 14.0,
            timer=lambda: self.seconds,
        )

    @contextlib.asynccontextmanager
    async def play(self, app: CodexApp | None = None, size: tuple[int, int] = WIDE) -> AsyncGenerator[Player]:
        """Run the app until the session has told its state."""
        app = app or self.app()
        async with app.run_test(size=size, notifications=True) as pilot:
            player = Player(self, app, pilot)
            await player.until(lambda: player.main.query_one("#header").mode != "")  # pyright: ignore
            yield player


class Player:
    """Presses keys and looks at the screen."""

    def __init__(self, stage: Stage, app: CodexApp, pilot: Pilot[Any]) -> None:
        self.stage = stage
        self.session = stage.session
        self.app = app
        self.pilot = pilot

    @property
    def main(self) -> MainScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    @property
    def text(self) -> str:
        """What is on the screen, as lines."""
        return "\n".join(strip.text.rstrip() for strip in self.drawn)

    @property
    def drawn(self) -> list[Strip]:
        """What is on the screen, with its colours."""
        # What a modal screen lies over is rendered with it, and cached.
        visible_screen_stack.set(list(self.app._background_screens))  # pyright: ignore[reportPrivateUsage]
        return self.app.screen._compositor.render_strips()  # pyright: ignore[reportPrivateUsage]

    @property
    def focused(self) -> str:
        """The id of what has the keyboard, or the name of its class."""
        focused = self.app.focused
        return "" if focused is None else focused.id or type(focused).__name__

    def wait(self, seconds: float) -> None:
        """Let time pass for the user."""
        self.stage.seconds += seconds

    async def press(self, *keys: str) -> None:
        """Press keys one after the other, each after all that the one before it set going."""
        for key in keys:
            self._send(key)
            await self.settle()

    async def type(self, text: str) -> None:
        for character in text:
            self._send(character)
        await self.settle()

    def _send(self, key: str) -> None:
        character = key if len(key) == 1 else key_to_character(key)
        self.app.post_message(events.Key(_character_to_key(key) if len(key) == 1 else key, character))

    async def settle(self) -> None:
        """Let messages run through: from a key over its widget and the screen to the widgets that change."""
        for _ in range(3):
            await self.pilot._wait_for_screen()  # pyright: ignore[reportPrivateUsage]
            await asyncio.sleep(0)

    async def resize(self, width: int, height: int) -> None:
        """Give the terminal another size, unless it has it."""
        if self.app.size != (width, height):
            await self.pilot.resize_terminal(width, height)
            await self.until(lambda: self.app.screen.size == (width, height))

    async def look_at_everything(self) -> None:
        """Scroll through: a scrollbar stands for estimates until everything was seen once."""
        transcript = self.main.query_one(Transcript)
        is_at_end, place = transcript.following, transcript.heights.find(round(transcript.scroll_y))
        for _ in range(4):
            transcript.action_page_up()
            await self.settle()
        if is_at_end:
            transcript.scroll_to_end()
        else:
            transcript.jump(*place)
        detail = self.main.query_one(StepPane)
        top = detail.heights.find(round(detail.scroll_y))
        detail.jump(0)
        for _ in range(6):
            await self.settle()
            detail.action_page_down()
        await self.settle()
        detail.jump(*top)

    async def picture(self) -> str:
        """The screen as SVG, once it has stopped changing."""
        await self.settle()
        before: list[Strip] = []
        while (now := self.drawn) != before:
            before = now
            await self.pilot.pause(0.03)
            await self.settle()
        return self._svg()

    def _svg(self) -> str:
        """As the app exports it, but in the colours of a light terminal where the theme leaves them to the terminal."""
        theme = load_theme(self.app.theme)
        is_light = theme.uses_terminal_colors and not theme.dark
        width, height = self.app.size
        console = Console(
            width=width, height=height, file=io.StringIO(), force_terminal=True, color_system="truecolor", record=True
        )
        behind = self.app._background_screens  # pyright: ignore[reportPrivateUsage]
        console.print(self.app.screen._compositor.render_update(full=True, screen_stack=behind))  # pyright: ignore[reportPrivateUsage]
        return console.export_svg(title="codex-py", theme=LIGHT_TERMINAL if is_light else SVG_EXPORT_THEME)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until it holds; fails with the picture of the screen."""
        deadline = time.monotonic() + 10
        while not holds():
            if time.monotonic() > deadline:
                raise AssertionError(f"it did not come:\n{self.text}")
            await asyncio.sleep(0.005)
        await self.settle()

    async def until_shown(self, text: str) -> None:
        await self.until(lambda: text in self.text)

    async def op(self, kind: type[Op]) -> Op:  # pyright: ignore[reportUnknownParameterType]
        """The newest op of that kind; waits for it."""
        return await self.session.wait_for_op(lambda op: isinstance(op, kind))
