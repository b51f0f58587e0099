"""What was said before, here and in other sessions: comes back into the composer by Up, or out of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import App
from textual.screen import Screen

from codex_tui.composer import Composer

if TYPE_CHECKING:
    from codex_tui.options import LoadPrompts


class Recalling:
    """One for the main screen."""

    def __init__(self, screen: Screen[None], load: LoadPrompts | None) -> None:
        """`load` gets what was said in all sessions; None: nothing is known of them."""
        self._screen = screen
        self._load = load
        self._knows_earlier = False
        """Up goes on to what was said in other sessions."""

    def go_on(self) -> None:
        """Up, where nothing earlier of this session is left: once, for from then on the composer knows them all."""
        if self._load is not None and not self._knows_earlier:
            self._screen.run_worker(self._add_earlier(self._load), group="history", exclusive=True)
        self._knows_earlier = True

    def search(self) -> None:
        """Choose from what was said before."""
        if self._load is None:
            return
        from codex_tui.screens.history import HistoryScreen  # deferred: not part of the first paint

        def chosen(text: str | None) -> None:
            if text is not None:
                self.say_again(text)
            self._composer.focus()

        cast("App[None]", self._screen.app).push_screen(HistoryScreen(self._load), chosen)

    def say_again(self, text: str) -> None:
        """Put a prompt that was taken back into the composer; what is being written there can be looked up."""
        if not self._composer.is_empty:
            self._composer.prompts.add(self._composer.text)
        self._composer.put(text)
        self._composer.focus()

    @property
    def _composer(self) -> Composer:
        return self._screen.query_one(Composer)

    async def _add_earlier(self, load: LoadPrompts) -> None:
        """What was said here in other sessions comes before what was said in this one."""
        before = self._composer.text
        said = [prompt.text for prompt in await load() if prompt.is_here]
        self._composer.prompts.add_earlier(said[::-1])
        if said and self._composer.text == before:
            self._composer.recall()
