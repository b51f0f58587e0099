"""Draws the rows and the header of a timeline."""

from __future__ import annotations

from collections.abc import Mapping

from rich.cells import cell_len

from codex_tui.glyphs import STATUS, duration
from codex_tui.lines.row import Row, Span, truncate, truncate_start, width_of
from codex_tui.palette import BOLD, UNDERLINE, Ground, Palette
from codex_tui.sanitize import sanitize_line
from codex_tui.timeline.filters import FILTERS, Filter, offered_filters
from codex_tui.timeline.row import TimelineRow
from codex_tui.timeline.sieve import Sieve

CLOCK_FROM = 38
"""Columns from which on the time of day is shown."""
SUBJECT_LEAST, MODEL_LEAST = 14, 15
"""Badges are left out before the subject becomes shorter than this; of a model call there is less to say with them."""
_SUBJECT_READ = 400
"""Characters of a subject that are looked at."""
_LOUD = {"full": "danger", "no": "danger"}


def step_row(
    row: TimelineRow, palette: Palette, width: int, label_width: int, elapsed_s: float | None, *, mark: str, lit: bool
) -> Row:
    ground: Ground = "panel" if lit else "background"
    style = palette.style
    base = style("text", ground)
    glyph, meaning = STATUS.get(row.status, STATUS["running"])
    label = truncate(sanitize_line(row.label, reveal=True), label_width)
    spans: list[Span] = [(mark, style("accent", ground))]
    if width >= CLOCK_FROM:
        spans.append((f"{sanitize_line(row.at)} ", style("muted", ground)))
    spans += [(glyph, style(meaning, ground, BOLD)), (" ", base)]
    spans.append((label + " " * (label_width - cell_len(label) + 1), base))
    room = width - width_of(spans) - 8
    badges: list[Span] = []
    for badge in row.badges:
        badges.append((f" {badge}", style(_LOUD.get(badge, "muted"), ground)))
    if room - width_of(badges) < (SUBJECT_LEAST if row.kind == "tool" else MODEL_LEAST):
        badges = []
    room = max(0, room - width_of(badges))
    subject = _fitted(row.subject, room)
    spans.append((subject + " " * (room - cell_len(subject)), style("muted", ground)))
    spent = duration(elapsed_s) if elapsed_s is not None else "wait" if row.status == "waiting" else ""
    loud = {"waiting": "warning", "running": "accent", "paused": "warning"} if row.duration_s is None else {}
    spans += [*badges, (f"{spent:>6} ", style(loud.get(row.status, "muted"), ground))]
    return Row(spans, base, margin=1)


def _fitted(subject: str, room: int) -> str:
    """The beginning of what was done; of a path, its end."""
    start = subject[:_SUBJECT_READ]
    if "/" in start and " " not in start and "://" not in start:
        return truncate_start(sanitize_line(subject[-_SUBJECT_READ:], reveal=True), room)
    return truncate(sanitize_line(start, reveal=True), room)


def title_row(facts: str, palette: Palette, width: int) -> Row:
    style, base = palette.style, palette.style("text")
    title = "TIMELINE"
    gap = " " * max(2, width - 3 - len(title) - len(facts))
    return Row([(" ", base), (title, style("muted", "background", BOLD)), (gap, base), (facts, style("muted"))], base)


def filter_row(counts: Mapping[Filter, int], active: Filter, palette: Palette, width: int) -> Row:
    """The filters with their counts; the key that goes through them first."""
    style, base = palette.style, palette.style("text")
    spans: list[Span] = [(" f ", style("accent"))]
    for name in offered_filters(counts, active):
        is_active = name == active
        words = style("accent", "background", BOLD | UNDERLINE) if is_active else style("muted")
        chip: list[Span] = [(name, words), (f" {counts[name]}", style("text" if is_active else "muted")), ("  ", base)]
        if width_of(spans) + width_of(chip) - 2 > width and not is_active:
            continue
        spans += chip
    return Row(spans, base)


def filter_at(x: int, row: Row) -> Filter | None:
    """The filter that is drawn in cell `x` of its row."""
    position = 0
    last: Filter | None = None
    for text, _ in row.spans:
        for name in FILTERS:
            last = name if name == text else last
        position += cell_len(text)
        if x < position:
            return last if text.strip() and text.strip() != "f" else None
    return None


def words_row(sieve: Sieve, counts: Mapping[Filter, int], palette: Palette, width: int, *, is_typing: bool) -> Row:
    """What is searched for, and how many steps hold it; of the filter's, if one is set."""
    style, base = palette.style, palette.style("text")
    found, total = len(sieve), counts[sieve.name]
    facts = f"{found} of {total}" if sieve.name == "all" else f"{found} of {total} {sieve.name}"
    hint = "  Enter keep  Esc all" if is_typing else "  Esc all"
    room = width - 4 - len(facts) - (len(hint) if width >= 46 else 0) - 3
    shown = sanitize_line(sieve.words, reveal=True)
    while cell_len(shown) > max(4, room):
        shown = shown[1:]
    spans: list[Span] = [(" / ", style("accent")), (shown, style("text", "background", BOLD))]
    if is_typing:
        spans.append(("▏", style("accent")))
    gap = max(1, width - width_of(spans) - len(facts) - (len(hint) if width >= 46 else 0) - 1)
    spans += [(" " * gap, base), (facts, style("muted" if found else "warning"))]
    if width >= 46:
        spans.append((hint, style("muted")))
    return Row(spans, base)
