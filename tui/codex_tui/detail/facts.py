"""Facts as a section: a name and what is so of it on each line; what is too long goes on below itself."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len

from codex_tui.detail.section import LEAD, RIGHT, Brush, Section
from codex_tui.lines.row import Row, truncate, wrap
from codex_tui.sanitize import clip, sanitize

LANGUAGE = "facts"
"""Of a text block that is made of them; see `facts_text`."""
_NAMES_LEAST, _NAMES_MOST = 10, 18
"""Cells of the column of names."""


def facts_text(facts: Iterable[tuple[str, str]]) -> str:
    """Names and values as a text of which `Facts` can be made; a fact without a value is left out."""
    named = [(" ".join(name.split()), value) for name, value in facts if value]
    return "\n".join([f"{name}\t{value}".replace("\n", "\n\t") for name, value in named])


class Facts(Section):
    def __init__(self, text: str) -> None:
        lines = [line.partition("\t") for line in text.split("\n")]
        self._lines = [(_line(name), _line(value)) for name, _, value in lines]
        self.size = len(self._lines)
        self._column = max(_NAMES_LEAST, min(_NAMES_MOST, max([cell_len(name) for name, _ in self._lines]) + 2))

    def estimate(self, index: int, width: int) -> int:
        return 1 + len(self._lines[index][1]) // max(8, width - LEAD - RIGHT - self._column)

    def draw(self, index: int, brush: Brush) -> list[Row]:
        name, value = self._lines[index]
        name = truncate(name, self._column - 2)
        rows: list[Row] = []
        for line, joint in wrap([brush.span(clip(value), "text")], max(8, brush.room - self._column)):
            lead = name + " " * (self._column - cell_len(name))
            rows.append(brush.line([brush.span(lead, "muted"), *line], joint=joint, margin=self._column))
            name = ""
        return rows

    def source(self, index: int) -> str:
        name, value = self._lines[index]
        return f"{name:<{self._column}}{value}"


def _line(text: str) -> str:
    return sanitize(text, reveal=True).replace("\n", " ")
