from __future__ import annotations

import pytest

from codex_tui.glyphs import duration, spoken_duration
from codex_tui.lines.row import Row
from codex_tui.scrollbar import THUMB
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
        self.opened: list[str] = []

    def on_timeline_row_opened(self, message: Timeline.RowOpened) -> None:
        self.opened.append(message.row_id)

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
        await pilot.press("end")
        assert timeline.selected == "s20"
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


async def test_long_labels_are_cut_for_the_sake_of_all_others(app: ListeningApp, timeline: Timeline) -> None:
    async with app.run_test(size=(60, 8)) as pilot:
        timeline.upsert(step(1))
        timeline.upsert(TimelineRow("x", "12:00:00", "ok", "mcp__server__tool", "thing", 1.0))
        await pilot.pause()
        assert screen_lines(app)[2].startswith(" 12:00:00 ✓ read      file1.py")
        assert screen_lines(app)[3].startswith(" 12:00:00 ✓ mcp__ser… thing")


async def test_of_a_path_without_room_the_end_is_shown_and_of_other_words_the_beginning(
    app: ListeningApp, timeline: Timeline
) -> None:
    async with app.run_test(size=(50, 8)) as pilot:
        timeline.upsert(TimelineRow("p", "12:00:00", "ok", "edit", "src/tempo/deep/down/clock.py", 1.0))
        timeline.upsert(TimelineRow("u", "12:00:00", "ok", "fetch", "https://docs.python.org/3/library/time.html", 1.0))
        timeline.upsert(TimelineRow("c", "12:00:00", "ok", "shell", "pytest -q tests/tempo/test_clock.py", 1.0))
        await pilot.pause()
        path, address, command = screen_lines(app)[2:5]
        assert " …/deep/down/clock.py " in path
        assert " https://docs.python" in address
        assert " pytest -q tests/tempo" in command


async def test_a_line_is_free_below_the_filters_where_there_is_room(app: ListeningApp, timeline: Timeline) -> None:
    async with app.run_test(size=(50, 20)) as pilot:
        timeline.upsert(step(1))
        await pilot.pause()
        assert (screen_lines(app)[2].strip(), screen_lines(app)[3][:9]) == ("", " 12:00:00")
        await pilot.resize_terminal(50, 8)
        await pilot.pause()
        assert screen_lines(app)[2].startswith(" 12:00:00")


async def test_clear_forgets_all_steps(app: ListeningApp, timeline: Timeline) -> None:
    async with app.run_test(size=(50, 8)) as pilot:
        timeline.upsert(step(1))
        timeline.clear()
        await pilot.pause()
        assert screen_text(app).split() == ["TIMELINE", "what", "the", "agent", "does", "is", "listed", "here"]
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


def mixed(timeline: Timeline, count: int) -> None:
    """Every fifth step is a model's, every tenth of the others failed."""
    for number in range(count):
        if number % 5 == 0:
            timeline.upsert(TimelineRow(f"s{number}", "12:00:00", "model", "model", "gpt-5", 1.0, kind="model"))
        else:
            timeline.upsert(step(number, "error" if number % 10 == 1 else "ok"))


def rows(app: ListeningApp) -> list[str]:
    return [line.split()[3] for line in screen_lines(app)[2:] if line.strip()]


async def test_f_goes_through_the_filters(app: ListeningApp, timeline: Timeline) -> None:
    async with app.run_test(size=(60, 30)) as pilot:
        mixed(timeline, 30)
        timeline.focus()
        await pilot.press("f", "f")
        assert screen_lines(app)[1] == " f all 30  tools 24  failed 3  asked 0  model 6"
        assert rows(app) == ["file1.py", "file11.py", "file21.py"]
        await pilot.press("f", "f")
        assert rows(app) == ["gpt-5"] * 6
        await pilot.press("escape")
        assert len(rows(app)) == 27


async def test_a_question_counts_once_and_the_time_of_the_user_not_at_all(
    app: ListeningApp, timeline: Timeline, clock: Clock
) -> None:
    async with app.run_test(size=(60, 30)) as pilot:
        timeline.upsert(TimelineRow("m", "12:01:01", "model", "model", "gpt-5", 2.0, kind="model"))
        asked = TimelineRow("c", "12:01:03", "waiting", "edit", "a.py", since_s=clock.now, is_question=True)
        timeline.upsert(asked)
        clock.now += 60
        await pilot.pause()
        assert screen_lines(app)[:2] == [
            " TIMELINE" + "2 steps · 2 s".rjust(48),
            " f all 2  tools 1  failed 0  asked 1  model 1",
        ]
        timeline.upsert(asked._replace(status="ok", duration_s=1.0, is_question=False))
        answer = TimelineRow("a", "12:01:03", "allowed", "asked", "yes · Edit a.py", 60.0, kind="approval")
        timeline.upsert(answer._replace(is_question=True))
        timeline.upsert(TimelineRow("p", "12:02:04", "paused", "pause", since_s=clock.now, kind="pause"))
        clock.now += 60
        await pilot.pause()
        assert screen_lines(app)[:2] == [
            " TIMELINE" + "4 steps · 3 s".rjust(48),
            " f all 4  tools 1  failed 0  asked 1  model 1",
        ]
        timeline.upsert(TimelineRow("p", "12:02:04", "paused", "pause", "you continued", 60.0, kind="pause"))
        await pilot.pause()
        assert screen_lines(app)[0].endswith("4 steps · 3 s")


