"""Textual's own compositor is the measure: what ours paints is the same picture, and it asks fewer widgets for it."""

# pyright: reportPrivateUsage=false
from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from rich.segment import Segment
from rich.style import Style
from textual._compositor import Compositor
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from codex_tui.compositor import FrontCompositor, paint_front_to_back
from tests.support.emulator import Emulator

WIDTH, HEIGHT = 60, 20
TEXTS = ("plain ", "wide 漢字", "é combined ", "🙂 ")


class Box(Widget):
    """Somewhere on the screen, over others or under them; remembers the lines that it was asked for."""

    def __init__(self, name: str, place: Region, layer: str) -> None:
        super().__init__(name=name)
        self.asked: list[range] = []
        self.text = name + " "
        self.styles.offset = (place.x, place.y)
        self.styles.width, self.styles.height = place.width, place.height
        self.styles.layer = layer
        self.styles.position = "absolute"

    def render_lines(self, crop: Region) -> list[Strip]:
        self.asked.append(crop.line_range)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        style = Style(bold=y % 2 == 0)
        return Strip([Segment(f"{self.text}{y} " * 20, style)]).crop(0, self.size.width)


class Desk(App[None]):
    CSS = "Screen { layers: low middle high; }"

    def __init__(self, *boxes: Box) -> None:
        paint_front_to_back()
        super().__init__()
        self.boxes = boxes

    def compose(self) -> ComposeResult:
        yield from self.boxes

    @property
    def compositor(self) -> FrontCompositor:
        compositor = self.screen._compositor
        assert isinstance(compositor, FrontCompositor)
        return compositor


def some_boxes(chance: random.Random) -> list[Box]:
    def some_place() -> Region:
        return Region(chance.randrange(-9, 50), chance.randrange(-4, 18), chance.randrange(1, 60), chance.randrange(21))

    boxes = [Box(chr(65 + n), some_place(), chance.choice(("low", "middle", "high"))) for n in range(9)]
    for box in boxes:
        box.text = chance.choice(TEXTS) + box.text
    return boxes


def picture(strips: Sequence[Strip]) -> list[list[tuple[str, Style | None]]]:
    return [[(text, style) for text, style, _ in strip.simplify()] for strip in strips]


@pytest.mark.parametrize("seed", range(12))
async def test_overlapping_widgets_look_as_textual_paints_them(seed: int) -> None:
    app = Desk(*some_boxes(random.Random(seed)))
    async with app.run_test(size=(WIDTH, HEIGHT)):
        ours = app.compositor.render_strips()
        whole = app.screen.size.region
        theirs = [
            Strip.join(chops.values()) for chops in Compositor._render_chops(app.compositor, whole, lambda _: True)
        ]
        assert picture(ours) == picture(theirs)


@pytest.mark.parametrize("seed", range(12))
async def test_what_is_painted_anew_fits_into_the_rest(seed: int) -> None:
    chance = random.Random(seed)
    app = Desk(*some_boxes(chance))
    async with app.run_test(size=(WIDTH, HEIGHT)):
        ours, theirs = terminal(), terminal()
        for one in (ours, theirs):
            one.feed(app.compositor.render_full_update().render_segments(app.console).encode())
        for _ in range(20):
            for box in chance.sample(app.boxes, 3):
                box.text = chance.choice(TEXTS) + chance.choice("abc")
                box.refresh(Region(chance.randrange(40), chance.randrange(15), chance.randrange(1, 30), 4))
            app.compositor.update_widgets(set(app.boxes))
            dirty = app.compositor._dirty_regions.copy()
            for one, compositor in ((theirs, Compositor), (ours, FrontCompositor)):
                app.compositor._dirty_regions = dirty.copy()
                update = compositor.render_partial_update(app.compositor)
                if update is not None:
                    one.feed(update.render_segments(app.console).encode())
            assert ours.cells == theirs.cells


def terminal() -> Emulator:
    return Emulator(WIDTH, HEIGHT, lambda _: None, has_kitty_keyboard=False)


async def test_only_what_shows_something_of_it_is_asked_and_only_for_the_lines() -> None:
    behind = Box("behind", Region(0, 0, WIDTH, HEIGHT), "low")
    front = Box("front", Region(0, 5, 30, 10), "high")
    beside = Box("beside", Region(40, 5, 10, 10), "high")
    app = Desk(behind, front, beside)
    async with app.run_test(size=(WIDTH, HEIGHT)):

        def asked_when_dirty(box: Box, part: Region) -> list[list[range]]:
            app.compositor.update_widgets(set(app.boxes))
            app.compositor.render_full_update()
            for each in app.boxes:
                each.asked.clear()
            box.refresh(part)
            app.compositor.update_widgets({box})
            app.compositor.render_partial_update()
            return [each.asked for each in app.boxes]

        assert asked_when_dirty(front, Region(0, 2, 30, 3)) == [[], [range(2, 5)], []]
        assert asked_when_dirty(behind, Region(0, 4, 35, 2)) == [[range(4, 6)], [range(1)], []]
