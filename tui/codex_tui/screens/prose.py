"""Markdown inside a sheet: as high as it is, scrolled with what is around it."""

from __future__ import annotations

from typing import cast

from textual.app import App
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from codex_tui.lines.row import Row
from codex_tui.markdown.block_parser import feed
from codex_tui.markdown.blocks import Document
from codex_tui.markdown.render import Renderer
from codex_tui.palette import Palette, palette_named
from codex_tui.sanitize import clip, sanitize


class Prose(Widget):
    DEFAULT_CSS = "Prose { height: auto; padding-right: 2; }"

    def __init__(self, text: str) -> None:
        super().__init__()
        document = Document()
        for line in sanitize(text).strip("\n").split("\n"):
            feed(document, clip(line))
        document.close()
        document.references.is_whole = True
        self._blocks, self._references = document.blocks, document.references
        self._drawn: tuple[Palette, int, list[Row]] | None = None

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._rows(width))

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        rows = self._rows(width)
        return rows[y].make_strip(width) if y < len(rows) else Strip.blank(width)

    def _rows(self, width: int) -> list[Row]:
        palette = palette_named(cast("App[object]", self.app).theme)
        if self._drawn is None or self._drawn[:2] != (palette, width):
            renderer = Renderer(palette, width, ground="surface")
            rows = [row for block in self._blocks for row in renderer.top(block, references=self._references)]
            self._drawn = (palette, width, rows)
        return self._drawn[2]
