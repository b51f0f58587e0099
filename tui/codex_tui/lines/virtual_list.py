"""A long list of items of which only what is seen is drawn: keeps its place, and paints cached strips.

Items are numbered without gaps and each is some rows high. The heights of items that were never seen are estimates;
what is on the screen is exact and does not move when an estimate proves wrong, when items grow, or when the window
changes its size: the topmost line (or, while following, the last one) is the fixed point.

Nothing here costs more in a long list than in a short one. Textual's own path (`render_line`, style caches, a layout
whenever a line is added) is left aside: `render_lines` hands out cached strips, and the virtual size is set without
a layout, which is sound because the scrollbar's column is always reserved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, cast

from textual.app import App
from textual.events import Callback
from textual.filter import ANSIToTruecolor
from textual.geometry import Offset, Region, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from codex_tui.color_table import TableFilter
from codex_tui.lines.changed import changed_lines
from codex_tui.lines.drawn import DrawnRows
from codex_tui.lines.heights import Heights
from codex_tui.lines.place import Place, end_place, settled_place
from codex_tui.lines.row import Row
from codex_tui.lines.selecting import Dressed, column_at, dressed_strip, line_name
from codex_tui.palette import Ground, Palette, palette_named
from codex_tui.repaint import Repaint
from codex_tui.scrollbar import FastBar


class VirtualList(ScrollView, can_focus=True):
    DEFAULT_CSS = """
    VirtualList {
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        width: 1fr;
        height: 1fr;
    }
    """
    ground: ClassVar[Ground] = "background"
    header_lines: int = 0
    """Lines at the top that do not scroll."""
    follows: ClassVar[bool] = False
    """Stays at the end while items are added there, as long as the end is in view."""

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(name=name, id=id, classes=classes)
        self.palette = palette_named("")
        self.heights = Heights()
        self.following = self.follows
        self._drawn = DrawnRows()
        self._top: Place = (0, 0)
        self._line = 0
        self._window: list[tuple[int, int, Row]] = []
        self._header: list[Row] = []
        self.inner_width = 0
        """Cells for the items, left of the bar; 0 until the first layout."""
        self._settle_due = False

    # What a subclass says about its items

    def estimate(self, index: int, width: int) -> int:
        """About how many rows the item will have; cheap, and never drawn."""
        raise NotImplementedError

    def estimates(self, items: range, width: int) -> list[int]:
        """`estimate` for many items."""
        estimate = self.estimate
        return [estimate(index, width) for index in items]

    def draw(self, index: int, width: int) -> list[Row]:
        """The rows of the item. The list may be kept and changed by the owner if `redraw` is called then."""
        raise NotImplementedError

    def draw_header(self, width: int) -> list[Row]:
        """The `header_lines` rows at the top."""
        raise NotImplementedError

    def source(self, index: int) -> str:
        """The item's text, for copying where it is not drawn."""
        raise NotImplementedError

    def lit(self, index: int, line: int) -> Sequence[Dressed]:
        """Parts of a line that stand out; asked for each line that is painted."""
        return ()

    def shed(self, index: int) -> None:
        """Called when the rows of an item that is far away were let go of."""

    def settled(self) -> None:
        """Called whenever the view has found its place again."""

    # Items

    def reset_items(self, count: int = 0) -> None:
        """Forget all items; there are `count` new ones now."""
        self.heights = Heights([1] * count)
        self._top = (0, 0)
        self.following = self.follows
        self.forget_rows()

    def append_item(self) -> int:
        """Add an item at the end; returns its number, which is what `estimate` and `draw` will be asked for."""
        index = self.heights.append(1)
        self._guess(index)
        self.settle_soon()
        return index

    def prepend_item(self) -> int:
        """Add an item at the beginning; returns its number."""
        index = self.heights.prepend(1)
        self._guess(index)
        self.settle_soon()
        return index

    def redraw(self, index: int) -> None:
        """The item changed."""
        self._drawn.drop(index)
        self._guess(index)
        self.settle_soon()

    def forget_rows(self) -> None:
        """Everything must be drawn again: the colours or the width changed, or the items themselves."""
        if self.inner_width:
            self._guess_all()
        self.draw_anew()

    def draw_anew(self) -> None:
        """Drop what was drawn; items keep their heights until they are."""
        self._drawn.clear()
        self._header = []
        self._window = []
        self.refresh()
        self.settle_soon()

    def _guess(self, index: int) -> None:
        if self.inner_width:
            self.heights[index] = self.estimate(index, self.inner_width)

    def _guess_all(self) -> None:
        width, end, first = self.inner_width, self.heights.end, self.heights.first
        self.heights = Heights(
            self.estimates(range(end), width),
            self.estimates(range(-1, first - 1, -1), width),
        )

    def rows(self, index: int) -> list[Row]:
        """The drawn rows of an item."""
        rows = self._drawn.see(index)
        if rows is None:
            rows = self.draw(index, self.inner_width)
            self._drawn.add(index, rows)
        self.heights[index] = len(rows)
        return rows

    # Place

    @property
    def page(self) -> int:
        """Lines that fit on the screen below the header."""
        return max(0, self.size.height - self.header_lines)

    @property
    def items(self) -> range:
        """The numbers of all items."""
        return range(self.heights.first, self.heights.end)

    def is_drawn(self, index: int) -> bool:
        """Whether the item's rows are kept."""
        return index in self._drawn

    @property
    def visible_items(self) -> range:
        """The items of which a line is on the screen."""
        window = self._window
        return range(window[0][0], window[-1][0] + 1) if window else range(0)

    @property
    def visible_lines(self) -> list[tuple[int, int]]:
        """What is on the screen, from the top: of each line its item, and its number in it."""
        return [(index, line) for index, line, _ in self._window]

    @property
    def lines_below(self) -> int:
        """Lines after the last one on the screen; partly estimated."""
        return max(0, self.heights.total - self._line - self.page)

    def settle_soon(self) -> None:
        """Find the place again before the next paint; any number of changes cost one settling."""
        if not self._settle_due:
            self._settle_due = True
            if self.is_attached:
                self.call_soon(self._settle_if_due)

    def call_soon(self, method: Callable[[], None]) -> None:
        """Textual's `call_next`, which inspects the signature of what it calls, each time anew."""
        self._next_callbacks.append(Callback(callback=method))
        self.check_idle()

    def _settle_if_due(self) -> None:
        if self._settle_due:
            self.settle()

    def settle(self) -> None:
        """Draw what is in view, keep the fixed point where it is, and repaint exactly the lines that changed."""
        self._settle_due = False
        if not self.inner_width or not self.is_attached:
            return
        page = self.page
        if self.following:
            self._top = end_place(self.heights, self.rows, page)
        else:
            self._top, at_end = settled_place(self.heights, self.rows, self._top, page)
            self.following = at_end and self.follows
        window = self._make_window(page)
        header = self.draw_header(self.inner_width) if self.header_lines else []
        shown = [*self._header, *[row for _, _, row in self._window]]
        if changed := changed_lines(shown, [*header, *[row for _, _, row in window]]):
            self.refresh(Region(0, changed.start, self.inner_width, len(changed)))
        self._header, self._window = header, window
        self._sync()
        for index in self._drawn.shed(self.visible_items):
            self.shed(index)
        self.settled()

    def settled_top(self) -> Place:
        """The item and the line of it at the top, after all that has changed."""
        self._settle_if_due()
        return self._top

    def _make_window(self, page: int) -> list[tuple[int, int, Row]]:
        window: list[tuple[int, int, Row]] = []
        index, offset = self._top
        while len(window) < page and index < self.heights.end:
            rows = self._drawn[index]
            window.extend([(index, line, rows[line]) for line in range(offset, min(len(rows), offset + page))])
            index, offset = index + 1, 0
        return window[:page]

    def _sync(self) -> None:
        """Tell Textual and the bar where we are, without a layout."""
        index, offset = self._top
        self._line = line = self.heights.top(index) + offset if len(self.heights) else 0
        total = self.heights.total
        # Without watchers: what they would do (repaint, lay out) is done already, or not wanted.
        size = Size(self.inner_width, total + self.header_lines)
        self.set_reactive(Widget.virtual_size, size)  # pyright: ignore[reportArgumentType]  # a descriptor
        self.set_reactive(Widget.scroll_target_y, line)  # pyright: ignore[reportArgumentType]  # a descriptor
        self.set_reactive(Widget.scroll_y, line)
        self.vertical_scrollbar.show(total, self.page, line)

    def _scroll_update(self, virtual_size: Size) -> None:
        # Textual would move the place into what it takes for the bounds, and to `watch_scroll_y` that is scrolling by
        # hand. It is found when the widget is told of its new size.
        self._refresh_scrollbars()

    # Painting

    @property
    def vertical_scrollbar(self) -> FastBar:  # pyright: ignore[reportIncompatibleMethodOverride]
        bar = self._vertical_scrollbar
        if not isinstance(bar, FastBar):
            bar = self._vertical_scrollbar = FastBar(self.palette, self.ground)
            bar.display = False
            app = cast("App[object]", self.app)
            app._start_widget(self, bar)  # pyright: ignore[reportPrivateUsage]  # as the property it replaces does
        return bar

    def on_mount(self) -> None:
        self._dress()

    def on_focus(self) -> None:
        self.vertical_scrollbar.light(lit=True)

    def on_blur(self) -> None:
        self.vertical_scrollbar.light(lit=False)

    def on_resize(self) -> None:
        width = max(1, self.size.width - self.styles.scrollbar_size_vertical)
        if width != self.inner_width:
            self.inner_width = width
            self.forget_rows()
        self.settle()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        if self.is_attached:
            self._dress()

    def _dress(self) -> None:
        app = cast("App[object]", self.app)
        palette: Palette = palette_named(app.theme)
        if palette is not self.palette:
            self.palette = palette
            self.vertical_scrollbar.dress(palette, self.ground)
            self.restyled()
            self.forget_rows()

    def restyled(self) -> None:
        """Called when `palette` was replaced, before anything is drawn with it."""

    def render_lines(self, crop: Region) -> list[Strip]:
        if not self.is_attached:
            # Removed while the compositor still holds its place: there is no screen to ask for a selection.
            return [self._blank(crop.width) for _ in crop.line_range]
        self._settle_if_due()
        self._dirty_regions.clear()
        width = self.size.width
        selection = self.text_selection
        strips = [self._strip_at(y, width, selection) for y in crop.line_range]
        if crop.x or crop.width != width:
            strips = [strip.crop(crop.x, crop.right) for strip in strips]
        for line_filter in self.get_line_filters():
            # Our colours are true colours, or translated by the palette.
            if not isinstance(line_filter, ANSIToTruecolor | Repaint | TableFilter):
                _, background = self.background_colors
                strips = [strip.apply_filter(line_filter, background) for strip in strips]
        return strips

    def _strip_at(self, y: int, width: int, selection: Selection | None) -> Strip:
        header = self._header
        if y < self.header_lines:
            return self._drawn.strip(header[y], width) if y < len(header) else self._blank(width)
        y -= self.header_lines
        window = self._window
        if y >= len(window):
            return self._blank(width)
        index, line, row = window[y]
        if selection is not None and (span := selection.get_span(line_name(index, line))) is not None:
            return dressed_strip(row, width, [Dressed(*span, self.palette.style("text", "selection"))])
        if lit := self.lit(index, line):
            return dressed_strip(row, width, lit)
        return self._drawn.strip(row, width)

    def _blank(self, width: int) -> Strip:
        return Strip.blank(width, self.palette.style("text", self.ground))

    # What is where

    def line_at(self, y: int) -> tuple[int, int] | None:
        """The item on line `y` of the widget, and the line's number in it; the last one below the end."""
        y -= self.header_lines
        window = self._window
        if y < 0 or not window:
            return None
        index, line, _ = window[min(y, len(window) - 1)]
        return index, line

    def place_at(self, x: int, y: int) -> Offset | None:
        """The character that is drawn at `x`, `y` of the widget."""
        if (at := self.line_at(y)) is None:
            return None
        row = self._window[min(y - self.header_lines, len(self._window) - 1)][2]
        is_below = y - self.header_lines >= len(self._window)
        return Offset(len(row.text) if is_below else column_at(row, x), line_name(*at))

    def item_at(self, y: int) -> int | None:
        """The item on line `y` of the widget."""
        y -= self.header_lines
        return self._window[y][0] if 0 <= y < len(self._window) else None
