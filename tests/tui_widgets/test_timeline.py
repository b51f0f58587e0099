from __future__ import annotations

import pytest

from codex_tui.glyphs import duration, spoken_duration
from codex_tui.timeline import Timeline, TimelineRow
from tests.tui_widgets.pictures import OneWidgetApp, screen_lines, screen_text


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class ListeningApp(OneWidgetApp):
    def __init__(self, timeline: Timeline) -> None:
        super().__init__(timeline)
        self.selected: list[str] = []

    def on_timeline_row_selected(self, message: Timeline.RowSelected) -> None:
        self.selected.append(message.row_id)


def step(number: int, status: str = "ok") -> TimelineRow:
    return TimelineRow(f"s{number}", "12:00:00", status, "read", f"file{number}.py", 0.004)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timeline(clock: Clock) -> Timeline:
    return Timeline(clock=clock)


@pytest.fixture
def app(timeline: Timeline) -> ListeningApp:
    return ListeningApp(timeline)


async def test_rows_are_aligned_columns(app: ListeningApp, timeline: Timeline) -> None:
    async with app.run_test(size=(50, 8)) as pilot:
        timeline.upsert(TimelineRow("1", "12:01:03", "model", "model", "gpt-5 · 812 tok", 3.1))
        timeline.upsert(TimelineRow("2", "12:01:06", "ok", "read", "src/tempo/clock.py", 0.004))
        timeline.upsert(TimelineRow("3", "12:01:07", "error", "shell", "pytest -q tests/test_clock_and_more.py", 75.0))
        timeline.upsert(TimelineRow("4", "12:01:14", "waiting", "edit", "src/tempo/clock.py"))
        await pilot.pause()
        assert screen_lines(app)[:6] == [
            " TIMELINE                  4 steps · 1 min 18 s",
            " f all 4  tools 4  failed 1  asked 0  model 0",
            " 12:01:03 ● model gpt-5 · 812 tok          3.1s",
            " 12:01:06 ✓ read  src/tempo/clock.py        4ms",
            " 12:01:07 ✗ shell pytest -q tests/test_c…  1m15",
            " 12:01:14 ? edit  src/tempo/clock.py       wait",
        ]


async def test_the_running_step_ticks(app: ListeningApp, timeline: Timeline, clock: Clock) -> None:
    async with app.run_test(size=(50, 8)) as pilot:
        timeline.upsert(TimelineRow("1", "12:01:03", "running", "shell", "make", None, 98.0))
        await pilot.pause()
        assert screen_lines(app)[2].endswith(" 2.0s")
        assert screen_lines(app)[0].endswith("1 step · 2 s")
        clock.now = 107.0
        timeline._tick()
        await pilot.pause()
        assert screen_lines(app)[2].endswith(" 9.0s")
        timeline.upsert(TimelineRow("1", "12:01:03", "ok", "shell", "make", 9.4))
        clock.now = 200.0
        timeline._tick()
        await pilot.pause()
        assert screen_lines(app)[2].endswith(" 9.4s")
        assert screen_lines(app)[0].endswith("1 step · 9 s")


async def test_the_newest_step_is_current_until_the_user_moves(app: ListeningApp, timeline: Timeline) -> None:
    async with app.run_test(size=(50, 8)) as pilot:
        for number in range(20):
            timeline.upsert(step(number))
        await pilot.pause()
        assert timeline.selected == "s19"
        assert "file19.py" in screen_lines(app)[-1]
        timeline.focus()
        await pilot.press("up", "up")
        assert app.selected == ["s18", "s17"]
        timeline.upsert(step(20))
        await pilot.pause()
        assert timeline.selected == "s17"
        assert timeline.chosen == "s17"
        await pilot.press("end")
        assert timeline.selected == "s20"
        assert timeline.chosen == ""
        timeline.upsert(step(21))
        await pilot.pause()
        assert timeline.selected == "s21"
        assert "file21.py" in screen_lines(app)[-1]