async def test_a_filtered_step_that_changes_comes_and_goes(app: ListeningApp, timeline: Timeline) -> None:
    async with app.run_test(size=(60, 30)) as pilot:
        mixed(timeline, 30)
        timeline.show_only("failed")
        timeline.upsert(step(3, "error"))
        timeline.upsert(step(11, "ok"))
        timeline.upsert(step(40, "timeout"))
        timeline.upsert(step(41, "ok"))
        await pilot.pause()
        assert rows(app) == ["file1.py", "file3.py", "file21.py", "file40.py"]
        timeline.prepend([step(1001, "error"), step(1002), step(1003, "error")])
        timeline.upsert(step(21, "timeout"))
        await pilot.pause()
        assert rows(app) == ["file1001.py", "file1003.py", "file1.py", "file3.py", "file21.py", "file40.py"]


async def test_a_failure_is_what_failed_and_what_was_stopped_has_a_filter_of_its_own(
    app: ListeningApp, timeline: Timeline
) -> None:
    async with app.run_test(size=(60, 30)) as pilot:
        for number, status in enumerate(("ok", "error", "timeout", "denied", "interrupted")):
            timeline.upsert(step(number, status))
        await pilot.pause()
        assert screen_lines(app)[1] == " f all 5  tools 5  failed 2  stopped 2  asked 0  model 0"
        timeline.focus()
        await pilot.press("f", "f")
        assert rows(app) == ["file1.py", "file2.py"]
        await pilot.press("f")
        assert rows(app) == ["file3.py", "file4.py"]


async def test_a_search_says_which_filter_is_set(app: ListeningApp, timeline: Timeline) -> None:
    async with app.run_test(size=(60, 30)) as pilot:
        timeline.upsert(step(1))
        timeline.focus()
        await pilot.press("f", "f", "slash", *"file")
        assert "0 of 0 failed" in screen_lines(app)[1]


async def test_words_narrow_the_list_as_they_are_typed(app: ListeningApp, timeline: Timeline) -> None:
    async with app.run_test(size=(60, 30)) as pilot:
        mixed(timeline, 30)
        timeline.focus()
        await pilot.press("slash", *"file2")
        assert "5 of 30" not in screen_lines(app)[1]
        assert "9 of 30" in screen_lines(app)[1]
        await pilot.press(*"4", "enter", "k")
        assert rows(app) == ["file24.py"]
        assert app.selected == ["s24"]
        await pilot.press("escape")
        assert len(rows(app)) == 27


async def test_a_click_chooses_a_filter(app: ListeningApp, timeline: Timeline) -> None:
    async with app.run_test(size=(60, 30)) as pilot:
        mixed(timeline, 30)
        await pilot.pause()
        await pilot.click(timeline, offset=(screen_lines(app)[1].index("failed") + 2, 1))
        assert len(rows(app)) == 3


async def test_earlier_steps_come_above_without_moving_the_view(app: ListeningApp, timeline: Timeline) -> None:
    async with app.run_test(size=(60, 12)) as pilot:
        mixed(timeline, 40)
        timeline.jump(10)
        await pilot.pause()
        before = rows(app)
        timeline.prepend([step(number) for number in range(1000, 1200)])
        await pilot.pause()
        assert rows(app) == before
        assert "240 steps" in screen_lines(app)[0]
        timeline.focus()
        await pilot.press("home")
        assert app.selected == ["s1000"]
        assert rows(app)[0] == "file1000.py"


async def test_enter_opens_the_step(app: ListeningApp, timeline: Timeline) -> None:
    async with app.run_test(size=(60, 12)) as pilot:
        mixed(timeline, 10)
        timeline.focus()
        await pilot.press("up", "enter")
        assert app.opened == ["s8"]


async def test_ten_thousand_steps_draw_only_what_is_seen(app: ListeningApp, timeline: Timeline) -> None:
    async with app.run_test(size=(60, 12)) as pilot:
        mixed(timeline, 10_000)
        await pilot.pause()
        drawn = 0
        original = timeline.draw

        def counted(index: int, width: int) -> list[Row]:
            nonlocal drawn
            drawn += 1
            return original(index, width)

        timeline.draw = counted
        timeline.focus()
        await pilot.press("up", "up", "pageup", "f", "down")
        assert drawn < 80


async def test_the_thumb_stands_for_the_steps_in_view_and_not_for_the_header(
    app: ListeningApp, timeline: Timeline
) -> None:
    async with app.run_test(size=(60, 5)) as pilot:
        for number in range(5):
            timeline.upsert(step(number))
        await pilot.pause()
        app.screen.refresh(layout=True)
        await pilot.pause()
        bar = timeline.vertical_scrollbar
        assert [strip.text for strip in bar.render_lines(bar.size.region)] == [" ", " ", THUMB, THUMB, THUMB]
