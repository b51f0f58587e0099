"""The pane that shows the detail of a step: a title that stays, and sections below it that scroll."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message

from codex_tui.detail.hunk_stops import HunkStops
from codex_tui.detail.section import GROUND, LEAD, Brush, Section
from codex_tui.diff.layout import DiffLayout
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

    class FileSeen(Message):
        """Another file's diff is the current one."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(name=name, id=id, classes=classes)
        self._title = ""
        self._shown: tuple[str, tuple[Block, ...]] | None = None
        self._sections: list[Section] = []
        self._starts: list[int] = []
        self._hunk_stops = HunkStops(())
        self._changed: list[tuple[int, int]] = []
        self._files: list[int] = []  # where the diff of each file begins
        self._file_wish: int | None = None  # the one that was gone to
        self._told_file = -1
        self.layout_choice = DiffLayout()
        """Below or beside each other; the owner may put another one here."""
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
        self._starts = []
        self._header_key = None
        total = 0
        for section in sections:
            self._starts.append(total)
            total += section.size
        self._hunk_stops = HunkStops(zip(self._starts, sections, strict=True))
        self._changed = [section.changed for section in sections if section.changed is not None]
        diffs = [number for number, section in enumerate(sections) if section.changed is not None]
        self._files = [self._starts[number] for number in diffs]
        self._file_wish, self._told_file = None, -1
        self.reset_items(total)

    # Below or beside each other

    def forget_rows(self) -> None:
        is_beside = bool(self.inner_width) and self.is_beside
        for section in self._sections:
            section.is_beside = is_beside
        super().forget_rows()

    def toggle_layout(self) -> None:
        """Draw old and new the other way. The line at the top stays there."""
        self.layout_choice.toggle(self.inner_width, self._screen_width)
        self.forget_rows()

    @property
    def _screen_width(self) -> int:
        return self.screen.size.width

    @property
    def is_beside(self) -> bool:
        """Old and new are beside each other."""
        return self.layout_choice.is_beside(self.inner_width, self._screen_width)

    # Hunks and files

    def sections(self) -> Iterable[tuple[int, Section]]:
        """All that is shown, each with the line where it begins."""
        return zip(self._starts, self._sections, strict=True)

    def at_top(self) -> tuple[Section, int] | tuple[None, int]:
        """What is at the top, and which of its lines."""
        return self._locate(self._top[0]) if self._sections else (None, 0)

    def hunk_line(self) -> tuple[Section, int] | tuple[None, int]:
        """The section of the current hunk, and the line with which it begins."""
        hunk = self.current_hunk
        return (None, 0) if hunk is None else self._hunk_stops.owner(hunk)

    @property
    def hunks(self) -> int:
        """How many hunks the diffs in view have together."""
        return len(self._hunk_stops)

    @property
    def current_hunk(self) -> int | None:
        """The hunk that was gone to, or that is at the top; counted from 0."""
        return self._hunk_stops.current(self._top[0])

    def next_hunk(self) -> None:
        """Go to the next hunk."""
        self._go(self._hunk_stops.step(1, self._top, self.visible_items))

    def prev_hunk(self) -> None:
        """Go to the beginning of this hunk, or to the one before it."""
        self._go(self._hunk_stops.step(-1, self._top, self.visible_items))

    @property
    def current_file(self) -> int:
        """Which of the diffs was gone to, or is at the top; counted from 0. -1: there is none."""
        if self._file_wish is not None:
            return self._file_wish
        chosen = self._hunk_stops.chosen
        top = self._top[0] if chosen is None else self._hunk_stops.line(chosen)
        return max(0, bisect_right(self._files, top) - 1) if self._files else -1

    def go_to_file(self, number: int) -> None:
        """Go to the diff of a file, if there is one of that number."""
        if 0 <= number < len(self._files):
            self.jump(self._files[number])
            self._file_wish = number
            self.settle_soon()

    def _go(self, stop: int | None) -> None:
        if stop is not None:
            self.jump(self._hunk_stops.approach(stop))
            self._choose_hunk(stop)

    def _choose_hunk(self, stop: int) -> None:
        """The hunk that begins there is the current one, wherever it is on the screen; -1: the one at the top is."""
        for changed in self._hunk_stops.choose(stop):
            self.redraw(changed)

    def _scrolled_by_hand(self) -> None:
        """Who scrolls is where they look."""
        self._file_wish = None
        if self._hunk_stops.chosen is not None:
            self._choose_hunk(-1)

    def move(self, lines: int) -> None:
        self._scrolled_by_hand()
        super().move(lines)

    def jump(self, index: int, offset: int = 0) -> None:
        self._scrolled_by_hand()
        super().jump(index, offset)

    def jump_to_end(self) -> None:
        self._scrolled_by_hand()
        super().jump_to_end()

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
        if (file := self.current_file) != self._told_file:
            self._told_file = file
            self.post_message(self.FileSeen(file))
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
        hunk = self.current_hunk if len(self._hunk_stops) > 1 else None
        name = self._name_at_top()
        key = (self._title, hunk, name, width, self.palette, self.has_focus)
        if key == self._header_key:
            return self._header_rows
        self._header_key = key
        brush = Brush(self.palette, width)
        facts: list[Span] = []
        if hunk is not None:
            facts.append(brush.span(f"   hunk {hunk + 1} of {len(self._hunk_stops)}", "muted"))
        if self._changed:
            added, removed = (sum(counts) for counts in zip(*self._changed, strict=True))
            facts += [brush.span(f"   +{added}", "added"), brush.span(f" −{removed}", "removed")]
        title = truncate(sanitize_line(self._title, reveal=True), max(8, width - 2 * LEAD - width_of(facts)))
        if cell_len(title) + width_of(facts) + 2 * LEAD > width:
            facts = []
        self._header_rows = [
            brush.line([brush.span(title, "accent" if self.has_focus else "text", BOLD), *facts]),
            brush.line([brush.span(truncate(name, brush.room), "muted")]) if name else brush.gap(),
        ]
        return self._header_rows

    def _name_at_top(self) -> str:
        """Of several files, the one whose lines are at the top and whose name is above them, out of sight."""
        if len(self._files) < 2 or self._top[0] < self._files[0]:
            return ""
        section, line = self._locate(self._top[0])
        return section.source(0) if section.changed is not None and line else ""


class DetailBody(DetailPane):
    """Without the title: for where it is said already. Its owner gives it its height."""

    header_lines = 0

    class Measured(Message):
        """It has another number of lines."""

        def __init__(self, lines: int) -> None:
            super().__init__()
            self.lines = lines

    _told_lines = -1

    def settled(self) -> None:
        super().settled()
        if (lines := self.heights.total) != self._told_lines:
            self._told_lines = lines
            self.post_message(self.Measured(lines))
