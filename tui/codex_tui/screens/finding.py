"""Searching in the conversation: opens and closes the line for it, and carries words and matches between the two."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from codex_tui.transcript import Transcript

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.widget import Widget

    from codex_tui.find_bar import FindBar
    from codex_tui.transcript.finder import Found


class Finding:
    """One for the main screen."""

    def __init__(self, screen: Screen[None]) -> None:
        self._screen = screen
        self._came_from: Widget | None = None

    @property
    def _bar(self) -> FindBar | None:
        return cast("FindBar | None", next(iter(self._screen.query("FindBar")), None))

    @property
    def is_open(self) -> bool:
        return self._bar is not None

    @property
    def _transcript(self) -> Transcript:
        return self._screen.query_one(Transcript)

    async def open(self, words: str = "") -> None:
        """Let the user type words, or search for these."""
        from codex_tui.find_bar import FindBar  # deferred: not part of the first paint

        if (bar := self._bar) is None:
            self._came_from = self._screen.focused
            bar = FindBar()
            await self._screen.query_one("#below").mount(bar, before=0)
        bar.edit(words)
        if words:
            self.read()

    def search(self, words: str) -> None:
        self._transcript.find(words)

    def step(self, direction: int) -> None:
        self._transcript.find_next(direction)

    def show(self, found: Found) -> None:
        if (bar := self._bar) is not None:
            bar.show(found)

    def read(self) -> None:
        """Go on in the conversation, with n and N."""
        self._transcript.focus()

    def close(self) -> None:
        """Search no more; the conversation stays where it is, and the keyboard goes back to where it was."""
        if (bar := self._bar) is not None:
            if bar.has_focus_within or self._transcript.has_focus:
                (self._came_from or self._transcript).focus()
            bar.remove()
        self._transcript.find("")
