"""A markdown text that grows, as rows: finished blocks are drawn once, the open block with every drawing."""

from __future__ import annotations

from codex_tui.lines.row import Row
from codex_tui.markdown.block_parser import PARAGRAPH_LIMIT, feed
from codex_tui.markdown.blocks import Document
from codex_tui.markdown.preview import preview
from codex_tui.markdown.render import Renderer, forget_references
from codex_tui.sanitize import sanitize_line

LINE_LIMIT = PARAGRAPH_LIMIT
"""Longer lines are cut in pieces, at the same places however they arrive."""


class MarkdownStream:
    """One answer. Raw text goes in; sanitizing happens per line, so that no escape sequence hides between chunks."""

    __slots__ = ("_document", "_finished", "_renderer", "_rows", "_stable_blocks", "_stable_rows", "_tail", "_tail_cut")

    def __init__(self, text: str = "") -> None:
        self._document = Document()
        self._tail = ""
        self._tail_cut = False
        self._finished = False
        self._renderer: Renderer | None = None
        self._rows: list[Row] = []
        self._stable_rows = 0
        self._stable_blocks = 0
        if text:
            self.feed(text)

    def feed(self, text: str) -> None:
        """Add text."""
        *lines, tail = text.split("\n")
        for line in lines:
            self._add(line)
            if self._tail or not self._tail_cut:
                feed(self._document, _clean(self._tail))
            self._tail = ""
            self._tail_cut = False
        self._add(tail)

    def finish(self) -> None:
        """The text is complete; what looked like an unfinished marker was text."""
        if not self._finished:
            self._finished = True
            if self._tail:
                feed(self._document, _clean(self._tail))
                self._tail = ""
            self._document.close()
            self._resolve()

    def _resolve(self) -> None:
        """It is known where references lead: finished blocks that may have some are drawn once more."""
        references, blocks = self._document.references, self._document.blocks
        references.is_whole = True
        if references and sum([forget_references(block) for block in blocks]):
            self._rows.clear()
            self._stable_rows = self._stable_blocks = 0

    def _add(self, text: str) -> None:
        self._tail += text
        while len(self._tail) > LINE_LIMIT:
            feed(self._document, _clean(self._tail[:LINE_LIMIT]))
            self._tail = self._tail[LINE_LIMIT:]
            self._tail_cut = True

    def draw(self, renderer: Renderer) -> list[Row]:
        """All rows. The list is the stream's own and changes in place with the next drawing."""
        if renderer is not self._renderer:
            self._renderer = renderer
            self._rows.clear()
            self._stable_rows = self._stable_blocks = 0
        rows, blocks, references = self._rows, self._document.blocks, self._document.references
        del rows[self._stable_rows :]
        while self._stable_blocks < len(blocks) and blocks[self._stable_blocks].final:
            rows += renderer.top(blocks[self._stable_blocks], references=references)
            self._stable_blocks += 1
        self._stable_rows = len(rows)
        if not self._finished:
            for block in preview(self._document, _clean(self._tail)):
                rows += renderer.top(block, open_ended=True, references=references)
        return rows


def _clean(line: str) -> str:
    return sanitize_line(line).rstrip("\n")
