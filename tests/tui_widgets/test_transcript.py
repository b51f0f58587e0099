from __future__ import annotations

import pytest
from textual.events import MouseScrollUp

from codex_tui.transcript import Answer, Notice, Plan, Reasoning, Separator, ToolCall, Transcript, UserTurn
from tests.tui_widgets.pictures import OneWidgetApp, screen_lines, screen_text


class ListeningApp(OneWidgetApp):
    def __init__(self, transcript: Transcript) -> None:
        super().__init__(transcript)
        self.selected: list[str] = []
        self.near_top = 0

    def on_transcript_entry_selected(self, message: Transcript.EntrySelected) -> None:
        self.selected.append(message.entry_id)

    def on_transcript_near_top(self) -> None:
        self.near_top += 1


def tool(number: int) -> ToolCall:
    return ToolCall(f"t{number}", "read", f"file{number}.py", "ok")


@pytest.fixture
def transcript() -> Transcript:
    return Transcript()


@pytest.fixture
def app(transcript: Transcript) -> ListeningApp:
    return ListeningApp(transcript)


async def test_every_kind_of_entry_is_shown(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(70, 40)) as pilot:
        transcript.append(UserTurn("u", "fix the test"))
        transcript.append(Reasoning("r", "hm", 3.2))
        transcript.append(Answer("a", "I **will**.\n\n- one\n"))
        transcript.append(ToolCall("1", "read", "a.py", "ok", "1-64"))
        transcript.append(ToolCall("2", "shell", "pytest -q", "error", "2.1 s · exit 1", ("E assert 1 == 2",)))
        transcript.append(Plan("p", (("completed", "look"), ("in_progress", "mend"), ("pending", "test"))))
        transcript.append(Notice("n", "try again\nsoon", "warning"))
        transcript.append(Separator("s", "done · 14 s"))
        await pilot.pause()
        assert screen_text(app).rstrip() == "\n".join(
            [
                " ▌ fix the test",
                "",
                "   ◇ thought for 3 s",
                "",
                "   I will.",
                "",
                "   • one",
                "",
                "   ✓ read a.py  1-64",
                "   ✗ shell pytest -q  2.1 s · exit 1",
                "     E assert 1 == 2",
                "",
                "   plan  1/3",
                "   ✓ look",
                "   ▸ mend",
                "   ○ test",
                "",
                "   ! try again",
                "     soon",
                "",
                "   ✓ done · 14 s " + "─" * 50,
            ]
        )


async def test_streamed_text_appears_and_the_end_stays_in_view(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(40, 10)) as pilot:
        transcript.append(Answer("a"))
        for number in range(50):
            transcript.stream("a", f"line {number}\n\n")
        transcript.finish("a")
        await pilot.pause()
        assert "line 49" in screen_text(app)
        assert transcript.following


async def test_the_final_text_replaces_what_was_streamed(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(40, 10)) as pilot:
        transcript.append(Answer("a"))
        transcript.stream("a", "draft")
        transcript.finish("a", "final **text**")
        await pilot.pause()
        assert screen_lines(app)[0] == "   final text"
        assert next(transcript.answers(), "") == "final **text**"


async def test_deltas_are_drawn_without_a_finish(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(40, 10)) as pilot:
        transcript.append(Answer("a"))
        transcript.stream("a", "hel")
        transcript.stream("a", "lo")
        while "hello" not in screen_text(app):
            await pilot.pause(0.02)
        assert next(transcript.answers(), "") == "hello"


async def test_reading_old_text_is_not_disturbed_by_new_text(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(40, 10)) as pilot:
        for number in range(50):
            transcript.append(tool(number))
        transcript.append(Answer("a"))
        await pilot.pause()
        transcript.focus()
        await pilot.press("pageup", "pageup")
        before = screen_lines(app)
        for number in range(30):
            transcript.stream("a", f"line {number}\n\n")
        transcript.finish("a")
        await pilot.pause()
        after = screen_lines(app)
        assert after[:-1] == before[:-1]
        assert "↓ new below" in after[-1]
        await pilot.press("end")
        assert "line 29" in screen_text(app)
        assert "new below" not in screen_text(app)


async def test_the_pill_leads_to_the_end(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(60, 10)) as pilot:
        for number in range(50):
            transcript.append(tool(number))
        await pilot.pause()
        transcript.move(-20)
        transcript.append(tool(50))
        transcript.append(tool(51))
        await pilot.pause()
        line = screen_lines(app)[-1]
        assert "↓ 2 new below" in line
        await pilot.click(transcript, offset=(line.index("↓") + 2, 9))
        assert "file51.py" in screen_text(app)
        assert app.selected == []


