"""Starts the full-screen app, in the order that puts something on the screen first and ends with the terminal restored.

First the kept frame, then Textual, then the first paint; the vocabulary, the session and everything behind it come
after that (see `screens.main`).
"""

from __future__ import annotations

import asyncio
import gc
import os

from codex_tui import first_frame, terminal
from codex_tui.lean_textual import leave_out_palette
from codex_tui.options import Connect, ExitReport, Picker, ScreenOptions

TYPE_CHECKING = False  # type checkers read it as true; `import typing` would come before the first frame
if TYPE_CHECKING:
    from codex_tui.app import CodexApp

__all__ = ["Connect", "ExitReport", "Picker", "ScreenOptions", "run"]

_TEXTUAL = {
    "TEXTUAL_FPS": "120",  # a key is painted 4 ms later in the mean, not 8
    "ESCDELAY": "25",
    "TEXTUAL_ANIMATIONS": "none",
}
"""Read by Textual when it is imported. Taken back then: programs that we start must not see them."""


def run(connect: Connect, *, screen: ScreenOptions) -> ExitReport:
    """Show the app until the user leaves; the session is closed and the terminal is as it was found.

    Nothing raised by `connect` gets here: it is shown on the screen.
    """
    first_frame.show(str(screen.home), screen.version, screen.theme or "")
    gc.disable()  # a start makes no garbage worth looking for; on again after the first paint
    try:
        app = _make_app(connect, screen)
        asyncio.run(_live(app))
        return app.report
    finally:
        gc.enable()
        if (taken := terminal.current()) is not None:
            terminal.guard_signals()
            taken.restore()


def _make_app(connect: Connect, screen: ScreenOptions) -> CodexApp:
    ours = {name: value for name, value in _TEXTUAL.items() if name not in os.environ}
    os.environ.update(ours)
    leave_out_palette()
    try:
        from codex_tui.app import CodexApp  # deferred: the first frame comes before it
        from codex_tui.depth import depth_of
    finally:
        for name in ours:
            del os.environ[name]
    return CodexApp(connect, screen._replace(depth=depth_of(os.environ)))


async def _live(app: CodexApp) -> None:
    try:
        await app.run_async()
    finally:
        await app.leave()
