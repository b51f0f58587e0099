from __future__ import annotations

import difflib
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_core.protocol import (
    Block,
    CommandBlock,
    DiffBlock,
    FileDiff,
    ImageBlock,
    PlanBlock,
    PlanStep,
    TableBlock,
    TextBlock,
    Unknown,
)
from codex_tui.detail import DetailPane
from codex_tui.detail.blocks import arguments_block, facts_block
from codex_tui.detail.section import Brush
from codex_tui.diff.section import Diff
from codex_tui.lines.row import Row
from tests.tui_widgets.pictures import NIGHT, OneWidgetApp, rows_text, screen_lines, screen_text

# The empty line of the context keeps its sign, one space.
CLOCK = """\
@@ -10,5 +10,7 @@
 class Clock:
+    def __init__(self, source=time):
+        self._source = source
     def now(self) -> float:
-        return time.time()
+        return self._source.time()
{empty}
@@ -40,3 +42,3 @@ def elapsed(start):
     here = 1
-    return now() - start
+    return max(0.0, now() - start)
""".replace("{empty}", " ")


def file_diff(unified: str, path: str = "src/clock.py", *, added: int = 4, removed: int = 2) -> FileDiff:
    return FileDiff(path=path, kind="update", added=added, removed=removed, unified=unified)


def diff(unified: str, path: str = "src/clock.py") -> Diff:
    return Diff(FileDiff(path=path, kind="update", unified=unified, added=0, removed=0), header=False)


def drawn(section: Diff, width: int = 60) -> list[Row]:
    brush = Brush(NIGHT, width)
    return [row for index in range(section.size) for row in section.draw(index, brush)]


@pytest.fixture
def pane() -> DetailPane:
    return DetailPane()


@pytest.fixture
def app(pane: DetailPane) -> OneWidgetApp:
    return OneWidgetApp(pane)


async def shown(app: OneWidgetApp, pane: DetailPane, title: str, *blocks: Block) -> list[str]:
    async with app.run_test(size=(60, 24)) as pilot:
        pane.show(title, blocks)
        await pilot.pause()
        return "\n".join(screen_lines(app)).rstrip().split("\n")


async def test_a_diff_has_numbers_signs_and_gaps(app: OneWidgetApp, pane: DetailPane) -> None:
    assert await shown(app, pane, "src/clock.py", DiffBlock(files=(file_diff(CLOCK),))) == [
        " src/clock.py   hunk 1 of 2   +4 −2",
        "",
        "  10   class Clock:",
        "  11 +     def __init__(self, source=time):",
        "  12 +         self._source = source",
        "  13       def now(self) -> float:",
        "  12 −         return time.time()",
        "  14 +         return self._source.time()",
        "  15",
        "   ⋯   25 unchanged lines   def elapsed(start):",
        "  42       here = 1",
        "  41 −     return now() - start",
        "  43 +     return max(0.0, now() - start)",
    ]


async def test_several_files_have_headers(app: OneWidgetApp, pane: DetailPane) -> None:
    moved = FileDiff(path="b.py", old_path="a.py", kind="update", added=0, removed=0, unified="")
    new = FileDiff(path="n.py", kind="add", added=1, removed=0, unified="@@ -0,0 +1 @@\n+x = 1\n")
    assert await shown(app, pane, "apply_patch", DiffBlock(files=(moved, new))) == [
        " apply_patch   +1 −0",
        "",
        " R a.py → b.py   moved as it is",
        "",
        " A n.py   +1 −0   new file",
        "",
        "   1 + x = 1",
    ]


async def test_a_command_shows_its_output_and_its_end(app: OneWidgetApp, pane: DetailPane) -> None:
    block = CommandBlock(
        command="pytest -q\necho done",
        output="10%\r100%\n\x1b[31mFAILED\x1b[0m\n",
        exit_code=1,
        duration_s=2.1,
        cut_bytes=1234,
    )
    assert await shown(app, pane, "shell", block) == [
        " shell",
        "",
        " $ pytest -q",
        "   echo done",
        "",
        " 100%",
        " FAILED",
        "",
        " exit 1 · 2.1s · 1,234 bytes left out of the middle",
    ]


