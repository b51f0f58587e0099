"""pyte's screen, mended where real terminals do otherwise.

Half of a wide character never stays when the other half is overwritten; characters without a width take no cell and
end nothing; dim is a look of its own; what is written past the right edge while lines do not wrap is counted.
"""

from __future__ import annotations

import unicodedata
from typing import TypeAlias

import pyte
from pyte import modes
from pyte.screens import Char
from wcwidth import wcwidth

Cells: TypeAlias = tuple[tuple[Char, ...], ...]
"""Row by row. `data` is empty right of a wide character, `blink` stands for dim."""

_COLOR_LENGTHS = {2: 4, 5: 2}
"""Of the parameters after 38 and 48, by the first of them."""


class CellScreen(pyte.Screen):
    overruns = 0
    """How often something was written past the right edge."""

    @property
    def cells(self) -> Cells:
        return tuple(tuple(self.buffer[y][x] for x in range(self.columns)) for y in range(self.lines))

    def draw(self, data: str) -> None:
        for character in data.translate(self.g1_charset if self.charset else self.g0_charset):
            width = wcwidth(character)
            if width > 0:
                self._put(character, width)
            elif width == 0 and unicodedata.combining(character):
                self._combine(character)
        self.dirty.add(self.cursor.y)

    def _put(self, character: str, width: int) -> None:
        cursor = self.cursor
        if cursor.x + width > self.columns:
            if modes.DECAWM in self.mode:
                self.carriage_return()
                self.linefeed()
            else:
                self.overruns += 1
                cursor.x = self.columns - width
        line, x = self.buffer[cursor.y], cursor.x
        for edge in (x, x + width):
            if 0 < edge < self.columns and not line[edge].data:
                line[edge - 1] = line[edge - 1]._replace(data=" ")
                line[edge] = line[edge]._replace(data=" ")
        line[x] = cursor.attrs._replace(data=character)
        if width == 2:
            line[x + 1] = cursor.attrs._replace(data="")
        cursor.x = x + width

    def _combine(self, mark: str) -> None:
        line, x = self.buffer[self.cursor.y], self.cursor.x - 1
        if x > 0 and not line[x].data:
            x -= 1
        if x >= 0:
            line[x] = line[x]._replace(data=unicodedata.normalize("NFC", line[x].data + mark))

    def select_graphic_rendition(self, *attrs: int) -> None:
        super().select_graphic_rendition(*attrs)
        plain = _without_colors(attrs)
        if 2 in plain:
            self.cursor.attrs = self.cursor.attrs._replace(blink=True)
        elif 22 in plain:
            self.cursor.attrs = self.cursor.attrs._replace(blink=False)


def _without_colors(attrs: tuple[int, ...]) -> list[int]:
    plain: list[int] = []
    rest = list(attrs)
    while rest:
        first = rest.pop(0)
        if first in (38, 48) and rest:
            del rest[: _COLOR_LENGTHS.get(rest[0], 1)]
        else:
            plain.append(first)
    return plain
