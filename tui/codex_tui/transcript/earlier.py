"""The entries before those that are loaded: whether there are any, and that they are asked for once at a time."""

from __future__ import annotations

from collections.abc import Callable

NEAR_TOP_ITEMS = 20


class EarlierPages:
    """One for each transcript. `ask` is called for a page."""

    def __init__(self, ask: Callable[[], object]) -> None:
        self._ask = ask
        self._is_asked = True
        self.are_there = False
        """As far as is known."""

    def allow(self) -> None:
        """There may be some: ask when the beginning comes into view."""
        self.are_there = True
        self._is_asked = False

    def came(self, *, any_new: bool) -> None:
        """A page was added before all others; `any_new`: with something in it."""
        self.are_there = False
        if any_new:
            self._is_asked = False

    def forget(self) -> None:
        """There are none, as far as is known."""
        self.are_there = False
        self._is_asked = True

    def approach(self, visible: range, first: int) -> None:
        """These entries are on the screen, and `first` is the first one of all."""
        if visible and visible.start < first + NEAR_TOP_ITEMS:
            self._ask_once()

    def want(self) -> None:
        """What is looked for is among them."""
        if self.are_there:
            self._ask_once()

    def _ask_once(self) -> None:
        if not self._is_asked:
            self._is_asked = True
            self._ask()
