"""Which step of a timeline is the current one: where the user moved to, else the one that is followed."""

from __future__ import annotations

from codex_tui.timeline.steps import Steps


class Cursor:
    """One for the steps of a timeline."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._followed: int | None = None
        """The step to follow; None: the newest."""
        self.chosen: int | None = None
        """The step where the user moved to; None while the one that is followed is the current one."""

    @property
    def current(self) -> int | None:
        """The number of the current step; None if there is none."""
        if self.chosen is not None:
            return self.chosen
        if self._followed is not None:
            return self._followed
        return self._steps.end - 1 if len(self._steps) else None

    def choose(self, number: int) -> None:
        """The user moves to a step; to the followed one: goes on with it."""
        followed = self._steps.end - 1 if self._followed is None else self._followed
        self.chosen = None if number == followed else number

    def follow(self, number: int | None) -> None:
        """Follow this step from now on; None: the newest."""
        self._followed = number

    def leave(self, number: int | None) -> None:
        """Go on with what is followed, if the user stands at this step."""
        if self.chosen is not None and self.chosen == number:
            self.chosen = None
