"""Keeps what is being written: saves the composer a moment after each change, and puts back what a crash left."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from textual.screen import Screen
from textual.timer import Timer

from codex_tui.composer import Composer
from codex_tui.draft import Draft, DraftFile, claim

SAVE_AFTER_S = 1.0


class Drafting:
    """One for the main screen. Every access to the disk is made in a thread, one after the other."""

    def __init__(self, screen: Screen[None], home: Path) -> None:
        self._screen = screen
        self._composer = screen.query_one(Composer)
        """Kept: at the end it is on no screen any more."""
        self._folder = home / "drafts"
        self._key: str = ""
        self._session_id: str = ""
        self._file: DraftFile | None = None
        self._saved = Draft("", {})
        self._timer: Timer | None = None
        self._disk = asyncio.Lock()

    def follow(self, session_id: str, workspace: str, *, is_said: bool) -> None:
        """The session that is written to. `is_said`: something was said in it, so that one can come back to it."""
        key = session_id if is_said else f"in {workspace}"
        is_other = session_id != self._session_id
        if key != self._key or is_other:
            self._key, self._session_id = key, session_id
            self._screen.run_worker(partial(self._move, key, is_other=is_other), group="draft")

    def changed(self) -> None:
        """Something was typed, or the composer was emptied: that is saved at once."""
        if self._composer.is_empty:
            self._save_soon(0.0)
        elif self._timer is None:
            self._save_soon(SAVE_AFTER_S)

    def save_then(self, done: Callable[[], None]) -> None:
        """Save what is there now, then call `done`: what is there was kept elsewhere until now."""

        async def work() -> None:
            await self._save()
            done()

        self._screen.run_worker(work(), group="draft")

    async def end(self) -> None:
        """Save what is there now."""
        await self._save()
        async with self._disk:
            if self._file is not None:
                await asyncio.to_thread(self._file.close)
                self._file = None

    def _now(self) -> Draft:
        composer = self._composer
        if composer.is_empty:
            return Draft("", {})
        return Draft(composer.text_outside, composer.chips.kept(composer.document.text))

    def _save_soon(self, after_s: float) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if after_s:
            self._timer = self._screen.set_timer(after_s, self._save)
        else:
            self._screen.run_worker(self._save(), group="draft")

    async def _save(self) -> None:
        self._timer = None
        async with self._disk:
            draft = self._now()
            if self._file is not None and draft != self._saved:
                with contextlib.suppress(OSError):  # a full disk costs the draft, nothing else
                    await asyncio.to_thread(self._file.write, draft)
                    self._saved = draft

    async def _move(self, key: str, *, is_other: bool) -> None:
        async with self._disk:
            before, self._file = self._file, None
            if before is not None:  # what was written there is said by now, or goes along
                with contextlib.suppress(OSError):
                    await asyncio.to_thread(before.write, Draft("", {}))
                await asyncio.to_thread(before.close)
            self._file = await asyncio.to_thread(claim, self._folder, key)
            self._saved = Draft("", {})
            left = await asyncio.to_thread(self._file.read) if self._file is not None and is_other else None
        if left is not None and left.text:
            self._put_back(left)
        await self._save()

    def _put_back(self, left: Draft) -> None:
        composer = self._composer
        text = composer.chips.restored(left.text, left.pastes)
        if composer.is_empty:
            composer.put(text)
        else:  # the user was faster
            composer.prompts.add(composer.chips.expand(text, lambda between: between))
