"""What stands below a tool row that is open: the same blocks as in the detail pane, indented."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from rich.style import Style

from codex_tui.lines.row import Row, Span, width_of
from codex_tui.palette import Palette

if TYPE_CHECKING:
    from codex_core.protocol import Block

INDENT = 5
RIGHT = 2
ROWS = 400
"""More of one call is left to the detail pane."""


class ToolContent(Protocol):
    """Knows what calls have to show."""

    def blocks(self, call_id: str) -> Sequence[Block]:
        """What there is to see of a call now."""
        ...

    def words(self, call_id: str) -> str:
        """All text in that, to be searched."""
        ...


def opened_rows(blocks: Sequence[Block], title: str, palette: Palette, width: int, *, plain: bool = False) -> list[Row]:
    """At most `ROWS` rows, and one that says how much is left out. `plain` leaves the colours of code out, which cost
    most of it: for who wants the text only."""
    from codex_tui.detail.blocks import sections, without_language  # start-up time: it needs the protocol
    from codex_tui.detail.section import Brush

    base = palette.style("text")
    brush = Brush(palette, max(16, width - INDENT - RIGHT))
    lead: list[Span] = [(" " * INDENT, base)]
    rows: list[Row] = []
    left = 0
    for section in sections([without_language(block) for block in blocks] if plain else blocks, title):
        for line in range(section.size):
            if len(rows) < ROWS:
                rows += [_indented(row, lead, brush.width, base) for row in section.draw(line, brush)]
            else:
                left += 1
    if left:
        note = brush.line([brush.span(f"… {left:,} more lines: F3 shows them all", "muted")])
        rows.append(_indented(note, lead, brush.width, base))
    return rows


def _indented(row: Row, lead: list[Span], width: int, fill: Style) -> Row:
    spans = row.spans
    pad = max(0, width - width_of(spans))
    return Row(
        [*lead, *spans, (" " * pad, row.fill)],
        fill,
        margin=row.margin + INDENT,
        joint=row.joint,
        trailing=row.trailing + pad,
        mark=row.mark,
    )
