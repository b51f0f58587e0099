"""A scrollbar that costs nothing while its thumb stays where it is: two cached lines, repainted only when it moves."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.scrollbar import ScrollBar
from textual.strip import Strip

from codex_tui.palette import Ground, Palette

THUMB = "▐"


class FastBar(ScrollBar):
    """The vertical bar of a line widget, one column wide."""

    def __init__(self, palette: Palette, ground: Ground) -> None:
        super().__init__(vertical=True, name="vertical", thickness=1)
        self._stands_for = (0, 0, 0)
        """Kept apart from what Textual sets with every layout: it counts lines that do not scroll as well."""
        self._thumb = (0, 0)
        self._lit = False
        self._drawn_for: object = None
        self._drawn: list[Strip] = []
        self.dress(palette, ground)

    def dress(self, palette: Palette, ground: Ground) -> None:
        """Take the colours of `palette`."""
        track = palette.style("faint", ground)
        self._above = Strip([Segment(" ", track + _meta("scroll_up"))], 1)
        self._below = Strip([Segment(" ", track + _meta("scroll_down"))], 1)
        self._idle = Strip([Segment(THUMB, track + _meta("grab"))], 1)
        self._active = Strip([Segment(THUMB, palette.style("accent", ground) + _meta("grab"))], 1)
        self.refresh()

    def light(self, *, lit: bool) -> None:
        """Say that the view has the focus."""
        self._lit = lit
        self.refresh()

    def show(self, total: int, page: int, top: int) -> None:
        """Set what the bar stands for, in lines."""
        self._stands_for = (total, page, top)
        # Quietly: a stock bar repaints itself with every line that streams in.
        self.set_reactive(ScrollBar.window_virtual_size, total)
        self.set_reactive(ScrollBar.window_size, page)
        self.set_reactive(ScrollBar.position, float(top))
        thumb = self._place()
        if thumb != self._thumb:
            self._thumb = thumb
            self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        self._dirty_regions.clear()
        start, end = self._thumb = self._place()
        thumb = self._active if self._lit or self.grabbed or self.mouse_over else self._idle
        key = (start, end, thumb, crop)
        if key != self._drawn_for:
            # Textual asks every widget for all its lines whenever any of them changes.
            self._drawn_for = key
            self._drawn = [
                thumb if start <= y < end else self._above if y < start else self._below for y in crop.line_range
            ]
        return self._drawn

    def _place(self) -> tuple[int, int]:
        height, (total, page, top) = self.size.height, self._stands_for
        if not height or total <= page or not page:
            return (0, 0)
        size = max(1, min(height - 1, round(height * page / total)))
        start = round((height - size) * top / (total - page))
        return (start, start + size)


def _meta(action: str) -> Style:
    return Style(meta={"@mouse.down": action})
