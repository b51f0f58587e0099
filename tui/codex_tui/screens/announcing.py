"""Tells a user who looks elsewhere: the window's title says the state, and what waits or has ended is notified."""

from __future__ import annotations

import os
from collections.abc import Callable

from textual.app import App

from codex_tui import notice
from codex_tui.intents import Phase

LONG_S = 10.0
"""Whoever waits for a shorter turn is still there when it ends."""


class Announcer:
    """One for the app. Writes nothing where there is no terminal."""

    def __init__(self, app: App[None], means: notice.Means, write: Callable[[str], None]) -> None:
        self._app = app
        self._means: notice.Means = means
        self._write = write
        self._has_title = notice.has_title(os.environ)
        self._shown = self._title = ""
        self._asked = ""

    def show(self, phase: Phase, *, is_asked: bool, title: str) -> None:
        """Call the window by what is worked on, and say how it stands."""
        self._title = title
        name = title or notice.NAME
        if is_asked or phase == "paused":
            name = f"● waits - {name}"
        elif phase in ("running", "pausing"):
            name = f"▸ works - {name}"
        elif title:
            name = f"{name} - {notice.NAME}"
        if self._has_title and name != self._shown:
            self._shown = name
            self._write(notice.title(name))

    def show_again(self) -> None:
        """Back from the shell, the window is called by something else."""
        if self._shown:
            self._write(notice.title(self._shown))

    def asked(self, question_id: str, words: str) -> None:
        """A question has opened; empty: none is open."""
        is_new, self._asked = question_id not in ("", self._asked), question_id
        if is_new:
            self._notify(f"waits for your answer: {words}")

    def ended(self, words: str, duration_s: float) -> None:
        """A turn has ended."""
        if duration_s >= LONG_S:
            self._notify(f"{self._title}: {words}" if self._title else words)

    def _notify(self, words: str) -> None:
        if not self._app.app_focus and (sequence := notice.notification(words, self._means, os.environ)):
            self._write(sequence)
