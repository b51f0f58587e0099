"""Whether old and new are below or beside each other: by the width, until the user says otherwise."""

from __future__ import annotations

SCREEN_FROM = 140
"""Columns of the terminal from which on they are beside each other."""
ROOM_FROM = 100
"""And so many for the diff itself."""
ROOM_LEAST = 60
"""With less, they never are: no line would fit."""


class DiffLayout:
    """Shared by all that show diffs in one run, so that what was chosen in one place counts in all."""

    def __init__(self) -> None:
        self._wish: bool | None = None

    def is_beside(self, room: int, screen: int) -> bool:
        """For a diff of `room` columns in a terminal of `screen` columns."""
        if room < ROOM_LEAST:
            return False
        return self._wish if self._wish is not None else screen >= SCREEN_FROM and room >= ROOM_FROM

    def toggle(self, room: int, screen: int) -> None:
        """Have it the other way from now on."""
        self._wish = not self.is_beside(room, screen)
