"""Finds files for a mention: lists the folder in the background, keeps what it found, searches in a thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from codex_tui.mention.index import Match, PathIndex
from codex_tui.options import FileListing

FRESH_S = 3.0
"""A listing that is older is made anew when a mention begins, or finds nothing."""
LIMIT = 50


class FileFinder:
    """One for the screen; `close` ends what it still does."""

    def __init__(self, list_files: Callable[[Path], Awaitable[FileListing]]) -> None:
        self._list_files = list_files
        self._index: PathIndex | None = None
        self._paths: tuple[str, ...] = ()
        self._folder: Path | None = None
        self._listed_at = 0.0
        self._used: list[str] = []
        """Mentioned in this session, the last one first."""
        self._listing: asyncio.Task[None] | None = None
        self._newest = 0
        self.is_cut = False
        """There are more files than are kept."""

    def refresh(self, folder: Path) -> None:
        """Have the folder listed, unless that was done just now."""
        if folder != self._folder:
            self._drop()
            self._folder = folder
        is_old = self._index is None or time.monotonic() - self._listed_at > FRESH_S
        if is_old and self._listing is None:
            self._listing = asyncio.create_task(self._list(folder), name="files")

    def used(self, path: str) -> None:
        """It was chosen: the next time it comes sooner."""
        self._used = [path, *(other for other in self._used if other != path)][:LIMIT]

    @property
    def is_ready(self) -> bool:
        """Something is known already."""
        return self._index is not None

    @property
    def is_listing(self) -> bool:
        return self._listing is not None

    async def settled(self) -> None:
        """Wait until the listing that is being made is there."""
        if self._listing is not None:
            await asyncio.wait({self._listing})

    async def find(self, query: str) -> list[Match] | None:
        """The best matches, in what is known now; None if something newer is being looked for."""
        if (index := self._index) is None:
            return []
        self._newest += 1
        mine = self._newest
        found = await asyncio.to_thread(index.search, query, LIMIT, is_stale=lambda: mine != self._newest)
        return found if mine == self._newest else None

    def close(self) -> None:
        self._drop()

    def _drop(self) -> None:
        if self._listing is not None:
            self._listing.cancel()
            self._listing = None
        self._index = None

    async def _list(self, folder: Path) -> None:
        try:
            listing = await self._list_files(folder)
            recent = [*self._used, *listing.recent]
            if self._index is None or listing.paths != self._paths:
                self._index = await asyncio.to_thread(PathIndex, listing.paths)
                self._paths = listing.paths
            self._index.prefer(recent)
            self.is_cut = listing.is_cut
            self._listed_at = time.monotonic()
        finally:
            if self._listing is asyncio.current_task():
                self._listing = None