async def test_every_other_block(app: OneWidgetApp, pane: DetailPane) -> None:
    lines = await shown(
        app,
        pane,
        "things",
        TextBlock(text="a\n\tb"),
        TextBlock(text="x = 1\ny = 2", language="python", first_line=99),
        PlanBlock(steps=(PlanStep(text="look", status="completed"), PlanStep(text="go", status="pending"))),
        TableBlock(columns=("name", "size"), rows=(("a.py", "12"), ("日本", "3"))),
        ImageBlock(path="x.png", mime="image/png", size_bytes=2048),
        arguments_block('{"path": "a.py"}'),
        arguments_block("{broken"),
        Unknown(tag="hologram"),
    )
    assert lines == [
        " things",
        "",
        " a",
        "     b",
        "",
        "  99  x = 1",
        " 100  y = 2",
        "",
        " ✓ look",
        " ○ go",
        "",
        " name  size",
        " ──────────",
        " a.py  12",
        " 日本  3",
        "",
        " ▣ x.png  image/png, 2,048 bytes",
        "",
        " {",
        '   "path": "a.py"',
        " }",
        "",
        " {broken",
    ]


async def test_hunks_are_reached_by_key(app: OneWidgetApp, pane: DetailPane) -> None:
    hunks = "".join(
        f"@@ -{number},3 +{number},3 @@ def f{number}():\n a\n-b{number}\n+c{number}\n d\n" + " e\n" * 30
        for number in range(100, 600, 100)
    )
    async with app.run_test(size=(60, 12)) as pilot:
        pane.show("x.py", [DiffBlock(files=(file_diff(hunks, "x.py"),))])
        pane.focus()
        await pilot.press("right_square_bracket", "right_square_bracket")
        assert screen_lines(app)[0].startswith(" x.py   hunk 3 of 5")
        assert "def f300():" in screen_lines(app)[2]
        await pilot.press("left_square_bracket")
        assert "def f200():" in screen_lines(app)[2]
        pane.next_hunk()
        pane.prev_hunk()
        pane.prev_hunk()
        await pilot.pause()
        assert "100   a" in screen_lines(app)[2]


async def test_changed_words_are_marked() -> None:
    rows = drawn(diff(CLOCK))
    marked = {
        text
        for row in rows
        for text, style in row.spans
        if style.bgcolor in (NIGHT.style("text", "added_word").bgcolor, NIGHT.style("text", "removed_word").bgcolor)
    }
    assert marked == {"time", "self._source", "max(0.0, ", ")"}


def test_colour_covers_the_whole_width() -> None:
    for row in drawn(diff(CLOCK), 50):
        if row.text[5:6] in "+−" and row.text[5:6]:
            assert len(row.text) == 50
            assert all(style.bgcolor != NIGHT.style("text", "surface").bgcolor for _, style in row.spans)


def test_nothing_is_hidden_beyond_the_edge() -> None:
    rows = drawn(diff("@@ -1 +1 @@\n+" + "x" * 90 + "rm -rf /\n"), 40)
    shown = "".join(row.text[7:] for row in rows)
    assert "".join(shown.split()) == "x" * 90 + "rm-rf/"


def test_invisible_characters_are_shown() -> None:
    assert rows_text(drawn(diff("@@ -1 +1 @@\n-a\n+a\u202e\u200b\x1b[2J\n"))) == [
        "   1 − a",
        "   1 + a⟨U+202E⟩⟨U+200B⟩⟨^[⟩[2J",
    ]


def test_windows_line_ends_show_only_where_they_change() -> None:
    assert rows_text(drawn(diff("@@ -1 +1 @@\n-a\r\n+b\r\n"))) == ["   1 − a", "   1 + b"]
    assert rows_text(drawn(diff("@@ -1 +1 @@\n-a\n+a\r\n"))) == ["   1 − a", "   1 + a⟨^M⟩"]


def test_a_missing_line_break_is_said() -> None:
    text = "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n"
    assert rows_text(drawn(diff(text)))[1].strip() == "no line break at the end of the file"


