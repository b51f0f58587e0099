from __future__ import annotations

import difflib
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from codex_core.protocol import DiffBlock, FileDiff
from codex_tui.detail import DetailPane
from codex_tui.detail.section import Brush
from codex_tui.diff import words
from codex_tui.diff.file_list import FileList
from codex_tui.diff.layout import DiffLayout
from codex_tui.diff.lines import Hunks
from codex_tui.diff.pairs import Pair
from codex_tui.diff.patch import hunk_patch
from codex_tui.diff.section import Diff
from codex_tui.diff.words import changed_words
from codex_tui.lines.row import Row
from tests.support.changed_files import CLOCK, MANY
from tests.tui_widgets.pictures import NIGHT, OneWidgetApp, rows_text, screen_lines, screen_text


def file_diff(unified: str, path: str = "clock.py", **more: object) -> FileDiff:
    return FileDiff(**{"path": path, "kind": "update", "added": 0, "removed": 0, "unified": unified, **more})  # pyright: ignore[reportArgumentType]


def drawn(unified: str, width: int = 60, *, is_beside: bool = False, **more: object) -> list[Row]:
    section = Diff(file_diff(unified, **more), header=False)
    section.is_beside = is_beside
    brush = Brush(NIGHT, width)
    return [row for index in range(section.size) for row in section.draw(index, brush)]


def marked(old: str, new: str) -> tuple[list[str], list[str]] | None:
    found = changed_words(old, new)
    return found and ([old[start:end] for start, end in found[0]], [new[start:end] for start, end in found[1]])


# Words


def test_only_the_words_that_differ_are_marked() -> None:
    assert marked("return time.time()", "return self._source.time()") == (["time"], ["self._source"])
    assert marked("f(a, b, c)", "f(a, x, c, d)") == (["b"], ["x", ", d"])
    assert marked("one two three four", "one 2 3 four") == (["two three"], ["2 3"])


def test_lines_that_have_little_in_common_are_not_marked() -> None:
    assert marked("import os", "    return time.time()") is None
    assert marked("same", "same") is None
    assert marked("", "x") is None


@given(st.text(max_size=80), st.text(max_size=80))
def test_outside_the_marks_two_lines_are_the_same(old: str, new: str) -> None:
    found = changed_words(old, new)
    if found is None:
        return
    for ranges, text in zip(found, (old, new), strict=True):
        assert list(ranges) == sorted(ranges)
        assert all(0 <= start < end <= len(text) for start, end in ranges)

    def rest(text: str, ranges: words.Ranges) -> str:
        for start, end in reversed(ranges):
            text = text[:start] + text[end:]
        return "".join(text.split())

    assert rest(old, found[0]) == rest(new, found[1])


