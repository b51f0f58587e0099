"""Compares the screen with stored pictures: in several sizes and themes of one run, which is quicker than many."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion

from tests.tui.stage import NARROW, WIDE, Player

SIZES = {"tiny": (40, 12), "narrow": NARROW, "wide": WIDE, "very-wide": (160, 40), "huge": (200, 50)}
DEFAULT_THEMES = ("night", "day")


class Album:
    """The stored pictures of one test. What looks different is left in `folder`."""

    def __init__(self, snapshot: SnapshotAssertion, folder: Path) -> None:
        self._stored = snapshot.use_extension(SVGImageExtension)
        self._folder = folder
        self._different: list[str] = []

    async def compare(self, player: Player, form: str, themes: Iterable[str] = DEFAULT_THEMES) -> None:
        """Show what is on the screen in that size, in one theme after the other."""
        await player.resize(*SIZES[form])
        await player.look_at_everything()
        for theme in themes:
            assert player.app.wear(theme) == ""
            svg = await player.picture()
            name = f"{form}-{theme}"
            if not svg == self._stored(name=name):  # noqa: SIM201  # the comparison is the snapshot's
                (self._folder / f"{name}.svg").write_text(svg)
                self._different.append(name)

    def close(self) -> None:
        assert self._different == [], f"it looks different: see {self._folder}, or --snapshot-update"
