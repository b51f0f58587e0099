from __future__ import annotations

import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from codex_tui.lines.row import Row
from codex_tui.markdown.render import Renderer
from codex_tui.markdown.stream import LINE_LIMIT, MarkdownStream
from codex_tui.markdown.table import fit_columns
from tests.tui_widgets.pictures import NIGHT, rows_text

RENDERER = Renderer(NIGHT, 40)

LINES = st.sampled_from(
    [
        "",
        "",
        "Some **bold** text with `code` and [a link](https://a.b).",
        "a line",
        "# Heading",
        "### Third #",
        "#nothing",
        "- item",
        "* other",
        "  - nested",
        "    more of it",
        "1. first",
        "2. second",
        "7) seven",
        "- [ ] open",
        "- [x] done",
        "-",
        "> quote",
        "> - item in it",
        "> > deeper",
        "```python",
        "```",
        "   ```",
        "~~~",
        "def f(x): return '''a",
        "b''' + \"\"\"c",
        "    indented",
        "/* a",
        "b */",
        "| a | b |",
        "|---|--:|",
        "| 1 | two `|` \\| three |",
        "a | b",
        "---|---",
        "---",
        "***",
        "===",
        "\ttab",
        "日本語のテキスト",
        "x\x1b[31mred\x1b[0m",
        "\r",
        "un **finished",
        "<br>",
        "see [the docs][1] and [2], ![a picture][]",
        "[1]: https://example.org/docs",
        "  [ 2 ]: <mailto:a@b.c> 'title'",
        "[A  picture]: ./picture.png",
    ]
)
DOCUMENTS = st.lists(LINES, max_size=25).map("\n".join)


def draw(text: str, renderer: Renderer = RENDERER) -> list[Row]:
    stream = MarkdownStream(text)
    stream.finish()
    return stream.draw(renderer)


def shown(text: str, width: int = 40) -> list[str]:
    return rows_text(draw(text, Renderer(NIGHT, width)))


def looks(rows: list[Row]) -> list[tuple[object, str, int]]:
    return [(tuple(row.spans), row.joint, row.margin) for row in rows]


@given(DOCUMENTS, st.data())
@settings(max_examples=200)
def test_pieces_give_the_same_as_the_whole(text: str, data: st.DataObject) -> None:
    stream = MarkdownStream()
    renderer = Renderer(NIGHT, 40)
    rest = text
    while rest:
        size = data.draw(st.integers(1, 40))
        stream.feed(rest[:size])
        rest = rest[size:]
        if data.draw(st.booleans()):
            stream.draw(renderer)
    stream.finish()
    assert looks(stream.draw(renderer)) == looks(draw(text))


@given(DOCUMENTS)
@settings(max_examples=60)
def test_what_is_drawn_before_the_end_depends_on_the_text_only(text: str) -> None:
    once, bit_by_bit = MarkdownStream(text), MarkdownStream()
    renderer = Renderer(NIGHT, 40)
    for character in text:
        bit_by_bit.feed(character)
        bit_by_bit.draw(renderer)
    assert rows_text(bit_by_bit.draw(renderer)) == rows_text(once.draw(Renderer(NIGHT, 40)))


@given(DOCUMENTS, st.integers(12, 60))
def test_rows_fit_in_the_width(text: str, width: int) -> None:
    for row in draw(text, Renderer(NIGHT, width)):
        table_that_cannot_shrink = "   " in row.text
        assert cell_len(row.text.rstrip()) <= width or table_that_cannot_shrink or width < 24


