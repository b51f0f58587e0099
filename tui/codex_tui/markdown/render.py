"""Draws markdown blocks as rows of a given width, in the colours of a palette."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rich.style import Style

from codex_tui.lines.row import Row, Span, width_of, wrap
from codex_tui.markdown.blocks import AnyBlock, Fence, Heading, ListItem, Paragraph, Quote, Rule, Table
from codex_tui.markdown.code_rows import CodeRows
from codex_tui.markdown.inline import ADDRESS, CODE, EMPHASIS, LINK, STRONG, STRUCK, Piece, parse_inline
from codex_tui.markdown.references import References
from codex_tui.markdown.table import TableLayout
from codex_tui.palette import BOLD, ITALIC, STRIKE, UNDERLINE, Ground, Palette

PROSE_WIDTH = 100
"""Cells of a line of prose; longer lines are hard to read."""
BULLETS = "•◦▪"

_SAFE_LINK = re.compile(r"(?:https?://|mailto:|file:///)[\x21-\x7e]{1,2000}")
_AS_WRITTEN = str.maketrans({**dict.fromkeys(BULLETS, "-"), "▎": ">", "■": "- [x]", "□": "- [ ]"})
"""What stands for the ornaments at the left of a row in markdown."""


class _Kept(NamedTuple):
    owner: object
    rows: list[Row]


class Renderer:
    """Draws for one palette and one width. Rows of finished blocks are kept on the blocks, so an unchanged block gives
    the same row objects again; another width or palette needs another renderer."""

    def __init__(
        self, palette: Palette, width: int, *, lead: Sequence[Span] = (), ground: Ground = "background"
    ) -> None:
        self.palette = palette
        self.width = width
        """Cells in which the rows must fit, `lead` included."""
        self.lead = tuple(lead)
        self.ground: Ground = ground
        self.base = palette.style("text", ground)
        self._references: References | None = None

    def top(self, block: AnyBlock, *, open_ended: bool = False, references: References | None = None) -> list[Row]:
        """The rows of a top-level block, the empty one above it included. `references`: those of its text."""
        self._references = references
        return self._block(block, self.lead, self.lead, open_ended)

    def _block(self, block: AnyBlock, lead: Sequence[Span], rest: Sequence[Span], open_ended: bool) -> list[Row]:
        if block.final and isinstance(kept := block.drawn, _Kept) and kept.owner is self:
            return kept.rows
        rows = [Row(rest, self.base, margin=_length(rest))] if block.gap else []
        rows += self._body(block, lead, rest, open_ended and not block.final)
        if block.final:
            block.drawn = _Kept(self, rows)
        return rows

    def _body(self, block: AnyBlock, lead: Sequence[Span], rest: Sequence[Span], open_ended: bool) -> list[Row]:
        match block:
            case Paragraph():
                return self._paragraph("\n".join(block.lines), lead, rest, "text", 0, open_ended)
            case Heading():
                return self._heading(block, lead, rest)
            case Fence():
                return self._fence(block, lead, rest)
            case ListItem():
                return self._item(block, lead, rest, open_ended)
            case Quote():
                return self._quote(block, lead, rest, open_ended)
            case Table():
                return self._table(block, lead, rest)
            case Rule():
                line = "─" * max(1, min(self.width, PROSE_WIDTH) - width_of(lead))
                return [Row([*lead, (line, self.palette.style("faint", self.ground))], self.base, margin=_length(lead))]

    def _paragraph(
        self, text: str, lead: Sequence[Span], rest: Sequence[Span], meaning: str, attributes: int, open_ended: bool
    ) -> list[Row]:
        spans = self.spans(self.inline(text, open_ended=open_ended), meaning, attributes)
        if not spans and open_ended:
            return []
        width = max(4, min(self.width, PROSE_WIDTH) - width_of(lead))
        rows: list[Row] = []
        for line, joint in wrap(spans, width):
            rows.append(Row([*lead, *line], self.base, margin=_length(lead), joint=joint, mark=self.mark(lead)))
            lead = rest
        return rows

    def mark(self, lead: Sequence[Span]) -> str:
        """What stands left of a row, inside the document, as it is written."""
        return "".join([text for text, _ in lead])[_length(self.lead) :].translate(_AS_WRITTEN)

    def _heading(self, block: Heading, lead: Sequence[Span], rest: Sequence[Span]) -> list[Row]:
        meaning = "accent" if block.level == 1 else "text" if block.level == 2 else "muted"
        return self._paragraph(block.text, lead, rest, meaning, BOLD, False)

    def _item(self, block: ListItem, lead: Sequence[Span], rest: Sequence[Span], open_ended: bool) -> list[Row]:
        marker, meaning = self._marker(block)
        inner = [*rest, (" " * len(marker), self.base)]
        first = [*lead, (marker, self.palette.style(meaning, self.ground))]
        rows = self._document(block.body.blocks, first, inner, open_ended)
        return rows or [Row(first, self.base, margin=_length(first))]

    def _marker(self, block: ListItem) -> tuple[str, str]:
        if block.task is not None:
            return ("■ ", "success") if block.task else ("□ ", "muted")
        if block.number is not None:
            return f"{block.number}. ", "muted"
        return f"{BULLETS[min(block.depth, len(BULLETS) - 1)]} ", "muted"

    def _quote(self, block: Quote, lead: Sequence[Span], rest: Sequence[Span], open_ended: bool) -> list[Row]:
        bar = ("▎ ", self.palette.style("faint", self.ground))
        return self._document(block.body.blocks, [*lead, bar], [*rest, bar], open_ended)

    def _document(
        self, blocks: list[AnyBlock], lead: Sequence[Span], rest: Sequence[Span], open_ended: bool
    ) -> list[Row]:
        rows: list[Row] = []
        for block in blocks:
            rows += self._block(block, lead if not rows else rest, rest, open_ended)
        return rows

    def _fence(self, block: Fence, lead: Sequence[Span], rest: Sequence[Span]) -> list[Row]:
        kept = block.code.drawn
        if not (isinstance(kept, CodeRows) and kept.owner is self):
            kept = block.code.drawn = CodeRows(self, block.code, self.palette, self.width, rest, self.mark(rest))
        rows = kept.rows(block.partial)
        if rows and lead is not rest:
            first = rows[0]
            rows = [
                Row(
                    [*lead, *first.spans[len(rest) :]],
                    first.fill,
                    margin=first.margin,
                    joint=first.joint,
                    mark=self.mark(lead),
                ),
                *rows[1:],
            ]
        return rows

    def _table(self, block: Table, lead: Sequence[Span], rest: Sequence[Span]) -> list[Row]:
        kept = block.layout[0] if block.layout else None
        if not (isinstance(kept, TableLayout) and kept.renderer is self):
            kept = TableLayout(self, block, rest)
            block.layout[:] = [kept]
        rows = kept.rows(block)
        if rows and lead is not rest:
            rows = [Row([*lead, *rows[0].spans[len(rest) :]], self.base, margin=rows[0].margin), *rows[1:]]
        return rows

    def inline(self, text: str, *, open_ended: bool = False) -> list[Piece]:
        """The inside of a paragraph or a cell of the block that is being drawn."""
        return parse_inline(text, open_ended=open_ended, references=self._references)

    def spans(self, pieces: Sequence[Piece], meaning: str = "text", attributes: int = 0) -> list[Span]:
        """Inline pieces in the colours of the palette."""
        return [(text, self._style(flags, url, meaning, attributes)) for text, flags, url in pieces]

    def _style(self, flags: int, url: str, meaning: str, attributes: int) -> Style:
        if flags & STRONG:
            attributes |= BOLD
        if flags & EMPHASIS:
            attributes |= ITALIC
        if flags & STRUCK:
            attributes |= STRIKE
        if flags & CODE:
            meaning = "code"
        link = ""
        if flags & LINK:
            meaning = "accent" if not flags & CODE else meaning
            attributes |= UNDERLINE
            link = url if _SAFE_LINK.fullmatch(url) else ""
        elif flags & ADDRESS:
            meaning = "muted"
        return self.palette.style(meaning, self.ground, attributes, link)


def forget_references(block: AnyBlock) -> bool:
    """What was drawn of a block is void if a reference may be in it; returns whether it is."""
    match block:
        case Paragraph(lines=lines):
            may_refer = any("[" in line for line in lines)
        case Heading(text=text):
            may_refer = "[" in text
        case Table():
            may_refer = any("[" in cell for cells in (block.header, *block.rows) for cell in cells)
            if may_refer:
                block.layout.clear()
        case Quote(body=body) | ListItem(body=body):
            may_refer = sum([forget_references(inner) for inner in body.blocks]) > 0
        case _:
            may_refer = False
    if may_refer:
        block.drawn = None
    return may_refer


def _length(spans: Sequence[Span]) -> int:
    return sum([len(text) for text, _ in spans])
