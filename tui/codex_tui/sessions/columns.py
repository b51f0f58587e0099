"""One session as a line of aligned columns; what does not fit is left out, the least important first."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.style import Style

from codex_tui.lines.row import Row, Span, truncate, truncate_start
from codex_tui.palette import BOLD, STRIKE, Ground, Palette
from codex_tui.sanitize import sanitize_line
from codex_tui.shelf import Hit, SessionRow

LEAD = 2
_GAP = 2
_STATE, _AGE, _TURNS, _COST = 13, 6, 5, 6
_FOLDER_LEAST, _FOLDER_MOST = 12, 28
_TITLE_LEAST = 28
"""Less of a title says too little: other columns go first."""
_TITLE_READ = 400
"""Characters of a title that are looked at."""
STATES = {
    "interrupted": ("!", "warning"),
    "paused": ("‖", "accent"),
    "elsewhere": ("●", "success"),
    "here": ("●", "accent"),
    "archived": ("▫", "muted"),
    "deleted": ("✗", "danger"),
}


class Columns(NamedTuple):
    """Their widths in cells; 0: the column is left out."""

    title: int
    state: int
    folder: int
    age: int
    turns: int
    cost: int


def columns_for(width: int, *, with_folder: bool) -> Columns:
    wanted = {"age": _AGE, "state": _STATE, "turns": _TURNS, "cost": _COST}
    if with_folder:
        wanted = {"age": _AGE, "state": _STATE, "folder": _FOLDER_LEAST, "turns": _TURNS, "cost": _COST}
    room = width - LEAD - 1 - _TITLE_LEAST
    taken: dict[str, int] = {}
    for name, cells in wanted.items():
        if cells + _GAP <= room:
            taken[name] = cells
            room -= cells + _GAP
    title = _TITLE_LEAST + max(0, room)
    if "folder" in taken:
        more = min(_FOLDER_MOST - _FOLDER_LEAST, max(0, title - 40) // 2)
        taken["folder"] += more
        title -= more
    return Columns(
        title=title,
        state=taken.get("state", 1),
        folder=taken.get("folder", 0),
        age=taken.get("age", 0),
        turns=taken.get("turns", 0),
        cost=taken.get("cost", 0),
    )._replace(title=title if "state" in taken else title - 1 - _GAP)


def header(columns: Columns, palette: Palette) -> Row:
    base, muted = palette.style("text"), palette.style("muted", "background", BOLD)
    cells = [
        _left("TITLE", columns.title),
        _left("STATE" if columns.state > 1 else "", columns.state),
        _left("FOLDER", columns.folder),
        _right("AGE", columns.age),
        _right("TURNS", columns.turns),
        _right("COST", columns.cost),
    ]
    return Row([(" " * LEAD, base), (_joined(cells), muted)], base)


def draw(
    row: SessionRow,
    columns: Columns,
    palette: Palette,
    *,
    hit: Hit | None,
    words: Sequence[str],
    now: float,
    is_current: bool,
    is_deleted: bool,
) -> list[Row]:
    """The line of a session, and below it the line in which the words were found."""
    ground: Ground = "panel" if is_current else "background"

    def style(meaning: str, attributes: int = 0) -> Style:
        return palette.style(meaning, ground, attributes)

    base, muted = style("text"), style("muted")
    title = " ".join(sanitize_line(row.title[:_TITLE_READ]).split()) or "(untitled)"
    origin = " · fork" if row.is_fork else ""
    shown = truncate(title, columns.title - len(origin))
    is_quiet = is_deleted or row.is_archived
    plain = style("muted" if is_quiet else "text", STRIKE if is_deleted else BOLD if is_current else 0)
    found = style("accent", BOLD | (STRIKE if is_deleted else 0))
    spans: list[Span] = [("▌ " if is_current else " " * LEAD, style("accent"))]
    spans += [*_marked(shown, words, plain, found), (origin, muted)]
    spans.append((" " * (columns.title - cell_len(shown) - len(origin)), base))
    word = "deleted" if is_deleted else "archived" if row.is_archived else row.state
    mark, meaning = STATES.get(word, (" ", "muted"))
    state = _left(f"{mark} {word}" if columns.state > 1 else mark, columns.state)
    spans += [(" " * _GAP, base), (state, style(meaning))]
    rest = [
        _left(truncate_start(sanitize_line(row.workspace[-_TITLE_READ:], reveal=True), columns.folder), columns.folder),
        _right(age(now - row.updated_at, row.updated_at), columns.age),
        _right(str(row.turns), columns.turns),
        _right("" if row.cost_usd is None else f"${row.cost_usd:.2f}", columns.cost),
    ]
    if tail := _joined(rest):
        spans.append((f"{' ' * _GAP}{tail}", muted))
    rows = [Row(spans, base, margin=LEAD)]
    if hit is not None and hit.who:
        rows.append(_hit_row(hit, columns, words, style))
    return rows


def _hit_row(hit: Hit, columns: Columns, words: Sequence[str], style: Callable[..., Style]) -> Row:
    width = columns.title + sum(cells + _GAP for cells in columns[1:] if cells)
    who = f"  {hit.who}: "
    line = truncate(" ".join(sanitize_line(hit.line).split()), max(8, width - len(who)))
    base = style("text")
    marked = _marked(line, words, style("muted"), style("accent", BOLD))
    return Row([(" " * LEAD, base), (who, style("muted")), *marked], base, margin=LEAD)


def _marked(text: str, words: Sequence[str], plain: Style, found: Style) -> list[Span]:
    """`text` with the words that were looked for standing out."""
    if not words:
        return [(text, plain)]
    pattern = re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)), re.IGNORECASE)
    spans: list[Span] = []
    at = 0
    for match in pattern.finditer(text):
        spans += [(text[at : match.start()], plain), (match.group(), found)]
        at = match.end()
    return [*spans, (text[at:], plain)]


def age(seconds: float, at: float) -> str:
    """`3 min`, `2 h`, `5 d`, then the date."""
    if seconds < 60:
        return "now"
    for size, unit, most in ((60, "min", 60), (3_600, "h", 24), (86_400, "d", 31)):
        if seconds < size * most:
            return f"{int(seconds // size)} {unit}"
    then = time.localtime(at)
    return time.strftime("%b %d" if seconds < 300 * 86_400 else "%Y", then)


def _left(text: str, width: int) -> str:
    shown = truncate(text, width) if width else ""
    return shown + " " * (width - cell_len(shown))


def _right(text: str, width: int) -> str:
    shown = truncate(text, width) if width else ""
    return " " * (width - cell_len(shown)) + shown


def _joined(cells: Sequence[str]) -> str:
    return (" " * _GAP).join(cell for cell in cells if cell)
