"""What Textual's screens do wrong when events come faster than they are handled, mended for all screens of the process.

**Size.** A screen is laid out by the size in a Resize event, and is then sent another such event with its own size. In
a window that is dragged each is still waiting when the other comes: the screen stayed at an old size, or went to and
fro between two of them for ever. Ours take the size that the terminal has now.

**Dismissal.** `dismiss` pops the topmost screen, whoever that is. A second Enter that was on its way to a picker took
the next sheet with it, or the main screen. Ours are dismissed only while they are on top.

**Leaving.** A screen that is taken away before it was composed is mounted without its widgets, and one whose widgets
have gone already is still called back; so is one that opens while the app ends. Each asks for a widget that is not
there, which is an error. Ours are left in peace from the moment they go.
"""

# There is no public way to either, and Textual leaves out what its screens return.
# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from typing import Any

from textual.await_complete import AwaitComplete
from textual.events import Callback, Event, Mount, Resize
from textual.screen import Screen

_lay_out = Screen._on_resize
_dismiss = Screen.dismiss
_handle = Screen.on_event


async def _on_resize(self: Screen[Any], event: Resize) -> None:
    if size := self.app.size:
        event.size = event.virtual_size = event.container_size = size
    await _lay_out(self, event)


def _dismiss_once(self: Screen[Any], result: object = None) -> AwaitComplete:
    return _dismiss(self, result) if self.is_current else AwaitComplete()


async def _handle_while_here(self: Screen[Any], event: Event) -> None:
    match event:
        case Mount() if self.app._exit or not self.app._running:
            return
        case Mount() | Callback() | Resize() if self._pruning:
            return
        case _:
            await _handle(self, event)


def mend_screens() -> None:
    """May be called again."""
    Screen._on_resize = _on_resize
    Screen.dismiss = _dismiss_once
    Screen.on_event = _handle_while_here
