"""A small picture of everything a theme colours: words, states, code, a change, the status line."""

from __future__ import annotations

from typing import NamedTuple, cast

from textual.app import App
from textual.strip import Strip
from textual.widget import Widget

from codex_tui.lines.row import Row, Span, width_of
from codex_tui.palette import BOLD, ITALIC, UNDERLINE, Ground, Palette, palette_named


class _Piece(NamedTuple):
    text: str
    meaning: str = "text"
    attributes: int = 0
    ground: Ground | None = None
    """None: that of the line."""


class _Line(NamedTuple):
    pieces: tuple[_Piece, ...] = ()
    ground: Ground = "background"
    right: _Piece | None = None


def _call(glyph: str, meaning: str, name: str, what: str, took: str, ground: Ground = "background") -> _Line:
    pieces = (_Piece(f"  {glyph} ", meaning), _Piece(f"{name:<10}"), _Piece(what, "muted"))
    return _Line(pieces, ground, _Piece(f"{took} ", "muted"))


def _change(sign: str, meaning: str, ground: Ground, word: Ground, name: str) -> _Line:
    lead = (_Piece("  11 ", "muted"), _Piece(f"{sign} ", meaning, BOLD), _Piece("    return ", "syntax.keyword"))
    return _Line((*lead, _Piece(name, "text", BOLD, word), _Piece("()", "syntax.operator")), ground)


_GAP = _Line()
_LINES = (
    _GAP,
    _Line((_Piece("▌", "user"), _Piece(" fix the flaky clock test", "text", BOLD)), "surface"),
    _GAP,
    _Line((_Piece("  ◇ two clocks, two processes", "reasoning", ITALIC),)),
    _Line(
        (
            _Piece("  The "),
            _Piece("source", "code"),
            _Piece(" goes in, "),
            _Piece("frozen", "text", BOLD),
            _Piece("; see "),
            _Piece("the docs", "accent", UNDERLINE),
        )
    ),
    _GAP,
    _call("✓", "success", "read_file", "src/clock.py", "4ms"),
    _call("✗", "danger", "shell", "pytest -q", "2.1s"),
    _call("?", "warning", "edit_file", "src/clock.py", "asked", "panel"),
    _call("●", "accent", "shell", "pytest -q", "14s"),
    _GAP,
    _Line((_Piece("  @cached", "syntax.decorator"), _Piece("  # once a second", "syntax.comment")), "surface"),
    _Line(
        (
            _Piece("  def ", "syntax.keyword"),
            _Piece("now", "syntax.function"),
            _Piece("(self, at="),
            _Piece("60", "syntax.number"),
            _Piece(") -> "),
            _Piece("float", "syntax.type"),
            _Piece(": "),
            _Piece('"s"', "syntax.string"),
        ),
        "surface",
    ),
    _GAP,
    _change("−", "removed", "removed_background", "removed_word", "time.time"),
    _change("+", "added", "added_background", "added_word", "self._source"),
    _GAP,
    _Line(
        (_Piece("  ask", "warning", BOLD), _Piece(" · ", "muted"), _Piece("sandbox A", "success")),
        right=_Piece("▰▰▰▱▱▱▱▱ 34% ", "accent"),
    ),
    _Line((_Piece("  "), _Piece("what the mouse has selected", "text", 0, "selection"))),
)
FULL_HEIGHT = len(_LINES)


class ThemeSample(Widget):
    """Drawn in the theme that the app wears. Where it is low, the gaps go first."""

    def render_line(self, y: int) -> Strip:
        app = cast("App[object]", self.app)
        palette = palette_named(app.theme)
        lines = _LINES if self.size.height >= FULL_HEIGHT else [line for line in _LINES if line is not _GAP]
        line = lines[y] if y < len(lines) else _GAP
        return _row(line, palette, self.size.width).make_strip(self.size.width)


def _row(line: _Line, palette: Palette, width: int) -> Row:
    fill = palette.style("text", line.ground)

    def span(piece: _Piece) -> Span:
        return (piece.text, palette.style(piece.meaning, piece.ground or line.ground, piece.attributes))

    spans = [span(piece) for piece in line.pieces]
    if line.right is not None and (room := width - width_of(spans) - len(line.right.text)) > 0:
        spans += [(" " * room, fill), span(line.right)]
    return Row(spans, fill)