async def test_older_entries_come_above_without_moving_the_view(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(40, 10)) as pilot:
        for number in range(100, 150):
            transcript.append(tool(number))
        transcript.allow_near_top()
        await pilot.pause()
        assert app.near_top == 0
        transcript.jump(transcript.heights.first)
        await pilot.pause()
        assert app.near_top == 1
        before = screen_lines(app)
        transcript.prepend([tool(number) for number in range(100)])
        await pilot.pause()
        assert screen_lines(app) == before
        assert app.near_top == 1
        transcript.focus()
        await pilot.press("home")
        await pilot.pause()
        assert "file0.py" in screen_lines(app)[0]
        assert app.near_top == 2


async def test_an_entry_that_was_cut_off_shrinks_and_can_be_opened(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(50, 10)) as pilot:
        transcript.append(Answer("a", "half a sent"))
        transcript.mark_superseded("a")
        await pilot.pause()
        assert screen_lines(app)[0] == "   ⊘ cut off"
        assert next(transcript.answers(), "") == ""
        await pilot.click(transcript, offset=(6, 0))
        assert screen_lines(app)[0] == "   half a sent"


async def test_of_thoughts_that_were_cut_off_nothing_stays(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(50, 10)) as pilot:
        transcript.append(UserTurn("u", "go"))
        transcript.append(Reasoning("r", "first\nsecond"))
        transcript.append(Answer("a", "half a sent"))
        await pilot.pause()
        transcript.mark_superseded("r")
        transcript.mark_superseded("a")
        await pilot.pause()
        shown = [line.strip() for line in screen_lines(app) if line.strip()]
        assert shown[1:] == ["⊘ cut off"]
        transcript.focus()
        await pilot.press("k", "k", "enter")
        assert any("half a sent" in line for line in screen_lines(app))


async def test_reasoning_opens_with_a_click(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(50, 10)) as pilot:
        transcript.append(Reasoning("r", "first\nsecond", 61.0))
        await pilot.pause()
        assert screen_lines(app)[0] == "   ◇ thought for 1 min 1 s"
        await pilot.click(transcript, offset=(6, 0))
        assert screen_lines(app)[:4] == ["   ◇ thought for 1 min 1 s", "", "     first", "     second"]


async def test_live_reasoning_shows_its_newest_line(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(60, 10)) as pilot:
        transcript.append(Reasoning("r"))
        await pilot.pause()
        assert screen_lines(app)[0] == "   ◇ thinking …"
        transcript.stream("r", "**Looking at the clock**\n\nIt seems")
        transcript._flush()
        await pilot.pause()
        assert screen_lines(app)[0] == "   ◇ thinking …  It seems"
        transcript.finish("r")
        transcript.replace(Reasoning("r", "**Looking at the clock**\n\nIt seems", 2.0))
        await pilot.pause()
        assert screen_lines(app)[0] == "   ◇ thought for 2 s"


async def test_reasoning_of_unknown_duration_names_none(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(60, 10)) as pilot:
        transcript.append(Reasoning("r1", "hm"))
        transcript.append(Reasoning("r2", "hm", 0.0))
        await pilot.pause()
        assert screen_lines(app)[:3] == ["   ◇ thought", "", "   ◇ thought"]


async def test_a_click_on_a_tool_row_tells_which(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(50, 10)) as pilot:
        for number in range(3):
            transcript.append(tool(number))
        await pilot.pause()
        await pilot.click(transcript, offset=(6, 1))
        assert app.selected == ["t1"]


async def test_keys_move_over_steps_and_open_them(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(50, 10)) as pilot:
        transcript.append(UserTurn("u", "hello"))
        for number in range(3):
            transcript.append(tool(number))
        transcript.append(Answer("a", "done"))
        await pilot.pause()
        transcript.focus()
        await pilot.press("k", "enter", "k", "enter", "j", "enter")
        assert app.selected == ["t2", "t1", "t2"]


async def test_a_replaced_tool_row_changes_in_place(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(50, 10)) as pilot:
        transcript.append(ToolCall("1", "shell", "make", "running"))
        transcript.append(ToolCall("2", "read", "x", "ok"))
        await pilot.pause()
        transcript.replace(ToolCall("1", "shell", "make", "error", "exit 2", ("boom",)))
        await pilot.pause()
        assert screen_lines(app)[:3] == ["   ✗ shell make  exit 2", "     boom", "   ✓ read x"]


async def test_clear_forgets_everything(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(50, 10)) as pilot:
        transcript.append(Answer("a", "text"))
        transcript.clear()
        await pilot.pause()
        assert screen_text(app).strip() == ""
        transcript.append(Answer("a", "again"))
        await pilot.pause()
        assert screen_lines(app)[0] == "   again"


