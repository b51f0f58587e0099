"""A change whose hunks are taken or left one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from codex_core.protocol import DiffBlock, EditHunk, FileDiff, hunk_texts
from codex_tui.detail.pane import DetailPane
from codex_tui.detail.section import Brush, Section
from codex_tui.detail.text import Gap, Words
from codex_tui.diff.section import Diff
from codex_tui.lines.row import Row, truncate, width_of
from codex_tui.palette import BOLD
from codex_tui.sanitize import sanitize_line


class HunkHead(Section):
    """The line above a hunk: whether it will be written, and whether it is the current one."""

    def __init__(self, number: int, count: int, added: int, removed: int, what: str) -> None:
        self._place = f"{number} of {count}"
        self._counts = (added, removed)
        self._what = what
        self.is_taken = True
        self.is_current = False

    def draw(self, index: int, brush: Brush) -> list[Row]:
        glyph, words, meaning = ("✓", "write it", "success") if self.is_taken else ("✗", "leave it", "danger")
        ground = "panel" if self.is_current else "surface"
        added, removed = self._counts
        spans = [
            brush.span("▌ " if self.is_current else "  ", "accent", BOLD, ground),
            brush.span(f"{glyph} {words}", meaning, BOLD, ground),
            brush.span(f"   hunk {self._place}", "text" if self.is_current else "muted", 0, ground),
            brush.span(f"   +{added}", "added", 0, ground),
            brush.span(f" −{removed}", "removed", 0, ground),
        ]
        room = brush.room - width_of(spans) - 4
        spans.append(brush.span("   " + truncate(self._what, max(0, room)), "muted", 0, ground))
        spans.append(brush.span(" " * max(0, brush.room - width_of(spans)), "text", 0, ground))
        return [brush.line(spans)]

    def source(self, index: int) -> str:
        return f"hunk {self._place}"


class HunkPane(DetailPane, inherit_bindings=False):
    """All hunks are taken at first. The keys belong to the screen."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._hunks: Sequence[EditHunk] = ()
        self._heads: list[HunkHead] = []
        self._diffs: list[Diff] = []
        self._head_items: list[int] = []
        self.current = 0

    @property
    def accepted(self) -> tuple[str, ...]:
        return tuple(hunk.hunk_id for hunk, head in zip(self._hunks, self._heads, strict=True) if head.is_taken)

    @property
    def count(self) -> int:
        return len(self._heads)

    def show_hunks(self, title: str, files: Sequence[FileDiff], hunks: Sequence[EditHunk]) -> None:
        """`hunks` in the order of `files`."""
        by_path = {file.path: file for file in files}
        sections: list[Section] = []
        starts: list[int] = []
        path = ""
        for number, hunk in enumerate(hunks, 1):
            file = by_path[hunk.path]
            if hunk.path != path:
                path = hunk.path
                sections += [Words(_file_words(file), "text", attributes=BOLD), Gap()]
            unified = file.unified if hunk.number is None else hunk_texts(file.unified)[hunk.number]
            added, removed = _counts(unified)
            head = HunkHead(number, len(hunks), added, removed, _what(unified, hunk))
            shown = file if hunk.number is None else replace(file, old_mode="", new_mode="")
            shown = replace(shown, unified=unified, added=added, removed=removed)
            diff = Diff(shown, header=False)
            starts.append(len(sections))
            sections += [head, diff, Gap()]
            self._heads.append(head)
            self._diffs.append(diff)
        self._hunks = hunks
        self._show(title, sections)
        self._head_items = [self._starts[start] for start in starts]
        self._mark()

    def go(self, step: int) -> None:
        """Make another hunk the current one."""
        self.current = max(0, min(self.current + step, self.count - 1))
        self._mark()

    def take(self, *, is_taken: bool) -> None:
        """Take or leave the current hunk."""
        self._set(self.current, is_taken=is_taken)
        self._mark()

    def toggle(self) -> None:
        self.take(is_taken=not self._heads[self.current].is_taken)

    def take_all(self, *, is_taken: bool) -> None:
        for index in range(self.count):
            self._set(index, is_taken=is_taken)
        self._mark()

    def _set(self, index: int, *, is_taken: bool) -> None:
        self._heads[index].is_taken = is_taken
        self._diffs[index].is_quiet = not is_taken

    def _mark(self) -> None:
        for index, head in enumerate(self._heads):
            head.is_current = index == self.current
        self._header_key = None
        self.forget_rows()
        self._reveal_current()

    def on_resize(self) -> None:
        self.call_next(self._reveal_current)  # once it has its new width

    def _reveal_current(self) -> None:
        if self._head_items:
            start = self._head_items[self.current]
            self.reveal(min(start + self._diffs[self.current].size, self.heights.end - 1))
            self.reveal(start)

    def draw_header(self, width: int) -> list[Row]:
        brush = Brush(self.palette, width)
        taken = len(self.accepted)
        facts = brush.span(f"   {taken} of {self.count} hunks will be written", "accent" if taken else "danger", BOLD)
        title = truncate(sanitize_line(self._title, reveal=True), max(8, width - width_of([facts]) - 3))
        return [brush.line([brush.span(title, "text", BOLD), facts]), brush.gap()]


def files_of(display: Sequence[object]) -> tuple[FileDiff, ...]:
    return tuple(file for block in display if isinstance(block, DiffBlock) for file in block.files)


def _file_words(file: FileDiff) -> str:
    path = sanitize_line(file.path, reveal=True)
    if file.old_path:
        path = f"{sanitize_line(file.old_path, reveal=True)} → {path}"
    words = {"add": "new file", "delete": "deleted"}.get(file.kind, "")
    return f"{path}   {words}" if words else path


def _what(unified: str, hunk: EditHunk) -> str:
    """What a hunk says of its place: the function that it is in."""
    if hunk.number is None:
        return "the file as a whole"
    return sanitize_line(unified.split("\n", 1)[0].rpartition("@@")[2].strip(), reveal=True)


def _counts(unified: str) -> tuple[int, int]:
    lines = unified.split("\n")
    return sum(line.startswith("+") for line in lines), sum(line.startswith("-") for line in lines)
