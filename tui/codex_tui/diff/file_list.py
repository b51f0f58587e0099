"""The files of a change, one line each: what became of it, its name and folder, and how many lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from codex_core.protocol import FileDiff
from codex_tui.detail.section import LEAD
from codex_tui.diff.facts import mark_of, short_note
from codex_tui.lines.row import Row, Span, truncate, truncate_start, width_of
from codex_tui.lines.view import LineView
from codex_tui.palette import BOLD, Ground
from codex_tui.sanitize import sanitize_line


class FileList(LineView):
    """Its lines are drawn when they are seen. The cursor is where the user, or who shows the diffs, has put it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor(-1)", show=False),
        Binding("down,j", "cursor(1)", show=False),
        Binding("home", "first", show=False),
        Binding("end", "last", show=False),
        Binding("enter,right,l", "enter", show=False),
    ]
    ground = "panel"
    header_lines = 2

    class Pointed(Message):
        """The user moved to a file, or clicked it."""

        def __init__(self, number: int, *, is_final: bool) -> None:
            super().__init__()
            self.number = number
            self.is_final = is_final
            """Its diff is wanted, not only a look at it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._files: Sequence[FileDiff] = ()
        self.cursor = 0

    def show(self, files: Sequence[FileDiff]) -> None:
        """Show these files; the cursor goes to the first."""
        self._files = files
        self.cursor = 0
        self.reset_items(len(files))

    def point(self, number: int) -> None:
        """Put the cursor on a file."""
        if number != self.cursor and 0 <= number < len(self._files):
            before, self.cursor = self.cursor, number
            self.redraw(before)
            self.redraw(number)
            self.reveal(number)

    def _move_to(self, number: int, *, is_final: bool = False) -> None:
        number = max(0, min(number, len(self._files) - 1))
        if self._files:
            self.point(number)
            self.post_message(self.Pointed(number, is_final=is_final))

    def action_cursor(self, step: int) -> None:
        self._move_to(self.cursor + step)

    def action_first(self) -> None:
        self._move_to(0)

    def action_last(self) -> None:
        self._move_to(len(self._files) - 1)

    def action_page_up(self) -> None:
        self._move_to(self.cursor - max(1, self.page - 1))

    def action_page_down(self) -> None:
        self._move_to(self.cursor + max(1, self.page - 1))

    def action_enter(self) -> None:
        self._move_to(self.cursor, is_final=True)

    def _on_click(self, event: events.Click) -> None:
        event.prevent_default()
        if (number := self.item_at(event.y)) is not None:
            self._move_to(number, is_final=True)

    def on_focus(self) -> None:
        self._again()

    def on_blur(self) -> None:
        self._again()

    def _again(self) -> None:
        """The cursor looks different with the keyboard."""
        if self._files:
            self.redraw(self.cursor)

    # What the line view asks for

    def estimate(self, index: int, width: int) -> int:
        return 1

    def draw(self, index: int, width: int) -> list[Row]:
        file = self._files[index]
        is_current = index == self.cursor
        ground: Ground = "surface" if is_current else "panel"
        letter, meaning = mark_of(file)
        facts: list[Span] = []
        if file.added:
            facts.append(self._span(f" +{file.added}", "added", 0, ground))
        if file.removed:
            facts.append(self._span(f" −{file.removed}", "removed", 0, ground))
        if not facts and (note := short_note(file)):
            facts.append(self._span(f" {note}", "muted", 0, ground))
        edge = "▌" if is_current else " " * LEAD
        spans = [
            self._span(edge, "accent" if self.has_focus else "muted", BOLD, ground),
            self._span(f"{letter} ", meaning, BOLD, ground),
        ]
        folder, _, name = sanitize_line(file.path, reveal=True).rpartition("/")
        room = max(4, width - width_of(spans) - width_of(facts) - 1)
        name = truncate(name, room)
        spans.append(self._span(name, "text", BOLD if is_current else 0, ground))
        if folder and room - cell_len(name) > 4:
            spans.append(self._span(f" {truncate_start(folder, room - cell_len(name) - 1)}", "muted", 0, ground))
        gap = self._span(" " * max(0, width - width_of(spans) - width_of(facts) - 1), "text", 0, ground)
        return [Row([*spans, gap, *facts], self.palette.style("text", ground), margin=LEAD)]

    def draw_header(self, width: int) -> list[Row]:
        count = len(self._files)
        added, removed = sum(file.added for file in self._files), sum(file.removed for file in self._files)
        words = f"{' ' * LEAD}{count:,} file{'' if count == 1 else 's'}"
        spans = [
            self._span(words, "text", BOLD),
            self._span(f"   +{added}", "added"),
            self._span(f" −{removed}", "removed"),
        ]
        blank = self.palette.style("text", self.ground)
        return [Row(spans, blank), Row([], blank)]

    def source(self, index: int) -> str:
        return self._files[index].path

    def _span(self, text: str, meaning: str, attributes: int = 0, ground: Ground = "panel") -> Span:
        return (text, self.palette.style(meaning, ground, attributes))