async def test_unknown_ids_are_ignored(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(50, 10)):
        transcript.stream("x", "y")
        transcript.finish("x")
        transcript.mark_superseded("x")
        transcript.scroll_to_entry("x")
        assert transcript.entry("x") is None


async def test_scrolling_to_an_entry_puts_it_at_the_top(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(50, 10)) as pilot:
        for number in range(100):
            transcript.append(tool(number))
        transcript.scroll_to_entry("t40")
        await pilot.pause()
        assert "file40.py" in screen_lines(app)[0]


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (3, 40), (200, 60)])
async def test_any_size_can_be_drawn(app: ListeningApp, transcript: Transcript, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        transcript.append(UserTurn("u", "hello world"))
        transcript.append(Answer("a", "| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nx = 1\n```\n"))
        transcript.append(ToolCall("1", "shell", "make", "error", "2 s · exit 2", ("boom",)))
        await pilot.pause()
        assert all(len(line) <= size[0] for line in screen_lines(app))


async def test_hostile_text_reaches_no_cell(app: ListeningApp, transcript: Transcript) -> None:
    evil = "a\x1b]0;t\x07\x1b[2J\x9b1m\u202e\x00b"
    async with app.run_test(size=(60, 30)) as pilot:
        transcript.append(UserTurn("u", evil))
        transcript.append(Answer("a", evil))
        transcript.append(Reasoning("r", evil))
        transcript.append(ToolCall("t", evil, evil, "error", evil, (evil,)))
        transcript.append(Plan("p", (("pending", evil),), evil))
        transcript.append(Notice("n", evil))
        transcript.append(Separator("s", evil, "failed"))
        await pilot.pause()
        text = screen_text(app)
        assert all(character == "\n" or character.isprintable() for character in text)


async def test_markup_is_only_text(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(60, 10)) as pilot:
        transcript.append(ToolCall("t", "shell", "[bold]x[/bold] [@click=app.quit]y[/]", "ok"))
        await pilot.pause()
        assert "[bold]x[/bold] [@click=app.quit]y[/]" in screen_text(app)


async def test_text_is_selected_with_the_mouse_without_ornaments(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(30, 12)) as pilot:
        transcript.append(UserTurn("u", "hello there"))
        transcript.append(Answer("a", "a long line of prose that wraps\n\n```python\nx = 1\ny = 2\n```"))
        await pilot.pause()
        await pilot.mouse_down(transcript, offset=(0, 0))
        await pilot.hover(transcript, offset=(10, 3))
        await pilot.hover(transcript, offset=(29, 8))
        await pilot.mouse_up(transcript, offset=(29, 8))
        await pilot.pause()
        assert app.screen.get_selected_text() == "hello there\n\na long line of prose that wraps\n\nx = 1\ny = 2"


async def test_a_selection_stays_on_its_text_while_things_grow_above(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(40, 10)) as pilot:
        for number in range(30):
            transcript.append(tool(number))
        await pilot.pause()
        transcript.jump(10)
        await pilot.pause()
        await pilot.mouse_down(transcript, offset=(10, 2))
        await pilot.hover(transcript, offset=(16, 2))
        await pilot.mouse_up(transcript, offset=(16, 2))
        selected = app.screen.get_selected_text()
        transcript.prepend([tool(number) for number in range(1000, 1200)])
        await pilot.pause()
        assert selected
        assert app.screen.get_selected_text() == selected


@pytest.mark.parametrize(
    ("x", "times", "selected"),
    [
        (10, 2, "src/tempo/clock.py"),
        (28, 2, "and"),
        (3, 2, "see"),
        (12, 3, "see src/tempo/clock.py, and then again the very long tail of it"),
    ],
)
async def test_two_clicks_select_a_word_and_three_a_line_however_it_is_broken(
    app: ListeningApp, transcript: Transcript, x: int, times: int, selected: str
) -> None:
    async with app.run_test(size=(40, 12)) as pilot:
        transcript.append(Answer("a", "see src/tempo/clock.py, and then again the very long tail of it\n\nmore"))
        await pilot.pause()
        await pilot.click(transcript, offset=(x, 0), times=times)
        assert app.screen.get_selected_text() == selected


async def test_a_drag_beyond_the_edge_scrolls_and_selects_what_it_passes(
    app: ListeningApp, transcript: Transcript
) -> None:
    async with app.run_test(size=(40, 10)) as pilot:
        transcript.append(Answer("a", "\n\n".join(f"line {number}" for number in range(60))))
        await pilot.pause()
        transcript.styles.height = 6
        transcript.jump(0)
        await pilot.pause()
        await pilot.mouse_down(transcript, offset=(3, 0))
        await pilot.hover(transcript, offset=(8, 4))
        await pilot.hover(offset=(8, 9))
        for _ in range(200):
            if transcript.place_at(0, 0).y > 20:  # pyright: ignore[reportOptionalMemberAccess]
                break
            await pilot.pause(0.01)
        await pilot.mouse_up(offset=(8, 9))
        selected = app.screen.get_selected_text() or ""
        lines = selected.split("\n\n")
        assert lines[:3] == ["line 0", "line 1", "line 2"]
        assert 9 < len(lines) < 40
        assert app.mouse_captured is None


async def test_what_is_copied_is_what_was_written(app: ListeningApp, transcript: Transcript) -> None:
    written = "1. one\n2. two words that are too long for one line of it\n   - [x] done\n   - nested\n\n> said\n\nend"
    code = "x = some_function(argument, another_argument, and_a_third)"
    async with app.run_test(size=(40, 24)) as pilot:
        transcript.append(Answer("a", written))
        transcript.append(Answer("b", f"```python\n{code}\n    y = 2\n```"))
        await pilot.pause()
        await pilot.mouse_down(transcript, offset=(0, 0))
        await pilot.hover(transcript, offset=(39, 23))
        await pilot.mouse_up(transcript, offset=(39, 23))
        assert app.screen.get_selected_text() == f"{written}\n\n{code}\n    y = 2"


async def test_ten_thousand_entries_draw_only_what_is_seen(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(60, 20)) as pilot:
        for number in range(10_000):
            transcript.append(Answer(f"a{number}", f"Answer **{number}**\n\n- with\n- a list\n"))
        await pilot.pause()
        assert "Answer 9999" in screen_text(app)
        assert len(transcript._drawn) < 40
        transcript.focus()
        await pilot.press("home")
        assert "Answer 0" in screen_text(app)
        await pilot.press("pagedown", "end")
        assert "Answer 9999" in screen_text(app)
        assert len(transcript._drawn) < 80


async def test_what_is_far_away_is_let_go_of(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(60, 20)) as pilot:
        for number in range(2_000):
            transcript.append(Answer(f"a{number}", "line\n\n" * 20))
        await pilot.pause()
        for _ in range(300):
            transcript.move(-40)
        assert transcript._drawn.count < 7_000
        assert len(transcript._store._streams) < 300


async def test_the_theme_can_change(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(40, 5)) as pilot:
        transcript.append(Answer("a", "text"))
        await pilot.pause()
        dark = transcript.render_lines(transcript.size.region)[0]
        app.theme = "day"
        await pilot.pause()
        await pilot.pause()
        light = transcript.render_lines(transcript.size.region)[0]
        assert dark.text == light.text
        assert [segment.style for segment in dark] != [segment.style for segment in light]


async def test_no_color_is_honoured(transcript: Transcript, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = OneWidgetApp(transcript)
    async with app.run_test(size=(40, 5)) as pilot:
        transcript.append(ToolCall("t", "shell", "x", "error"))
        await pilot.pause()
        for segment in transcript.render_lines(transcript.size.region)[0]:
            color = segment.style.color if segment.style else None
            if color is not None and color.triplet is not None:
                assert len(set(color.triplet)) == 1


async def test_entries_given_before_the_first_layout_are_shown() -> None:
    transcript = Transcript()
    transcript.append(Answer("a", "early"))
    app = OneWidgetApp(transcript)
    async with app.run_test(size=(40, 5)) as pilot:
        await pilot.pause()
        assert screen_lines(app)[0] == "   early"


async def test_a_wheel_turn_moves_three_lines(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(40, 10)) as pilot:
        for number in range(50):
            transcript.append(tool(number))
        await pilot.pause()
        await pilot._post_mouse_events([MouseScrollUp], transcript, offset=(5, 5))
        assert screen_lines(app)[-1].endswith("file46.py")


async def test_scrolling_up_through_entries_never_seen_skips_no_line(app: ListeningApp, transcript: Transcript) -> None:
    async with app.run_test(size=(40, 10)) as pilot:
        for number in range(40):
            transcript.append(
                Answer(f"a{number}", "".join(f"row {number}.{line}\n\n" for line in range(number % 7 + 1)))
            )
        await pilot.pause()
        seen: list[str] = []
        for _ in range(2_000):
            seen.append(screen_lines(app)[0].strip())
            if transcript._top == (0, 0):
                break
            transcript.move(-1)
        rows = [line for line in reversed(seen) if line]
        expected = [f"row {number}.{line}" for number in range(40) for line in range(number % 7 + 1)]
        assert rows == expected[: len(rows)]
        assert len(rows) > 100
