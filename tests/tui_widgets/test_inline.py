from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_tui.markdown.inline import ADDRESS, CODE, EMPHASIS, LINK, STRONG, STRUCK, Piece, parse_inline

MARKERS = [
    "*",
    "**",
    "***",
    "_",
    "__",
    "~~",
    "`",
    "``",
    "[",
    "](",
    ")",
    "]",
    "!",
    "<",
    ">",
    "\\",
    "&amp;",
    "a",
    "b",
    "http://x.y",
    "<br>",
    "(",
    "'",
    '"',
]
MARKUP = st.lists(st.sampled_from([*MARKERS, "  \n", "b c", " ", "\n"]), max_size=40).map("".join)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("plain", [("plain", 0)]),
        ("**bold** text", [("bold", STRONG), (" text", 0)]),
        ("*em* and _em_", [("em", EMPHASIS), (" and ", 0), ("em", EMPHASIS)]),
        ("***both***", [("both", STRONG | EMPHASIS)]),
        ("**a *b* c**", [("a ", STRONG), ("b", STRONG | EMPHASIS), (" c", STRONG)]),
        ("~~gone~~", [("gone", STRUCK)]),
        ("~one~", [("~one~", 0)]),
        ("`code` x", [("code", CODE), (" x", 0)]),
        ("`` a`b ``", [("a`b", CODE)]),
        ("`**`", [("**", CODE)]),
        ("snake_case_name", [("snake_case_name", 0)]),
        ("2 * 3 * 4", [("2 * 3 * 4", 0)]),
        (r"\*not\*", [("*not*", 0)]),
        ("a\nb", [("a b", 0)]),
        ("a  \nb", [("a\nb", 0)]),
        ("a\\\nb", [("a\nb", 0)]),
        ("a<br/>b", [("a\nb", 0)]),
        ("&lt;b&gt; &amp;amp;", [("<b> &amp;", 0)]),
        ("&#27;[31m", [("&#27;[31m", 0)]),
        ("<b>html</b>", [("<b>html</b>", 0)]),
        ("a ** b", [("a ** b", 0)]),
        ("un**closed", [("un**closed", 0)]),
        ("`unclosed", [("`unclosed", 0)]),
        ("[a] (b)", [("[a] (b)", 0)]),
    ],
)
def test_reading(text: str, pieces: list[tuple[str, int]]) -> None:
    assert [piece[:2] for piece in parse_inline(text)] == pieces


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("[docs](https://a.b)", [Piece("docs", LINK, "https://a.b"), Piece(" (https://a.b)", ADDRESS, "https://a.b")]),
        ("[x](a(b)c)", [Piece("x", LINK, "a(b)c"), Piece(" (a(b)c)", ADDRESS, "a(b)c")]),
        ('[x](a "title")', [Piece("x", LINK, "a"), Piece(" (a)", ADDRESS, "a")]),
        ("[https://a.b](https://a.b)", [Piece("https://a.b", LINK, "https://a.b")]),
        ("<https://a.b>", [Piece("https://a.b", LINK, "https://a.b")]),
        ("see https://a.b/c_d_e.", [Piece("see "), Piece("https://a.b/c_d_e", LINK, "https://a.b/c_d_e"), Piece(".")]),
        ("(https://a.b/(c))", [Piece("("), Piece("https://a.b/(c)", LINK, "https://a.b/(c)"), Piece(")")]),
        ("![cat](c.png)", [Piece("▣ cat", LINK, "c.png"), Piece(" (c.png)", ADDRESS, "c.png")]),
    ],
)
def test_links_show_where_they_lead(text: str, pieces: list[Piece]) -> None:
    assert parse_inline(text) == pieces


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("some **bo", "some bo"),
        ("some **bold*", "some bold"),
        ("some **", "some "),
        ("a `co", "a co"),
        ("a `", "a "),
        ("see [do", "see do"),
        ("see [docs](htt", "see docs"),
        ("see [docs]", "see [docs]"),
        ("x ~~st", "x st"),
    ],
)
def test_unfinished_markers_are_not_shown(text: str, shown: str) -> None:
    shown_now = "".join(piece.text for piece in parse_inline(text, open_ended=True))
    assert shown_now.replace("[", "") == shown.replace("[", "")


@given(MARKUP)
def test_any_text_can_be_read(text: str) -> None:
    for open_ended in (False, True):
        for piece in parse_inline(text, open_ended=open_ended):
            assert piece.text


@given(st.text(alphabet="ab cd,.;", max_size=60))
def test_text_without_markers_is_unchanged(text: str) -> None:
    assert "".join(piece.text for piece in parse_inline(text)) == text


@pytest.mark.parametrize(
    "unit",
    ["*a ", "**", "[", "`", "[a](", "_a*b", "![", "a](b)", "[a](b) ", "<", "(", "*a_b ", "~~a", "&amp;", "\\", "]("],
)
def test_the_cost_grows_with_the_length_only(unit: str) -> None:
    def cost(length: int) -> float:
        text = unit * (length // len(unit))
        start = time.process_time()
        parse_inline(text)
        parse_inline(text, open_ended=True)
        return time.process_time() - start

    cost(500)
    # Quadratic growth would be 256-fold; the floor keeps tiny times from deciding.
    assert cost(16_000) < 16 * max(cost(1_000), 0.004) * 10


def test_nested_images_do_not_explode() -> None:
    start = time.process_time()
    parse_inline("![" * 3_000 + "]" * 6_000)
    assert time.process_time() - start < 2
