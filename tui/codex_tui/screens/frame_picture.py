"""The picture of the screen as it is now, as the next start's first frame."""

from __future__ import annotations

from typing import cast

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.screen import Screen
from textual.strip import Strip

from codex_tui.composer import Composer
from codex_tui.first_frame import Frame, Line


def picture_of(screen: Screen[None], composer: Composer) -> Frame | None:
    """Take the picture of a screen whose composer is empty; None while the terminal gets another size."""
    strips = screen._compositor.render_strips()  # pyright: ignore[reportPrivateUsage] no public way
    app = cast("App[None]", screen.app)
    console, size = app.console, app.size
    area = composer.content_region
    if (strips[0].cell_length, len(strips)) != size or not size.region.contains_region(area):
        return None
    row, column = area.y, area.x
    cursor = next((segment.style for segment in strips[row].crop(column, column + 1) if segment.style), Style())
    line = Line(row, column, area.width, _before(composer.rich_style, console), _before(cursor, console))
    return Frame(size.width, [strip.render(console) for strip in strips], line)


def _before(style: Style, console: Console) -> str:
    """The escape sequence that begins it."""
    return Strip([Segment("x", style)]).render(console).partition("x")[0]
