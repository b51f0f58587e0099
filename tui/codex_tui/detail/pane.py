"""The pane that shows the detail of a step: a title that stays, and sections below it that scroll."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.geometry import Size

from codex_tui.detail.section import GROUND, LEAD, Brush, Section
from codex_tui.lines.row import Row, Span, truncate, width_of
from codex_tui.lines.view import LineView
from codex_tui.palette import BOLD
from codex_tui.sanitize import sanitize_line

if TYPE_CHECKING:
    from codex_core.protocol import Block


class DetailPane(LineView):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right_square_bracket", "next_hunk", "Next hunk", show=False),
        Binding("left_square_bracket", "prev_hunk", "Previous hunk", show=False),
        Binding("up,k", "scroll_up", "Scroll up", show=False),
        Binding("down,j", "scroll_down", "Scroll down", show=False),
    ]
    ground = GROUND
    header_lines = 2

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(name=name, id=id, classes=classes)
        self._title = ""
        self._shown: tuple[str, tuple[Block, ...]] | None = None
        self._sections: list[Section] = []
        self._starts: list[int] = []
        self._stops: list[int] = []
        self._changed: list[tuple[int, int]] = []
        self._brush: Brush | None = None
        self._header_key: object = None
        self._header_rows: list[Row] = []
        self._laid_out_total = 0

    def show(self, title: str, blocks: Sequence[Block]) -> None:
        """Show the display blocks of a step from their beginning; the same ones again stay where they are scrolled."""
        if self._shown == (title, tuple(blocks)):
            return
        from codex_tui.detail.blocks import sections  # start-up time: it needs the protocol

        same_step = self._shown is not None and self._shown[0] == title and not self._changed
        top, at_end = self._top, self.lines_below == 0 and self._line > 0
        self._shown = (title, tuple(blocks))
        self._show(title, sections(blocks, title))
        if same_step and at_end:
            self.jump_to_end()  # output that grows is read at its end
        elif same_step:
            self.jump(*top)

    def clear(self) -> None:
        """Show nothing."""
        self._shown = None
        self._show("", [])

    def _show(self, title: str, sections: list[Section]) -> None:
        self._title = title
        self._sections = sections
        self._starts, self._stops = [], []
        self._header_key = None
        total = 0
        for section in sections:
            self._starts.append(total)
            self._stops += [total + stop for stop in section.stops]
            total += section.size
        self._changed = [section.changed for section in sections if section.changed is not None]
        self.reset_items(total)

    @property
    def hunks(self) -> int:
        """How many hunks the diffs in view have together."""
        return len(self._stops)

    def next_hunk(self) -> None:
        """Scroll to the next hunk."""
        top = self._top[0]
        following = [stop for stop in self._stops if stop > top]
        if following:
            self.jump(following[0])

    def prev_hunk(self) -> None:
        """Scroll to the beginning of this hunk, or to the one before it."""
        top = self._top
        earlier = [stop for stop in self._stops if (stop, 0) < top]
        if earlier:
            self.jump(earlier[-1])

    def action_next_hunk(self) -> None:
        self.next_hunk()

    def action_prev_hunk(self) -> None:
        self.prev_hunk()

    def on_focus(self) -> None:
        self.settle_soon()  # the title says it

    def on_blur(self) -> None:
        self.settle_soon()

    # As high as what it shows, where the style leaves its height to it

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self.header_lines + self.heights.total

    def settled(self) -> None:
        if self.styles.is_auto_height and (total := self.heights.total) != self._laid_out_total:
            self._laid_out_total = total
            self.refresh(layout=True)

    # What the line view asks for

    def _locate(self, index: int) -> tuple[Section, int]:
        number = bisect_right(self._starts, index) - 1
        return self._sections[number], index - self._starts[number]

    def estimate(self, index: int, width: int) -> int:
        section, line = self._locate(index)
        return section.estimate(line, width)

    def estimates(self, items: range, width: int) -> list[int]:
        if not items:
            return []
        return [height for section in self._sections for height in section.estimates(width)]

    def draw(self, index: int, width: int) -> list[Row]:
        brush = self._brush
        if brush is None or brush.width != width or brush.palette is not self.palette:
            brush = self._brush = Brush(self.palette, width)
        section, line = self._locate(index)
        return section.draw(line, brush)

    def source(self, index: int) -> str:
        section, line = self._locate(index)
        return section.source(line)

    def draw_header(self, width: int) -> list[Row]:
        hunk = bisect_right(self._stops, self._top[0]) if len(self._stops) > 1 else 0
        key = (self._title, max(1, hunk), width, self.palette, self.has_focus)
        if key == self._header_key:
            return self._header_rows
        self._header_key = key
        brush = Brush(self.palette, width)
        facts: list[Span] = []
        if len(self._stops) > 1:
            facts.append(brush.span(f"   hunk {max(1, hunk)}/{len(self._stops)}", "muted"))
        if self._changed:
            added, removed = (sum(counts) for counts in zip(*self._changed, strict=True))
            facts += [brush.span(f"   +{added}", "added"), brush.span(f" −{removed}", "removed")]
        title = truncate(sanitize_line(self._title, reveal=True), max(8, width - 2 * LEAD - width_of(facts)))
        if cell_len(title) + width_of(facts) + 2 * LEAD > width:
            facts = []
        self._header_rows = [
            brush.line([brush.span(title, "accent" if self.has_focus else "text", BOLD), *facts]),
            brush.gap(),
        ]
        return self._header_rows


class DetailBody(DetailPane):
    """Without the title: for where it is said already."""

    header_lines = 0
