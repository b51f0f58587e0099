"""The whole screen anew: for when something else has written over it.

The picture is sent first, as it should be there already; then whatever was kept of it is dropped and made again.
"""

# There is no public way: Textual sends what has changed, and trusts that the rest is still there.
# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from textual.app import App
from textual.widget import Widget

from codex_tui.lines.view import LineView

_AS_OURS = "\x1b[0m\x1b[?7l\x1b[?25l\x1b[2J"
"""Plain, lines that do not wrap, no cursor, and nothing left of anybody's."""


def redraw(app: App[None]) -> None:
    if app._driver is None or app.is_headless:
        return
    screen, below = app.screen, app._background_screens
    app._begin_update()  # a terminal that can shows no empty screen between
    app._driver.write(_AS_OURS)
    app._display(screen, screen._compositor.render_update(full=True, screen_stack=below))
    for each in (*below, screen):
        for widget in each.walk_children(Widget):
            widget.notify_style_update()
            widget.refresh()
            if isinstance(widget, LineView):
                widget.draw_anew()
