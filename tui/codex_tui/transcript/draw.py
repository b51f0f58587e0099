"""Draws the entries of a transcript, all but markdown, as rows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.cells import cell_len
from rich.style import Style

from codex_tui.glyphs import LEVEL, OUTCOME, STATUS, STEP, spoken_duration
from codex_tui.lines.row import Row, Span, fold, truncate, width_of, wrap
from codex_tui.palette import BOLD, ITALIC, Ground, Palette
from codex_tui.sanitize import clip, sanitize, sanitize_line
from codex_tui.transcript.entries import Notice, Plan, Reasoning, Separator, ToolCall, UserTurn

LEAD = 3
"""Cells left of all text; the user's bar stands in them."""
RIGHT = 2
TAIL_LINES = 8
USER_LINES = 24
"""Lines of a pasted prompt that are shown, if there are not just a few more."""
FEW_LINES = 6
NOTICE_LINES = 400

TIMES_FROM = 60
"""Columns from which on the time of a prompt is shown."""

_COUNTS = re.compile(r"(?<!\S)(?:\+[\d,]+|[-−][\d,]+)(?!\S)")


class Brush:
    """Draws for one palette and width."""

    def __init__(self, palette: Palette, width: int) -> None:
        self.palette = palette
        self.width = width
        self.base = palette.style("text")
        self.lead: tuple[Span, ...] = ((" " * LEAD, self.base),)

    def gap(self) -> Row:
        return Row([], self.base)

    def paint(self, meaning: str, attributes: int = 0, ground: Ground = "background") -> Style:
        return self.palette.style(meaning, ground, attributes)

    @property
    def room(self) -> int:
        """Cells for text."""
        return max(8, self.width - LEAD - RIGHT)

    def user(self, entry: UserTurn, *, marked: bool = False) -> list[Row]:
        ground: Ground = "panel" if marked else "surface"
        bar = ((" ", self.base), ("▌", self.paint("user", 0, ground)), (" ", self.paint("text", 0, ground)))
        text = self.paint("text", BOLD, ground)
        fill = self.paint("text", 0, ground)
        time = sanitize_line(entry.at) if self.width >= TIMES_FROM else ""
        room = self.room - (cell_len(time) + 2 if time else 0)
        lines = sanitize(entry.text).strip("\n").split("\n")
        cut = len(lines) - USER_LINES
        if cut <= FEW_LINES:
            cut = 0
        rows: list[Row] = []
        for line in lines[: len(lines) - cut]:
            for spans, joint in wrap([(clip(line), text)], room):
                rows.append(self._band([*bar, *spans], fill, joint, "" if rows else time))
        if cut > 0:
            note = (f"… {cut:,} more lines", self.paint("muted", 0, ground))
            rows.append(self._band([*bar, note], fill, "\n"))
        return rows

    def _band(self, spans: list[Span], fill: Style, joint: str, time: str = "") -> Row:
        right = f"{time} " if time else ""
        pad = " " * max(0, self.width - 1 - width_of(spans) - len(right))
        quiet = self.paint("muted") + Style(bgcolor=fill.bgcolor)
        ends = [(pad, fill), (right, quiet)] if right else [(pad, fill)]
        return Row([*spans, *ends], self.base, margin=LEAD, joint=joint, trailing=len(pad) + len(right))

    def reasoning(self, entry: Reasoning, text: str, *, is_open: bool, is_live: bool, marked: bool) -> list[Row]:
        ground: Ground = "panel" if marked else "background"
        quiet = self.paint("reasoning", ITALIC, ground)
        if entry.duration_s is not None and entry.duration_s >= 0.05:
            head = f"◇ thought for {spoken_duration(entry.duration_s)}"
        else:
            head = "◇ thinking …" if is_live else "◇ thought"
        spans: list[Span] = [(head, quiet)]
        lines = [line for line in sanitize(text).split("\n") if line.strip()]
        if is_live and not is_open and lines:
            room = self.room - cell_len(head) - 2
            if room > 8:
                newest = lines[-1].strip().strip("*# ")
                spans.append(("  " + truncate(newest, room), self.paint("muted", ITALIC, ground)))
        rows = [Row([*self._lead(ground), *spans], self.paint("text", 0, ground), margin=LEAD)]
        if is_open:
            rows.append(self.gap())
            style = self.paint("muted", ITALIC)
            for line in sanitize(text).strip("\n").split("\n"):
                for part, joint in wrap([(clip(line), style)], self.room - 2):
                    rows.append(Row([*self.lead, ("  ", self.base), *part], self.base, margin=LEAD + 2, joint=joint))
        return rows

    def _lead(self, ground: Ground) -> list[Span]:
        return [(" " * LEAD, self.paint("text", 0, ground))]

    def tool(self, entry: ToolCall, *, marked: bool, is_open: bool = False) -> list[Row]:
        ground: Ground = "panel" if marked else "background"
        glyph, meaning = STATUS[entry.status]
        name = truncate(sanitize_line(entry.name, reveal=True), 24)
        detail = sanitize_line(entry.detail)
        head: list[Span] = [
            *self._lead(ground),
            (glyph, self.paint(meaning, BOLD, ground)),
            (" ", self.paint("text", 0, ground)),
            (name, self.paint("muted", 0, ground)),
        ]
        used = 2 + cell_len(name)
        room = self.room - used - 1
        wanted = cell_len(detail) + 2 if detail else 0
        if room - wanted < 12:
            detail, wanted = truncate(detail, max(0, room - 14)), 0 if room < 18 else min(wanted, room - 12)
        subject = truncate(sanitize_line(entry.subject[:600], reveal=True), max(4, room - wanted))
        words = "muted" if entry.status == "denied" else "text"
        head += [(" ", self.paint("text", 0, ground)), (subject, self.paint(words, 0, ground))]
        if detail and wanted:
            head.append(("  ", self.paint("text", 0, ground)))
            head += self.counted(detail, ground)
        rows = [Row(head, self.paint("text", 0, ground), margin=LEAD)]
        quiet = self.paint("muted")
        for line in entry.decided:
            text = truncate(sanitize_line(line[:2_000], reveal=True), self.room - 4)
            spans = [*self.lead, ("  ", self.base), ("↳ ", self.paint("accent")), (text, quiet)]
            rows.append(Row(spans, self.base, margin=LEAD + 2))
        for line in () if is_open else entry.tail[-TAIL_LINES:]:  # what is open shows all of it
            text = truncate(sanitize_line(line[:2_000]), self.room - 2)
            rows.append(Row([*self.lead, ("  ", self.base), (text, quiet)], self.base, margin=LEAD + 2))
        return rows

    def counted(self, detail: str, ground: Ground) -> list[Span]:
        """Quiet text in which `+3` and `−1` stand out."""
        spans: list[Span] = []
        position = 0
        quiet = self.paint("muted", 0, ground)
        for match in _COUNTS.finditer(detail):
            if match.start() > position:
                spans.append((detail[position : match.start()], quiet))
            meaning = "success" if match.group()[0] == "+" else "danger"
            spans.append((match.group(), self.paint(meaning, 0, ground)))
            position = match.end()
        if position < len(detail):
            spans.append((detail[position:], quiet))
        return spans

    def plan(self, entry: Plan) -> list[Row]:
        done = sum([status == "completed" for status, _ in entry.steps])
        rows = [self.line([("plan", self.paint("muted", BOLD)), (f"  {done}/{len(entry.steps)}", self.paint("muted"))])]
        if entry.explanation.strip():
            rows += self.wrapped(sanitize_line(entry.explanation), "muted", indent=0)
        for status, text in entry.steps:
            glyph, meaning = STEP[status]
            attributes = BOLD if status == "in_progress" else 0
            words = "muted" if status == "completed" else "text"
            first: list[Span] = [(f"{glyph} ", self.paint(meaning))]
            for part, joint in wrap([(sanitize_line(clip(text)), self.paint(words, attributes))], self.room - 2):
                rows.append(Row([*self.lead, *first, *part], self.base, margin=LEAD + 2, joint=joint))
                first = [("  ", self.base)]
        return rows

    def notice(self, entry: Notice) -> list[Row]:
        glyph, meaning = LEVEL[entry.level]
        words = "muted" if entry.level == "info" else "text"
        first: list[Span] = [(f"{glyph} ", self.paint(meaning, BOLD))]
        rows: list[Row] = []
        for line in sanitize(entry.text).strip("\n").split("\n")[:NOTICE_LINES]:
            for part, joint in wrap([(clip(line), self.paint(words))], self.room - 2):
                rows.append(Row([*self.lead, *first, *part], self.base, margin=LEAD + 2, joint=joint))
                first = [("  ", self.base)]
        return rows

    def separator(self, entry: Separator) -> list[Row]:
        glyph, meaning = OUTCOME[entry.outcome]
        words = "muted" if entry.outcome == "completed" else meaning
        whole, room, more = sanitize_line(clip(entry.text)), max(4, self.room - 6), ""
        if entry.outcome == "failed" and cell_len(whole) > room:
            whole, more = _parted(whole)
        text = truncate(whole, room)
        label: list[Span] = [(f"{glyph} ", self.paint(meaning)), (text, self.paint(words))]
        line = "─" * max(0, self.room - width_of(label) - 1)
        rows = [self.line([*label, (f" {line}", self.paint("faint"))])]
        return [*rows, *self.wrapped(more, "text", indent=2)] if more else rows

    def superseded(self, words: str, *, marked: bool) -> list[Row]:
        ground: Ground = "panel" if marked else "background"
        text = truncate(f"⊘ {words}", self.room)
        spans = [*self._lead(ground), (text, self.paint("muted", ITALIC, ground))]
        return [Row(spans, self.paint("text", 0, ground), margin=LEAD)]

    def line(self, spans: Sequence[Span]) -> Row:
        return Row([*self.lead, *spans], self.base, margin=LEAD)

    def wrapped(self, text: str, meaning: str, indent: int) -> list[Row]:
        pad = (" " * indent, self.base)
        return [
            Row([*self.lead, pad, *part], self.base, margin=LEAD + indent, joint=joint)
            for part, joint in wrap([(text, self.paint(meaning))], self.room - indent)
        ]

    def code(self, text: str, meaning: str) -> list[Row]:
        """Lines that are broken anywhere."""
        return [
            Row([*self.lead, *part], self.base, margin=LEAD, joint=joint)
            for line in text.split("\n")
            for part, joint in fold([(line, self.paint(meaning))], self.room)
        ]


def _parted(words: str) -> tuple[str, str]:
    """`failed · 14 s · the reason, which is long`: how it ended, and why, for lines of its own."""
    parts = words.split(" · ", 2)
    return (" · ".join(parts[:2]), parts[2]) if len(parts) == 3 else ("failed", words)
