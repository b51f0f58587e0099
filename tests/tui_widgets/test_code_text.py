from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_tui.code.lexers import Colored
from codex_tui.code.text import CONTEXT_LINES, SEGMENT_LINES_MOST, CodeText

LINES = st.lists(
    st.sampled_from(
        [
            "",
            "",
            "def f():",
            "    return 1",
            '    """doc',
            '    more"""',
            "x = 'a' # b",
            "class A:",
            "/* c",
            "c */",
            "`t",
            "}",
        ]
    ),
    max_size=120,
)


def colors(code: CodeText) -> list[tuple[Colored, ...]]:
    return [code.line(index) for index in range(len(code.lines))]


@pytest.mark.parametrize("language", ["python", "javascript", "c", "html", "json", "bash", "unheard-of", ""])
@given(lines=LINES, looked=st.sets(st.integers(0, 119)))
def test_colours_depend_on_the_lines_alone(language: str, lines: list[str], looked: set[int]) -> None:
    grown = CodeText(language)
    for number, line in enumerate(lines):
        grown.append(line)
        if number in looked:
            grown.partial("while x")
            assert "".join(piece.text for piece in grown.line(number)) == line
    grown.close()
    whole = CodeText(language, lines=list(lines))
    assert colors(grown) == colors(whole)


@given(LINES)
def test_no_character_is_lost(lines: list[str]) -> None:
    assert ["".join(piece.text for piece in line) for line in colors(CodeText("python", lines=lines))] == lines


def test_lines_may_be_looked_at_in_any_order() -> None:
    lines = ["def f(x):", '    """A', '    B"""', "", ""] * 80
    forward, backward = CodeText("python", lines=lines), CodeText("python", lines=lines)
    seen = {index: backward.line(index) for index in reversed(range(len(lines)))}
    assert colors(forward) == [seen[index] for index in range(len(lines))]


def test_a_text_that_spans_lines_is_known_even_over_a_forced_cut() -> None:
    lines = ['x = """', *["text"] * (SEGMENT_LINES_MOST + 5), '"""']
    code = CodeText("python", lines=lines)
    assert code.line(SEGMENT_LINES_MOST - 1)[0].kind == "string"
    assert CONTEXT_LINES < SEGMENT_LINES_MOST


def test_recoloured_lines_are_announced() -> None:
    code = CodeText("python")
    for line in ("def f():", '    """Long', '    doc."""'):
        code.append(line)
        code.line(len(code.lines) - 1)
    before = code.recolored
    code.close()
    assert code.recolored == before + 1
    assert {piece.kind for piece in code.line(1) if piece.text.strip()} == {"comment"}


def test_a_file_is_known_by_its_name() -> None:
    for path, kind in (("a/b.py", "keyword"), ("Dockerfile", "keyword"), ("x.unheard", ""), ("noext", "")):
        text = "FROM x" if path == "Dockerfile" else "return"
        assert CodeText(path=path, lines=[text]).line(0)[0].kind == kind


def test_lines_without_end_stay_plain() -> None:
    line = "(" * 50_000
    assert CodeText("python", lines=[line]).line(0) == (Colored(line, ""),)
