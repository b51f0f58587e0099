"""Facts as a section: a name and what is so of it on each line; what is too long goes on below itself."""

from __future__ import annotations

from collections.abc import Iterable

from codex_tui.detail.section import LEAD, RIGHT, Brush, Section
from codex_tui.lines.row import Row, wrap
from codex_tui.sanitize import clip, sanitize

LANGUAGE = "facts"
"""Of a text block that is made of them; see `facts_text`."""
_NAME = 10
"""Cells of the column of names."""


def facts_text(facts: Iterable[tuple[str, str]]) -> str:
    """Names and values as a text of which `Facts` can be made; a fact without a value is left out."""
    return "\n".join([f"{name}\t{value}".replace("\n", "\n\t") for name, value in facts if value])


class Facts(Section):
    def __init__(self, text: str) -> None:
        lines = [line.partition("\t") for line in text.split("\n")]
        self._lines = [(_line(name), _line(value)) for name, _, value in lines]
        self.size = len(self._lines)

    def estimate(self, index: int, width: int) -> int:
        return 1 + len(self._lines[index][1]) // max(8, width - LEAD - RIGHT - _NAME)

    def draw(self, index: int, brush: Brush) -> list[Row]:
        name, value = self._lines[index]
        rows: list[Row] = []
        for line, joint in wrap([brush.span(clip(value), "text")], max(8, brush.room - _NAME)):
            rows.append(brush.line([brush.span(f"{name:<{_NAME}}", "muted"), *line], joint=joint, margin=_NAME))
            name = ""
        return rows

    def source(self, index: int) -> str:
        name, value = self._lines[index]
        return f"{name:<{_NAME}}{value}"


def _line(text: str) -> str:
    return sanitize(text, reveal=True).replace("\n", " ")
