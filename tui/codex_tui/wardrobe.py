"""The themes that can be put on, as the screens see them: the app has them."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from codex_themes import ThemeData


class Wardrobe(Protocol):
    @property
    def user_themes(self) -> Path:
        """The folder of the user's own."""
        ...

    def wear(self, name: str) -> str:
        """Put a theme on; returns what is wrong with it, empty if nothing is."""
        ...

    def put_on(self, theme: ThemeData) -> None:
        """Put a theme on that is already read."""
        ...

    def choose(self, name: str) -> str:
        """Put a theme on and keep it; returns what is wrong with it, empty if nothing is."""
        ...