async def test_moving_scrolls_only_as_far_as_needed(app: ListeningApp, timeline: Timeline) -> None:
    async with app.run_test(size=(50, 8)) as pilot:
        for number in range(20):
            timeline.upsert(step(number))
        timeline.focus()
        await pilot.press("home")
        assert "file0.py" in screen_lines(app)[2]
        await pilot.press("down", "down", "down", "down", "down")
        assert "file0.py" in screen_lines(app)[2]
        await pilot.press("down")
        assert "file1.py" in screen_lines(app)[2]
        assert "file6.py" in screen_lines(app)[7]
        await pilot.press("pagedown")
        assert timeline.selected == "s11"


async def test_a_click_selects(app: ListeningApp, timeline: Timeline) -> None:
    async with app.run_test(size=(50, 8)) as pilot:
        for number in range(4):
            timeline.upsert(step(number))
        await pilot.pause()
        await pilot.click(timeline, offset=(20, 3))
        assert app.selected == ["s1"]
        await pilot.click(timeline, offset=(20, 0))
        assert app.selected == ["s1"]


async def test_selecting_by_id_tells_nobody(app: ListeningApp, timeline: Timeline) -> None:
    async with app.run_test(size=(50, 8)) as pilot:
        for number in range(4):
            timeline.upsert(step(number))
        timeline.select("s2")
        timeline.select("nothing")
        await pilot.pause()
        assert timeline.selected == "s2"
        assert app.selected == []


async def test_a_step_that_was_selected_before_the_first_layout_is_shown() -> None:
    timeline = Timeline()
    for number in range(40):
        timeline.upsert(step(number))
    timeline.select("s20")
    app = OneWidgetApp(timeline)
    async with app.run_test(size=(50, 8)) as pilot:
        await pilot.pause()
        assert "file20.py" in screen_text(app)


async def test_a_narrow_timeline_drops_the_time_of_day(app: ListeningApp, timeline: Timeline) -> None:
    async with app.run_test(size=(30, 8)) as pilot:
        timeline.upsert(step(1))
        await pilot.pause()
        assert screen_lines(app)[2] == " ✓ read  file1.py       4ms"


async def test_long_labels_widen_the_column(app: ListeningApp, timeline: Timeline) -> None:
    async with app.run_test(size=(60, 8)) as pilot:
        timeline.upsert(step(1))
        timeline.upsert(TimelineRow("x", "12:00:00", "ok", "mcp__server__tool", "thing", 1.0))
        await pilot.pause()
        assert screen_lines(app)[2].startswith(" 12:00:00 ✓ read         file1.py")
        assert screen_lines(app)[3].startswith(" 12:00:00 ✓ mcp__server… thing")


async def test_clear_forgets_all_steps(app: ListeningApp, timeline: Timeline) -> None:
    async with app.run_test(size=(50, 8)) as pilot:
        timeline.upsert(step(1))
        timeline.clear()
        await pilot.pause()
        assert screen_text(app).strip() == "TIMELINE"
        assert timeline.selected is None


async def test_hostile_text_stays_in_its_column(app: ListeningApp, timeline: Timeline) -> None:
    async with app.run_test(size=(50, 8)) as pilot:
        timeline.upsert(TimelineRow("1", "\x1b[2J", "odd", "a\nb\x1b]0;x\x07", "日本\r\n\u202e" * 50, 1.0))
        await pilot.pause()
        assert all(line.isprintable() and len(line) <= 50 for line in screen_lines(app))


@pytest.mark.parametrize(
    ("seconds", "short", "spoken"),
    [
        (0.0, "0ms", "0.0 s"),
        (0.0041, "4ms", "0.0 s"),
        (0.9996, "1.0s", "1.0 s"),
        (2.1, "2.1s", "2 s"),
        (9.96, "10s", "10 s"),
        (59.7, "1m00", "1 min"),
        (125.0, "2m05", "2 min 5 s"),
        (7_620.0, "2h07", "2 h 7 min"),
    ],
)
def test_durations(seconds: float, short: str, spoken: str) -> None:
    assert (duration(seconds), spoken_duration(seconds)) == (short, spoken)
