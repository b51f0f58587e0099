"""What the first paint does not wait for: the imports, garbage collection, the picture for the next start."""

from __future__ import annotations

import gc
import importlib
import sys
from typing import TYPE_CHECKING, cast

from textual.app import App
from textual.screen import Screen

from codex_tui import first_frame
from codex_tui.composer import Composer
from codex_tui.screens.frame_picture import picture_of

if TYPE_CHECKING:
    from codex_tui.first_frame import Frame
    from codex_tui.options import ScreenOptions

_LATER = (
    "codex_tui.screens.scene",
    "codex_tui.screens.switching",
    "codex_tui.branch",
    "codex_tui.markdown.render",
)
"""The vocabulary and all that is made of it."""


def collect_garbage_again() -> None:
    """What is there by now stays, and is not looked through."""
    gc.freeze()
    gc.enable()


def picture_to_keep(screen: Screen[None]) -> Frame | None:
    """The screen as it is painted, to be the next start's first frame; None if it is not fit for that."""
    app, composer = cast("App[None]", screen.app), screen.query_one(Composer)
    if app.is_headless or app.no_color or not composer.is_empty:
        return None  # no terminal, filters that a kept picture would miss, or something of the user's is in it
    return picture_of(screen, composer)


def import_the_rest() -> None:
    """For a thread: keys that are typed meanwhile do not wait for it."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        for name in _LATER:
            importlib.import_module(name)
    finally:
        sys.setswitchinterval(before)


def keep_picture(screen: Screen[None], options: ScreenOptions, picture: Frame) -> None:
    """For a thread, too."""
    theme = cast("App[None]", screen.app).theme
    first_frame.keep(str(options.home), options.version, theme, picture, is_for_now=options.is_theme_for_now)