@given(DOCUMENTS)
def test_finished_rows_are_the_same_objects_in_the_next_drawing(text: str) -> None:
    assume("```" not in text and "~~~" not in text)
    stream = MarkdownStream(text + "\n\nA paragraph that ends it.\n\n")
    renderer = Renderer(NIGHT, 40)
    before = list(stream.draw(renderer))
    stream.feed("and more")
    after = stream.draw(renderer)
    kept = sum(one is other for one, other in zip(before, after, strict=False))
    assert kept == len(before)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("# Title\ntext\n", ["Title", "", "text"]),
        ("one\ntwo\n\nthree", ["one two", "", "three"]),
        ("- a\n- b\n- c", ["• a", "• b", "• c"]),
        ("- a\n\n- b", ["• a", "", "• b"]),
        ("- a\n  - b\n    - c\n- d", ["• a", "  ◦ b", "    ▪ c", "• d"]),
        ("1. a\n1. b\n1. c", ["1. a", "2. b", "3. c"]),
        ("9. a\n10. b", ["9. a", "10. b"]),
        ("1. a\n   more\n\n   para\n2. b", ["1. a more", "", "   para", "2. b"]),
        ("- [ ] open\n- [x] done", ["□ open", "■ done"]),
        ("text\n- a", ["text", "", "• a"]),
        ("text\n2. not a list", ["text 2. not a list"]),
        ("> quote\n> more\nlazy", ["▎ quote more lazy"]),
        ("> a\n>\n> b", ["▎ a", "▎", "▎ b"]),
        ("a\n\n---\n\nb", ["a", "", "─" * 40, "", "b"]),
        ("a\n---\nb", ["a", "", "b"]),
        ("| a |\n---\n| b |", ["a", "─", "b"]),
        ("a\n===", ["a"]),
        ("```\ncode\n\n  x\n```\nafter", ["  code", "", "    x", "", "after"]),
        ("```python\nx = 1\n```", ["  python", "  x = 1"]),
        ("    indented\n    code", ["  indented", "  code"]),
        ("1. a\n   ```\n   x\n   ```\n2. b", ["1. a", "     x", "2. b"]),
        ("| a | b |\n|---|--:|\n| 1 | 22 |", ["a    b", "──────", "1   22"]),
        ("| a |\nno table", ["| a | no table"]),
        ("| 日本 | x |\n|---|---|\n| a | b |", ["日本   x", "────────", "a      b"]),
        ("```js\nlet a = `x\n", ["  js", "  let a = `x"]),
        ("a  \nb", ["a", "b"]),
        ("#hash", ["#hash"]),
        ("", []),
        ("\n\n", []),
        ("***", ["─" * 40]),
    ],
)
def test_blocks(text: str, lines: list[str]) -> None:
    assert shown(text) == lines


@pytest.mark.parametrize(
    ("so_far", "lines"),
    [
        ("#", []),
        ("## ", []),
        ("text\n\n##", ["text"]),
        ("text\n-", ["text"]),
        ("- ", []),
        ("- [", []),
        ("- [x] ", []),
        ("1", []),
        ("1.", []),
        ("``", []),
        ("```pyt", []),
        ("```python\nx", ["  python", "  x"]),
        ("```python\nx\n``", ["  python", "  x"]),
        ("| a", []),
        ("| a | b |\n", []),
        ("| a | b |\n|--", []),
        ("| a | b |\n|---|---|\n| 1", ["a   b", "─────"]),
        (">", []),
        ("> -", []),
        ("**bold", ["bold"]),
        ("a **b** `c", ["a b c"]),
    ],
)
def test_unfinished_markers_are_not_shown(so_far: str, lines: list[str]) -> None:
    assert rows_text(MarkdownStream(so_far).draw(RENDERER)) == lines


def test_markers_that_stay_alone_are_text_at_the_end() -> None:
    assert shown("| a |") == ["| a |"]
    assert shown("un **closed") == ["un **closed"]


def test_a_sequence_cut_between_chunks_is_still_removed() -> None:
    stream = MarkdownStream()
    for piece in ("a\x1b", "[3", "1mred", "\x1b]0;ti", "tle\x07 end"):
        stream.feed(piece)
    stream.finish()
    assert rows_text(stream.draw(RENDERER)) == ["ared end"]


REFERRING = """See [the *docs*][1], [RFC  2119] and [none][9].

- in an item: [two][rfc 2119]
  > and a quote: [1]

| a | b |
|---|---|
| [cell][1] | [x] |

"""
DEFINITIONS = """[1]: https://example.org/docs "Docs"
[rfc 2119]: <https://rfc.example/2119>
[1]: https://example.org/the-second-does-not-count
"""


@pytest.mark.parametrize("is_drawn", [True, False])
@pytest.mark.parametrize("text", [REFERRING + DEFINITIONS, DEFINITIONS + REFERRING])
def test_references_lead_where_a_definition_says_wherever_that_stands(text: str, is_drawn: bool) -> None:
    renderer = Renderer(NIGHT, 100)
    stream = MarkdownStream()
    for character in text:
        stream.feed(character)
        if is_drawn:
            assert "example" not in "".join(rows_text(stream.draw(renderer)))
    stream.finish()
    rows = stream.draw(renderer)
    assert rows_text(rows) == [
        "See the docs (https://example.org/docs), RFC  2119 (https://rfc.example/2119) and [none][9].",
        "",
        "• in an item: two (https://rfc.example/2119)",
        "  ▎ and a quote: 1 (https://example.org/docs)",
        "",
        "a                                 b",
        "─" * 37,
        "cell (https://example.org/docs)   [x]",
    ]
    links = {style.link for row in rows for _, style in row.spans if style.link}
    assert links == {"https://example.org/docs", "https://rfc.example/2119"}


