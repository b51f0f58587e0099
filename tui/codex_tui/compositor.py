"""Paints a frame from front to back, and asks only the widgets that show something of what is to be painted.

Textual draws every widget in the rectangle around all that is dirty, those behind others too, and cuts what they drew
at the edges of all: for each frame of a streamed reply the boxes around the conversation, in full, to be thrown away.
Here a widget is asked for the lines that still have a hole where it is, and nobody once there is none. What is behind
a widget never shines through it, so the picture is the same.
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
        cuts = self.cuts
        lines: list[dict[int, Strip | None]] = [dict.fromkeys(line[:-1]) for line in cuts]
        holes: dict[int, set[int]] = {}
        for y, left, right in spans:
            holes.setdefault(y, set()).update(x for x, end in pairwise(cuts[y]) if x < right and end > left)
        for widget, (region, clip) in self.visible_widgets.items():
            if not holes:
                break
            x, top, width, height = region.intersection(clip)
            end = x + width
            asked = [y for y in range(top, top + height) if y in holes and any(x <= hole < end for hole in holes[y])]
            if not asked:
                continue
            part = Region(x - region.x, asked[0] - region.y, width, asked[-1] - asked[0] + 1)
            strips = widget.render_lines(part)
            for y in asked:
                own = [cut for cut in cuts[y] if x <= cut <= end]
                pieces = strips[y - asked[0]].divide([cut - x for cut in own[1:]])
                for cut, piece in zip(own, pieces, strict=False):  # a strip may end early
                    if cut in holes[y]:
                        lines[y][cut] = piece
                        holes[y].remove(cut)
                if not holes[y]:
                    del holes[y]
        return lines


def paint_front_to_back() -> None:
    """For all screens that are made from now on. May be called again."""
    textual.screen.Compositor = FrontCompositor  # pyright: ignore[reportPrivateImportUsage]
