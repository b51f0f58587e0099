from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from codex_tui.lines.row import Row, cut_spans, fold, truncate, wrap

PLAIN, BOLD = Style(), Style(bold=True)
TEXT = st.text(alphabet=st.sampled_from("ab cd日本é-\n"), max_size=80)


@given(TEXT, st.integers(2, 20))
def test_wrapped_lines_fit_and_joined_give_the_text(text: str, width: int) -> None:
    lines = wrap([(text[:7], PLAIN), (text[7:], BOLD)], width)
    joined = "".join("".join(part for part, _ in spans) + joint for spans, joint in lines)
    assert " ".join(joined.split()) == " ".join(text.split())
    for spans, _ in lines:
        line = "".join(part for part, _ in spans)
        assert cell_len(line.rstrip(" ")) <= width


@given(TEXT.map(lambda text: text.replace("\n", "")), st.integers(2, 20))
def test_folded_code_is_unchanged(text: str, width: int) -> None:
    lines = fold([(text, PLAIN)], width)
    assert "".join("".join(part for part, _ in spans) for spans, _ in lines) == text
    assert all(cell_len("".join(part for part, _ in spans)) <= width for spans, _ in lines)


def test_words_stay_whole_where_they_fit() -> None:
    lines = wrap([("the quick ", PLAIN), ("brown fox", BOLD)], 10)
    assert lines == [([("the quick", PLAIN)], " "), ([("brown fox", BOLD)], "\n")]


def test_a_word_longer_than_a_line_is_broken() -> None:
    assert [joint for _, joint in wrap([("abcdefgh", PLAIN)], 3)] == ["", "", "\n"]


def test_wide_characters_are_not_cut_in_half() -> None:
    assert [spans for spans, _ in fold([("日本語", PLAIN)], 3)] == [[("日", PLAIN)], [("本", PLAIN)], [("語", PLAIN)]]
    assert truncate("日本語", 5) == "日本…"


def test_cutting_keeps_styles() -> None:
    assert cut_spans([("abc", PLAIN), ("def", BOLD)], 2, 4) == [("c", PLAIN), ("d", BOLD)]


@given(TEXT.map(lambda text: text.replace("\n", "")), st.integers(1, 30))
def test_a_strip_is_exactly_as_wide_as_asked(text: str, width: int) -> None:
    strip = Row([(text, PLAIN)], PLAIN).make_strip(width)
    assert strip.cell_length == width
    assert sum(cell_len(segment.text) for segment in strip) == width


@given(TEXT.map(lambda text: text.replace("\n", "")), st.integers(0, 12))
def test_truncated_text_fits(text: str, width: int) -> None:
    assert cell_len(truncate(text, width)) <= width
