from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from codex_tui import first_frame, wording
from codex_tui.branch import current_branch
from codex_tui.chrome import shortened
from codex_tui.commands import COMMANDS, parse_slash, slash_commands
from codex_tui.composer import History
from codex_tui.labels import subject_of, verb_of
from codex_tui.quoted import unquoted
from codex_tui.screens.deeds import Deeds


@given(st.text(st.characters(exclude_categories=("C",))), st.integers(8, 60))
def test_what_is_shortened_fits_and_keeps_both_ends(text: str, width: int) -> None:
    short = shortened(text, width)
    assert cell_len(short) <= width
    if short != text and " … " not in text:
        head, _, tail = short.partition(" … ")
        assert text.startswith(head)
        assert text.endswith(tail)


def test_what_is_quoted_loses_its_marks_and_a_lone_mark_stays() -> None:
    assert unquoted("`rm -r` and `x` are known; ` is not") == "rm -r and x are known; ` is not"


def head(folder: Path, text: str) -> None:
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "HEAD").write_text(text)


def test_the_branch_is_read_from_the_nearest_repository_above(tmp_path: Path) -> None:
    head(tmp_path, "ref: refs/heads/feature/clock\n")
    inside = tmp_path / "src" / "deep"
    inside.mkdir(parents=True)
    assert current_branch(inside) == "feature/clock"


def test_a_detached_head_is_a_short_hash(tmp_path: Path) -> None:
    head(tmp_path, "0123456789abcdef0123456789abcdef01234567\n")
    assert current_branch(tmp_path) == "01234567"


def test_a_hostile_branch_cannot_steer_the_terminal(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/x\x1b]52;c;aGk=\x07\x9b2J\u202e" + "y" * 4000)
    branch = current_branch(tmp_path)
    assert branch.isprintable()
    assert len(branch) <= 40


def test_a_worktree_is_followed_to_its_own_head(tmp_path: Path) -> None:
    (tmp_path / "main" / ".git" / "worktrees" / "w").mkdir(parents=True)
    (tmp_path / "main" / ".git" / "worktrees" / "w" / "HEAD").write_text("ref: refs/heads/side\n")
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / ".git").write_text("gitdir: ../main/.git/worktrees/w\n")
    assert current_branch(tmp_path / "w") == "side"


def test_a_pipe_in_the_place_of_head_does_not_block(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    os.mkfifo(tmp_path / ".git" / "HEAD")
    assert current_branch(tmp_path) == ""


@pytest.mark.parametrize(
    ("tool", "verb"), [("read_file", "read"), ("mcp__git__log", "git·log"), ("something_new", "something_new")]
)
def test_a_tool_is_shown_by_a_verb(tool: str, verb: str) -> None:
    assert verb_of(tool) == verb


@pytest.mark.parametrize(
    ("arguments", "subject"),
    [
        ('{"path": "a.py", "command": "make"}', "make"),
        ('{"limit": 3, "path": "a.py"}', "a.py"),
        ('{"strange": "value"}', "value"),
        ('{"command": "first\\nsecond"}', "first …"),
        ('{"patch": "*** Begin Patch\\n*** Update File: a.py\\n*** Add File: b.py\\n"}', "a.py, b.py"),
        ("", ""),
        ("{broken", ""),
        ("[1]", ""),
    ],
)
def test_a_call_is_shown_by_what_it_is_about(arguments: str, subject: str) -> None:
    assert subject_of(arguments) == subject


@given(st.text())
def test_no_arguments_break_the_subject(arguments: str) -> None:
    assert "\n" not in subject_of(arguments)


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0"), (999, "999"), (1000, "1.0k"), (999_949, "999.9k"), (1_500_000, "1.50M")]
)
def test_tokens_in_words(count: int, words: str) -> None:
    assert wording.tokens(count) == words


def test_history_goes_back_to_the_draft_and_keeps_no_doubles() -> None:
    history = History()
    for text in ("a", "a", "b"):
        history.add(text)
    assert [history.older("draft"), history.older("x"), history.older("x")] == ["b", "a", None]
    assert [history.newer(), history.newer(), history.newer()] == ["b", "draft", None]


def test_every_command_of_the_table_can_be_done() -> None:
    assert [command.action for command in COMMANDS if not callable(getattr(Deeds, command.action, None))] == []


def test_keys_and_slash_names_are_given_once() -> None:
    keys = [key for command in COMMANDS for key in command.keys]
    names = [command.slash for command in COMMANDS if command.slash]
    assert len(keys) == len(set(keys))
    assert len(names) == len(set(names))


def test_slash_commands_are_found_by_their_beginning_and_parsed_with_their_argument() -> None:
    assert [command.slash for command in slash_commands("the")] == ["theme"]
    parsed = parse_slash("/theme  day ")
    assert parsed is not None
    assert (parsed[0].action, parsed[1]) == ("theme", "day")
    assert parse_slash("/etc/hosts") is None
    assert parse_slash("/theme day\nand more") is None


LINE = first_frame.Line(20, 4, 70, "<text>", "<cursor>")
FRAME = first_frame.Frame(80, ["a", "b"], LINE)


def test_a_frame_is_kept_per_size_and_theme_and_old_ones_go(tmp_path: Path) -> None:
    for columns in range(40):
        first_frame.keep(str(tmp_path), "1.0", "night", first_frame.Frame(80 + columns, ["a", "b"], LINE))
    frames = list((tmp_path / "cache").glob("frame-*x2-*"))
    assert len(frames) <= 24
    assert frames[0].read_bytes() == b"20\t4\t70\t<text>\t<cursor>\r\na\r\nb"
    assert first_frame.last_theme(str(tmp_path)) == "night"


def test_the_line_of_a_frame_is_read_as_it_was_kept_and_nothing_else_is_one() -> None:
    line = first_frame.Line.of_record(FRAME.line.to_record())
    assert line is not None
    assert line.to_record() == FRAME.line.to_record()
    damaged = (
        "",
        "\x1b[0m",
        "1\t2\t3",
        "a\t2\t3\t\t",
        "\t2\t3\t\t",
        f"{'9' * 5000}\t2\t3\t\t",
        "1\t2\t3\t\x1b]0;t\x07\t",
    )
    assert [first_frame.Line.of_record(record) for record in damaged] == [None] * len(damaged)


def test_a_frame_name_cannot_leave_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "../../../evil")
    first_frame.keep(str(tmp_path), "1.0", "../../x", FRAME)
    assert {path.parent for path in tmp_path.rglob("*") if path.is_file()} == {tmp_path / "cache"}


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_frame(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file in the way")
    first_frame.keep(str(tmp_path), "1.0", "night", FRAME)
    assert first_frame.last_theme(str(tmp_path)) == ""
