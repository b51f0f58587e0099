"""Keeps the branch in the header that of the folder where the session works."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual.screen import Screen

from codex_tui.branch import current_branch
from codex_tui.chrome import HeaderBar


class BranchLabel:
    """One for the main screen."""

    def __init__(self, screen: Screen[None], folder: str, branch: str) -> None:
        """`branch` is that of `folder`, which is read already."""
        self._screen = screen
        self._header = screen.query_one(HeaderBar)  # not asked for later: what ends after the app finds none
        self._folder = folder
        self._show(branch)

    def follow(self, folder: str) -> None:
        """The session works there. Its branch is read in a thread, if it is another folder than before."""
        if folder != self._folder:
            self._folder = folder
            self._screen.run_worker(self._read(folder), group="branch", exclusive=True)

    async def _read(self, folder: str) -> None:
        self._show(await asyncio.to_thread(current_branch, Path(folder)))

    def _show(self, branch: str) -> None:
        self._header.branch = branch