def test_references_in_a_list_that_ends_the_text_lead_somewhere_too() -> None:
    renderer = Renderer(NIGHT, 60)
    stream = MarkdownStream()
    for character in "[1]: https://a.b\n\n- one [x][1]\n\n  two\n  > [1]\n\n  three":
        stream.feed(character)
        stream.draw(renderer)
    stream.finish()
    assert rows_text(stream.draw(renderer)) == [
        "• one x (https://a.b)",
        "",
        "  two",
        "  ▎ 1 (https://a.b)",
        "",
        "  three",
    ]


@pytest.mark.parametrize("line", ["[TODO]: later", "[^1]: https://a.b", "[]: https://a.b", "[a]: one two", "[a]:"])
def test_what_only_looks_like_a_definition_is_shown(line: str) -> None:
    assert shown(line) == [line]


def test_blocks_without_references_are_not_drawn_again_when_definitions_have_come() -> None:
    renderer = Renderer(NIGHT, 60)
    stream = MarkdownStream("First.\n\nThen [this][1].\n\nLast.\n\n[1]: https://a.b\n")
    before = list(stream.draw(renderer))
    stream.finish()
    after = list(stream.draw(renderer))
    assert [one is other for one, other in zip(before, after, strict=True)] == [True, False, False, True, True]


def test_links_that_terminals_open_are_plain_addresses_only() -> None:
    def target(text: str) -> str | None:
        return next((style.link for row in draw(text) for _, style in row.spans if style.link), None)

    assert target("[a](https://a.b/c)") == "https://a.b/c"
    assert target("[a](javascript:alert(1))") is None
    assert target("[a](file:///srv/a%20b.txt)") == "file:///srv/a%20b.txt"
    assert target("[a](file://elsewhere/share)") is None


def test_code_is_coloured_as_a_whole_however_it_came() -> None:
    code = '```python\ndef f():\n    """Long\n    doc."""\n    return 1\n```\n'
    stream, renderer = MarkdownStream(), Renderer(NIGHT, 60)
    for line in code.splitlines(keepends=True):
        stream.feed(line)
        for row in stream.draw(renderer):
            row.make_strip(60)
    assert looks(stream.draw(renderer)) == looks(draw(code, Renderer(NIGHT, 60)))
    doc = NIGHT.style("syntax.comment", "surface")
    assert [style for text, style in stream.draw(renderer)[3].spans if "doc" in text] == [doc]


def test_a_line_of_a_megabyte_is_cut_into_paragraphs() -> None:
    stream = MarkdownStream("word " * 200_000)
    stream.finish()
    rows = stream.draw(RENDERER)
    assert sum(len(row.text.split()) for row in rows) >= 200_000
    assert LINE_LIMIT < 1_000_000


def test_deep_nesting_ends_as_text() -> None:
    assert len(shown("> " * 500 + "x", 80)) >= 1
    assert " ".join(shown("".join(f"{'  ' * depth}- x\n" for depth in range(200)), 80)).count("x") == 200


@given(st.lists(st.integers(0, 80), min_size=1, max_size=6), st.integers(10, 100))
def test_columns_fit_if_they_can(natural: list[int], room: int) -> None:
    widths = fit_columns(natural, room)
    wanted = [max(1, width) for width in natural]
    assert all(width <= want for width, want in zip(widths, wanted, strict=True))
    total = sum(widths) + 3 * (len(widths) - 1)
    assert total <= room or all(width <= 4 for width in widths)


def test_a_long_table_keeps_its_widths_as_it_grows() -> None:
    head = "| a | b |\n|---|---|\n" + "| x | y |\n" * 40
    stream, renderer = MarkdownStream(head), Renderer(NIGHT, 60)
    before = list(stream.draw(renderer))
    stream.feed("| a very long cell indeed | y |\n")
    assert all(one is other for one, other in zip(before, stream.draw(renderer), strict=False))


def test_the_cost_of_a_piece_does_not_grow_with_the_text() -> None:
    part = "# Part\n\nSome **bold** text and `code`.\n\n- one\n- two\n\n```python\nx = 1\n```\n\n"
    text = part * 400
    stream, renderer = MarkdownStream(), Renderer(NIGHT, 80)
    costs: list[float] = []
    size = len(text) // 5
    for start in range(0, size * 5, size):
        begin = time.process_time()
        for position in range(start, start + size, 48):
            stream.feed(text[position : min(position + 48, start + size)])
            stream.draw(renderer)
        costs.append(time.process_time() - begin)
    assert min(costs[-2:]) < 2 * max(costs[:2])