def test_marking_huge_lines_costs_little(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[int] = []

    class Counting(difflib.SequenceMatcher[str]):
        def __init__(self, isjunk: None, a: list[str], b: list[str], *, autojunk: bool) -> None:
            compared.append(len(a) * len(b))
            super().__init__(isjunk, a, b, autojunk=autojunk)

    monkeypatch.setattr(difflib, "SequenceMatcher", Counting)
    old = " ".join(f"word{number}" for number in range(380))
    new = " ".join(f"word{number}{'x' * (number % 2)}" for number in range(380))
    changed_words(old, new)
    assert changed_words("x" * 100_000, "y" + "x" * 100_000) is None
    changed_words("a b " * 1_000, "b a " * 1_000)
    assert sum(compared) <= words.MOST_COMPARED * 3


# Pairs


def pairs_of(unified: str) -> list[Pair]:
    (hunk,) = Hunks(unified, "x").all
    return [
        pair
        for index, line in enumerate(hunk.lines)
        for pair in (hunk.runs[line.run].beside(index) if line.run >= 0 else [Pair(index, index)])
    ]


def test_a_line_stands_beside_the_one_that_took_its_place() -> None:
    unified = (
        "@@ -1,1 +1,3 @@\n-    return self.now() - t\n"
        "+    if t > self.now():\n+        raise\n+    return max(0, self.now() - t)\n"
    )
    assert pairs_of(unified) == [Pair(None, 1), Pair(None, 2), Pair(0, 3)]


SIDE = st.lists(st.sampled_from(["alpha beta", "alpha gamma", "delta", "", "return alpha", "x"]), max_size=12)


@given(SIDE, SIDE)
def test_beside_each_other_every_line_is_there_once_and_in_order(old: list[str], new: list[str]) -> None:
    unified = "\n".join(list(difflib.unified_diff(old, new, lineterm="", n=3))[2:])
    if not unified:
        return
    for hunk in Hunks(unified, "x").all:
        pairs = [
            pair
            for index, line in enumerate(hunk.lines)
            for pair in (hunk.runs[line.run].beside(index) if line.run >= 0 else [Pair(index, index)])
        ]
        for side, signs in ((0, " -"), (1, " +")):
            shown = [pair[side] for pair in pairs if pair[side] is not None]
            assert shown == [index for index, line in enumerate(hunk.lines) if line.sign in signs]


def test_long_hunks_are_the_same_in_parts() -> None:
    for body in (
        "".join(f" a{n}\n-b{n}\n-c{n}\n+d{n}\n" for n in range(800)),
        "".join(f"+new {n}\n" for n in range(3_000)),
        "".join(f"-old {n}\n" for n in range(2_500)) + "\\ No newline at end of file\n",
        "".join(f"-old {n}\n" for n in range(1_500)) + "".join(f"+new {n}\n" for n in range(1_500)),
        "-a\n" + "".join(f"+new {n}\n" for n in range(4_000)) + " last\n",
    ):
        hunks = Hunks(f"@@ -7,9 +3,9 @@\n{body}@@ -9000 +9000 @@ f\n-x\n+y\n", "x")
        assert len(hunks.stops) == 2
        assert "".join(hunk.text for hunk in hunks.all[:-1]) == body
        old, new, shown = 7, 3, []
        for index in range(hunks.size - 3):
            hunk, at = hunks.locate(index)
            line = hunk.lines[at]
            assert (line.old, line.new) == (old, new)
            old += line.sign in " -"
            new += line.sign in " +"
            shown.append(f"{line.sign}{line.text}")
        assert len(shown) == body.count("\n")
        assert hunks.locate(hunks.size - 3) == (hunks.all[-1], -1)
        assert hunks.number_of(hunks.size - 1) == 1


# Drawing


def test_both_sides_have_their_own_numbers() -> None:
    unified = "@@ -1,3 +1,4 @@\n a = 1\n-b = 2\n+b = 3\n+c = 4\n d = 5\n"
    assert rows_text(drawn(unified, 41, is_beside=True)) == [
        "   1   a = 1        │   1   a = 1",
        "   2 − b = 2        │   2 + b = 3",
        "                    │   3 + c = 4",
        "   3   d = 5        │   4   d = 5",
    ]


@pytest.mark.parametrize("is_beside", [False, True])
@pytest.mark.parametrize("width", [60, 61, 100])
def test_rows_are_as_wide_as_the_pane_whatever_is_in_them(width: int, *, is_beside: bool) -> None:
    unified = (
        "@@ -1,4 +1,4 @@\n-日本語の文章 "
        + "長い" * 40
        + "\n+\tif x:\t# tab\n-e\u0301\u0301 zalgo\n+"
        + "x" * 500
        + "\n"
        " \x1b[31mred\x1b[0m\n-a\n\\ No newline at end of file\n+a\r\n"
    )
    rows = drawn(unified, width, is_beside=is_beside)
    assert all(row.make_strip(width).cell_length == width for row in rows)
    assert all(cell_len(row.text) <= width for row in rows)
    assert "\x1b" not in "".join(row.text for row in rows)


def test_a_missing_line_break_is_said_on_its_side() -> None:
    text = "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n"
    rows = rows_text(drawn(text, 101, is_beside=True))
    assert rows[0].startswith("   1 − a")
    assert "│   1 + b" in rows[0]
    assert rows[1].split("│")[0].strip() == "no line break at the end of the file"
    assert rows[1].split("│")[1].strip() == ""


def test_modes_links_and_binary_files_are_said_in_words() -> None:
    def title(**fields: object) -> str:
        return rows_text(Diff(file_diff("", **fields)).draw(0, Brush(NIGHT, 80)))[0].strip()

    assert title(old_mode="100644", new_mode="100755") == "M clock.py   mode 644 → 755"
    assert title(old_mode="120000", new_mode="100644") == "T clock.py   link → 644"
    assert title(is_binary=True) == "M clock.py   binary"
    assert title(kind="add", new_mode="100755") == "A clock.py   new file, executable   empty"
    assert title(kind="delete", is_binary=True) == "D clock.py   deleted   binary"
    assert title(old_path="a.py") == "R a.py → clock.py   moved as it is"


# The pane


@pytest.fixture
def pane() -> DetailPane:
    return DetailPane()


@pytest.fixture
def app(pane: DetailPane) -> OneWidgetApp:
    return OneWidgetApp(pane)


@pytest.mark.parametrize("beside", [False, True])
async def test_ten_thousand_lines_are_coloured_and_marked_only_where_they_are_seen(
    app: OneWidgetApp, pane: DetailPane, monkeypatch: pytest.MonkeyPatch, *, beside: bool
) -> None:
    work: list[str] = []
    from codex_tui.code import text
    from codex_tui.diff import pairs

    def counted_words(old: str, new: str) -> tuple[words.Ranges, words.Ranges] | None:
        work.append("words")
        return changed_words(old, new)

    color_lines = text.color_lines

    def counted_colors(lexer: object, lines: list[str], *rest: tuple[str, ...]):
        work.extend(["colour"] * len(lines))
        return color_lines(lexer, lines, *rest)

    monkeypatch.setattr(pairs, "changed_words", counted_words)
    monkeypatch.setattr(text, "color_lines", counted_colors)
    files = [
        file_diff(
            "".join(
                f"@@ -{at},4 +{at},4 @@\n kept = {at}\n-value_{at} = 1\n+value_{at} = 2\n other\n-x = {at}\n+y = {at}\n"
                for at in range(1, 5_000, 10)
            ),
            f"file_{number}.py",
        )
        for number in range(5)
    ]
    async with app.run_test(size=(160, 40)) as pilot:
        if not beside:
            pane.layout_choice.toggle(159, 160)
        pane.show("many", [DiffBlock(files=tuple(files))])
        await pilot.pause()
        assert pane.is_beside is beside
        assert "value_1 = 2" in screen_text(app)
        sections = [section for _, section in pane.sections() if isinstance(section, Diff)]
        assert sum(hunk.is_parsed for section in sections for hunk in section.hunks.all) < 20
        assert work.count("words") < 60
        assert work.count("colour") < 200
        for _ in range(30):
            pane.next_hunk()
            await pilot.pause()
        assert sum(hunk.is_parsed for section in sections for hunk in section.hunks.all) < 60
        pane.jump_to_end()
        await pilot.pause()
        assert "y = 4991" in screen_text(app)
        assert sum(hunk.is_parsed for section in sections for hunk in section.hunks.all) < 90


async def test_turning_the_layout_keeps_the_line_at_the_top(app: OneWidgetApp, pane: DetailPane) -> None:
    async with app.run_test(size=(150, 12)) as pilot:
        pane.show("x", [MANY])
        await pilot.pause()
        assert pane.is_beside
        pane.go_to_file(3)
        pane.move(8)
        await pilot.pause()
        top = pane.at_top()
        pane.toggle_layout()
        await pilot.pause()
        assert not pane.is_beside
        assert pane.at_top() == top
        assert pane.current_file == 3


async def test_every_hunk_is_reached_also_those_that_the_end_keeps_from_the_top(
    app: OneWidgetApp, pane: DetailPane
) -> None:
    async with app.run_test(size=(80, 40)) as pilot:
        pane.show("x", [MANY])
        await pilot.pause()
        seen = [screen_lines(app)[0]]
        for _ in range(7):
            pane.next_hunk()
            await pilot.pause()
            seen.append(screen_lines(app)[0])
        assert [f"hunk {number} of 8" in line for number, line in enumerate(seen, 1)] == [True] * 8
        pane.next_hunk()
        pane.prev_hunk()
        await pilot.pause()
        assert "hunk 7 of 8" in screen_lines(app)[0]
        pane.move(-1)
        await pilot.pause()
        assert "hunk 7 of 8" not in screen_lines(app)[0]


async def test_a_list_of_ten_thousand_files_is_drawn_where_it_is_seen() -> None:
    files = FileList()
    app = OneWidgetApp(files)
    async with app.run_test(size=(36, 12)) as pilot:
        files.show([file_diff("", f"src/folder_{number}/file.py") for number in range(10_000)])
        await pilot.pause()
        assert len(files._drawn) < 40
        files.focus()
        await pilot.press("end")
        assert "folder_9999" in screen_text(app)


def test_by_width_the_sides_are_beside_each_other_until_the_user_says_otherwise() -> None:
    layout = DiffLayout()
    assert [layout.is_beside(room, screen) for room, screen in ((139, 140), (138, 139), (103, 140), (90, 160))] == [
        True,
        False,
        True,
        False,
    ]
    layout.toggle(100, 120)
    assert layout.is_beside(80, 80)
    assert not layout.is_beside(40, 200)


# Patches


@pytest.mark.parametrize("number", [0, 1])
def test_a_copied_hunk_is_what_git_applies(tmp_path: Path, number: int) -> None:
    before = "".join(f"line {n}\n" for n in range(40))
    after = before.replace("line 3\n", "line three\n").replace("line 30\n", "line thirty\nand more\n")
    unified = "".join(list(difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True)))[2:])
    (tmp_path / "a file.txt").write_text(before)
    patch = hunk_patch(file_diff(unified, "a file.txt"), number)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=patch, text=True, check=True, capture_output=True)
    assert ("line three" in (tmp_path / "a file.txt").read_text()) is (number == 0)
    assert ("line thirty" in (tmp_path / "a file.txt").read_text()) is (number == 1)


def test_a_new_and_a_deleted_file_are_patches_too(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text("x\n")
    for file in (
        file_diff("@@ -0,0 +1 @@\n+x\n", "new.txt", kind="add"),
        file_diff("@@ -1 +0,0 @@\n-x\n", "old.txt", kind="delete"),
    ):
        patch = hunk_patch(file, 0)
        subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=patch, text=True, check=True, capture_output=True)
    assert [path.name for path in tmp_path.iterdir()] == ["new.txt"]
    assert hunk_patch(file_diff(""), 0) == ""
    assert hunk_patch(file_diff(CLOCK), 7) == ""
