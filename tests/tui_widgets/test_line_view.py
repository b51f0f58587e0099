from __future__ import annotations

import inspect
from importlib.metadata import version

from textual._compositor import ChopsUpdate, Compositor
from textual.app import App
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.widget import Widget

from codex_tui.lines.row import Row
from codex_tui.lines.view import LineView
from codex_tui.scrollbar import THUMB
from tests.tui_widgets.pictures import OneWidgetApp, screen_lines


class Numbers(LineView):
    """A view of as many one-line items as asked for, that remembers what was drawn."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.drawn_items: list[int] = []
        for _ in range(count):
            self.append_item()

    def estimate(self, index: int, width: int) -> int:
        return 1

    def draw(self, index: int, width: int) -> list[Row]:
        self.drawn_items.append(index)
        style = self.palette.style("text")
        return [Row([(f"item {index}", style)], style)]

    def source(self, index: int) -> str:
        return f"item {index}"


def test_what_we_use_of_textual_beside_its_public_face_is_there() -> None:
    assert version("textual") == "8.2.8"
    assert list(inspect.signature(Widget.render_lines).parameters) == ["self", "crop"]
    assert list(inspect.signature(ScrollView.watch_scroll_y).parameters) == ["self", "old_value", "new_value"]
    widget = ScrollView()
    assert widget._dirty_regions == set()
    assert widget._vertical_scrollbar is None
    assert isinstance(Widget.vertical_scrollbar, property)
    assert list(inspect.signature(App._start_widget).parameters) == ["self", "parent", "widget"]
    assert inspect.iscoroutinefunction(Widget._on_click)
    assert not inspect.iscoroutinefunction(Widget._on_mouse_scroll_up)
    assert list(inspect.signature(Compositor._render_chops).parameters) == ["self", "crop", "is_rendered_line"]
    assert list(inspect.signature(ChopsUpdate).parameters) == ["chops", "spans", "chop_ends"]
    assert {"position", "window_size", "window_virtual_size"} <= set(ScrollBar._reactives)


async def test_only_what_is_seen_is_drawn() -> None:
    view = Numbers(100_000)
    async with OneWidgetApp(view).run_test(size=(30, 10)) as pilot:
        await pilot.pause()
        assert sorted(view.drawn_items) == list(range(10))
        view.jump(50_000)
        await pilot.pause()
        assert len(view.drawn_items) == 20


async def test_only_lines_that_changed_are_painted() -> None:
    view = Numbers(100)
    async with OneWidgetApp(view).run_test(size=(30, 10)) as pilot:
        await pilot.pause()
        view.redraw(3)
        view.settle()
        assert view._repaint_regions == {Region(0, 3, 29, 1)}
        await pilot.pause()
        view.redraw(50)
        view.append_item()
        view.settle()
        assert view._repaint_regions == set()


async def test_adding_items_causes_no_layout() -> None:
    view = Numbers(100)
    app = OneWidgetApp(view)
    async with app.run_test(size=(30, 10)) as pilot:
        await pilot.pause()
        layouts = 0
        reflow = app.screen._compositor.reflow

        def counted(*args: object, **options: object) -> object:
            nonlocal layouts
            layouts += 1
            return reflow(*args, **options)

        app.screen._compositor.reflow = counted
        for _ in range(50):
            view.append_item()
            view.move(1)
            await pilot.pause()
        assert layouts == 0


async def test_the_thumb_can_be_dragged_and_the_track_clicked() -> None:
    view = Numbers(1_000)
    app = OneWidgetApp(view)
    async with app.run_test(size=(30, 20)) as pilot:
        await pilot.pause()
        bar = view.vertical_scrollbar
        await pilot.mouse_down(bar, offset=(0, 0))
        await pilot.hover(bar, offset=(0, 10))
        await pilot.mouse_up(bar, offset=(0, 10))
        await pilot.pause()
        assert screen_lines(app)[0] == "item 500"
        assert [y for y, strip in enumerate(bar.render_lines(bar.size.region)) if strip.text == THUMB] == [10]
        await pilot.click(bar, offset=(0, 19))
        assert screen_lines(app)[0] == "item 520"
        await pilot.click(bar, offset=(0, 0))
        assert screen_lines(app)[0] == "item 500"


async def test_a_bar_whose_thumb_stays_asks_for_no_paint() -> None:
    view = Numbers(100_000)
    async with OneWidgetApp(view).run_test(size=(30, 10)) as pilot:
        await pilot.pause()
        bar = view.vertical_scrollbar
        for _ in range(20):
            view.append_item()
            view.move(1)
            assert bar._repaint_regions == set()
        view.jump(50_000)
        assert bar._repaint_regions != set()


async def test_scroll_to_of_textual_works_and_is_never_animated() -> None:
    view = Numbers(1_000)
    app = OneWidgetApp(view)
    async with app.run_test(size=(30, 10)) as pilot:
        await pilot.pause()
        view.scroll_to(y=300, animate=True)
        await pilot.pause()
        assert screen_lines(app)[0] == "item 300"
        assert (view.scroll_y, view.max_scroll_y) == (300, 990)


async def test_selecting_everything_copies_everything() -> None:
    view = Numbers(1_000)
    async with OneWidgetApp(view).run_test(size=(30, 10)) as pilot:
        await pilot.pause()
        view.text_select_all()
        text = view.screen.get_selected_text() or ""
        assert text.startswith("item 0\n")
        assert text.endswith("item 999")
        assert len(view.drawn_items) < 400


async def test_a_view_that_was_removed_can_still_be_asked_for_its_lines() -> None:
    view = Numbers(100)
    async with OneWidgetApp(view).run_test(size=(30, 10)) as pilot:
        await pilot.pause()
        await view.remove()
        lines = view.render_lines(Region(0, 0, 30, 10))
        assert [line.cell_length for line in lines] == [30] * 10
