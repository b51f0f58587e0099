"""Paints a frame, and asks only the widgets that show something of what is to be painted.

Textual draws every widget in the rectangle around all that is dirty, those behind others too, and cuts what they drew
at the edges of all: for each frame of a streamed reply the boxes around the conversation, in full, to be thrown away.
Here the widget in front is asked, for the lines that are dirty. What is behind it never shines through it, so the
picture is the same.
"""

# There is no public way to paint.
# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import cast

import textual.screen
from rich.console import Console
from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class FrontUpdate(ChopsUpdate):
    """What has changed of a frame."""

    def render_segments(self, console: Console) -> str:
        """Return what to send to the terminal."""
        sent: list[str] = []
        for y, left, right in self.spans:
            for (x, strip), end in zip(self.chops[y].items(), self.chop_ends[y], strict=True):
                if strip is None or x >= right or end <= left:
                    continue
                shown = strip if end <= right else strip.crop(0, right - x)
                sent += (f"\x1b[{y + 1};{x + 1}H", shown.render(console))
        return "".join(sent)


class FrontCompositor(Compositor):
    _layout: tuple[object, object] = (None, None)
    _stacks: Sequence[Mapping[int, Sequence[Widget]]] = ()
    """Of the layout: the widgets at each cut of each line, from front to back."""

    def render_partial_update(self) -> ChopsUpdate | None:
        dirty = self._dirty_regions.copy()
        self._dirty_regions.clear()
        spans = [span for span in self._regions_to_spans(dirty) if span[0] < self.size.height]
        if not spans:
            return None
        return FrontUpdate(self._paint(spans), spans, [cuts[1:] for cuts in self.cuts])

    def _render_chops(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> Sequence[Mapping[int, Strip]]:
        painted = self._paint((y, crop.x, crop.right) for y in crop.line_range if is_rendered_line(y))
        return cast("Sequence[Mapping[int, Strip]]", painted)

    def _paint(self, spans: Iterable[tuple[int, int, int]]) -> list[dict[int, Strip | None]]:
        """Paint the columns `[left, right)` of lines, each `(y, left, right)`; what else there is stays None.

        Returns:
            For each line, the piece that begins at each cut.
        """
        cuts, stacks = self.cuts, self._stacked()
        lines: list[dict[int, Strip | None]] = [dict.fromkeys(line[:-1]) for line in cuts]
        holes = [(y, x) for y, left, right in spans for x, end in pairwise(cuts[y]) if x < right and end > left]
        depth = 0
        while holes:
            asked: dict[Widget, dict[int, list[int]]] = {}
            for y, x in holes:
                if depth < len(stack := stacks[y][x]):
                    asked.setdefault(stack[depth], {}).setdefault(y, []).append(x)
            for widget, wanted in asked.items():
                self._fill(lines, widget, wanted)
            holes = [(y, x) for wanted in asked.values() for y in wanted for x in wanted[y] if lines[y][x] is None]
            depth += 1  # of a line that ended early, the rest is what is behind it
        return lines

    def _fill(self, lines: list[dict[int, Strip | None]], widget: Widget, wanted: Mapping[int, Sequence[int]]) -> None:
        """Let a widget draw its lines that have holes, and put what it drew into these."""
        region, clip = self.visible_widgets[widget]
        left, _, width, _ = region.intersection(clip)
        top, bottom = min(wanted), max(wanted)
        drawn = widget.render_lines(Region(left - region.x, top - region.y, width, bottom - top + 1))
        for y, holes in wanted.items():
            strip, line = drawn[y - top], lines[y]
            ends = [cut for cut in self.cuts[y] if left < cut <= left + width]
            for x, piece in zip((left, *ends), strip.divide([end - left for end in ends]), strict=False):
                if x in holes:
                    line[x] = piece

    def _stacked(self) -> Sequence[Mapping[int, Sequence[Widget]]]:
        widgets, cuts = self.visible_widgets, self.cuts
        if self._layout[0] is not widgets or self._layout[1] is not cuts:
            stacks: list[dict[int, list[Widget]]] = [{cut: [] for cut in line[:-1]} for line in cuts]
            for widget, (region, clip) in widgets.items():
                left, top, width, height = region.intersection(clip)
                for stack in stacks[top : top + height]:
                    for cut, there in stack.items():
                        if left <= cut < left + width:
                            there.append(widget)
            self._layout, self._stacks = (widgets, cuts), stacks
        return self._stacks


def paint_front_to_back() -> None:
    """For all screens that are made from now on. May be called again."""
    textual.screen.Compositor = FrontCompositor  # pyright: ignore[reportPrivateImportUsage]
