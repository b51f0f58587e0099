"""Searching in a transcript: gives the finder its slices of time, and tells it what has changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.timer import Timer

from codex_tui.lines.selecting import Dressed
from codex_tui.lines.view import LineView
from codex_tui.palette import BOLD, UNDERLINE
from codex_tui.transcript.finder import Finder, Found, Searched

SEARCH_S = 1 / 50
"""Between two pieces of a search."""


class Search:
    """One for each transcript; off until `begin`."""

    def __init__(self, view: LineView, searched: Searched, tell: Callable[[Found], object]) -> None:
        """`tell` is called when a search has come further."""
        self._view = view
        self._searched = searched
        self._tell_found = tell
        self._finder: Finder | None = None
        self._timer: Timer | None = None

    @property
    def is_on(self) -> bool:
        return self._finder is not None

    @property
    def words(self) -> str:
        return self._finder.words if self._finder is not None else ""

    def begin(self, words: str, origin: int) -> None:
        """Search for words from the entry `origin` upward; none end the search."""
        self._finder = Finder(self._searched, words, origin) if words else None
        self._view.refresh()
        self.go_on()

    def step(self, direction: int) -> None:
        if self._finder is not None:
            self._finder.step(direction)
            self._tell(self._finder)

    def change(self, index: int) -> None:
        """An entry has changed, or is new."""
        if self._finder is not None:
            self._finder.change(index)
            self.go_on()

    def restart(self) -> None:
        """Everything looks different."""
        if self._finder is not None:
            self._finder.restart()
            self.go_on()

    def go_on(self) -> None:
        """There may be more to search, soon."""
        if self._finder is None:
            return
        if self._timer is None:
            self._timer = self._view.set_interval(SEARCH_S, self._search)
        else:
            self._timer.resume()

    def _search(self) -> None:
        finder = self._finder
        if finder is None or not self._view.inner_width:
            self._rest()
            return
        if finder.search() or finder.is_done:
            self._tell(finder)
        if finder.is_done:
            self._rest()

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.pause()

    def _tell(self, finder: Finder) -> None:
        self._view.refresh()
        self._tell_found(finder.found)

    def lit(self, index: int, line: int) -> Sequence[Dressed]:
        """The matches in a line."""
        if self._finder is None:
            return ()
        palette = self._view.palette
        style = palette.style("text", "selection", UNDERLINE)
        current = palette.style("background", "accent", BOLD | UNDERLINE)
        return self._finder.lit(index, line, self._view.rows(index), style, current)
