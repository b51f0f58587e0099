"""Markdown as a section: one line for each of its top-level blocks."""

from __future__ import annotations

from codex_tui.detail.section import GROUND, LEAD, RIGHT, Brush, Section
from codex_tui.lines.row import Row
from codex_tui.markdown.block_parser import feed
from codex_tui.markdown.blocks import Document
from codex_tui.markdown.render import Renderer
from codex_tui.sanitize import clip, sanitize


class Markdown(Section):
    def __init__(self, text: str) -> None:
        document = Document()
        lines = sanitize(text).strip("\n").split("\n")
        for line in lines:
            feed(document, clip(line))
        document.close()
        document.references.is_whole = True
        self._blocks, self._references = document.blocks, document.references
        self._text = "\n".join(lines)
        self._renderer: tuple[Brush, Renderer] | None = None
        self.size = max(1, len(self._blocks))
        self._rows_each = 1 + len(lines) // self.size

    def estimate(self, index: int, width: int) -> int:
        return self._rows_each

    def draw(self, index: int, brush: Brush) -> list[Row]:
        if not self._blocks:
            return [brush.gap()]
        if self._renderer is None or self._renderer[0] is not brush:
            lead = [(" " * LEAD, brush.base)]
            self._renderer = (brush, Renderer(brush.palette, brush.width - RIGHT, lead=lead, ground=GROUND))
        return self._renderer[1].top(self._blocks[index], references=self._references)

    def source(self, index: int) -> str:
        return self._text if index == 0 else ""