LINES = st.lists(
    st.sampled_from(["a", "b", "    return x", "-- sql", "++ i", "@@ odd @@", "", "\\ back", "日本"]), max_size=30
)


@given(LINES, LINES)
def test_both_sides_can_be_read_back(old: list[str], new: list[str]) -> None:
    unified = list(difflib.unified_diff(old, new, lineterm="", n=100))[2:]
    section = diff("\n".join(unified))
    lines = [line for hunk in section.hunks.all for line in hunk.lines]
    assert [line.text for line in lines if line.sign in " -"] == (old if unified else [])
    assert [line.text for line in lines if line.sign in " +"] == (new if unified else [])
    for line in lines:
        assert (old if line.sign == "-" else new)[line.number - 1] == line.text


async def test_ten_thousand_lines_open_at_once(app: OneWidgetApp, pane: DetailPane) -> None:
    body = "".join(f"-    value_{n} = compute({n})\n+    value_{n} = compute({n}, 'x')\n" for n in range(5_000))
    block = DiffBlock(files=(file_diff("@@ -1,5000 +1,5000 @@\n" + body, "big.py"),))
    base = subprocess_cpu()
    async with app.run_test(size=(100, 40)) as pilot:
        start = time.process_time()
        pane.show("big.py", [block])
        await pilot.pause()
        spent = time.process_time() - start
        assert "value_0" in screen_text(app)
        assert len(pane._drawn) < 100
        pane.focus()
        await pilot.press("end")
        assert "value_4999" in screen_text(app)
    # A ratio to something the same machine does: starting an interpreter and importing a part of the standard library.
    assert spent < 6 * base


async def test_growing_output_is_read_at_its_end_or_where_the_reader_is(app: OneWidgetApp, pane: DetailPane) -> None:
    def block(lines: int) -> CommandBlock:
        return CommandBlock(command="make", output="\n".join(f"line {n}" for n in range(lines)), exit_code=None)

    async with app.run_test(size=(60, 12)) as pilot:
        pane.show("shell", [block(50)])
        await pilot.pause()
        assert "line 0" in screen_text(app)
        pane.jump_to_end()
        pane.show("shell", [block(80)])
        await pilot.pause()
        assert "line 79" in screen_text(app)
        pane.move(-20)
        before = screen_lines(app)
        pane.show("shell", [block(100)])
        await pilot.pause()
        assert screen_lines(app) == before


async def test_showing_something_else_begins_at_its_top(app: OneWidgetApp, pane: DetailPane) -> None:
    async with app.run_test(size=(60, 12)) as pilot:
        pane.show("a", [TextBlock(text="\n".join(f"a{n}" for n in range(99)))])
        pane.jump_to_end()
        pane.show("b", [TextBlock(text="\n".join(f"b{n}" for n in range(99)))])
        await pilot.pause()
        assert screen_lines(app)[2] == " b0"
        pane.clear()
        await pilot.pause()
        assert screen_text(app).strip() == ""


async def test_a_line_of_a_megabyte_is_cut_with_a_note(app: OneWidgetApp, pane: DetailPane) -> None:
    async with app.run_test(size=(60, 12)) as pilot:
        pane.show("a", [TextBlock(text="x" * 1_000_000)])
        await pilot.pause()
        pane.jump_to_end()
        await pilot.pause()
        assert "996,000 more characters" in "".join(screen_lines(app))


def subprocess_cpu() -> float:
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run([sys.executable, "-c", "import asyncio, json, argparse"], check=True)
    return max(0.02, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before)


async def test_a_long_fact_goes_on_below_itself(app: OneWidgetApp, pane: DetailPane) -> None:
    async with app.run_test(size=(34, 12)) as pilot:
        error = "the server at example.org has said no\nand \x1b[2J more"
        pane.show("model m", [facts_block(("model", "m"), ("cost", ""), ("ended", error))])
        await pilot.pause()
        assert screen_lines(app)[2:7] == [
            " model     m",
            " ended     the server at",
            "           example.org has said",
            "           no",
            "           and ⟨^[⟩[2J more",
        ]
