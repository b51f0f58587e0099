from __future__ import annotations

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_tui.sanitize import COMBINING_LIMIT, clip, is_clean, sanitize, sanitize_line

FRAGMENTS = st.sampled_from(
    [
        "plain",
        "\x1b[31m",
        "\x1b]0;title\x07",
        "\x1b]8;;http://x\x1b\\",
        "\x1bPq#0;2;0;0;0",
        "\x1b_Gf=100;AAAA\x1b\\",
        "\x1b^pm\x9c",
        "\x1bX",
        "\x9b2J",
        "\x9d0;t\x9c",
        "\x1b[?1049h",
        "\x1b[",
        "\x1b]",
        "\x1b",
        "\x1bc",
        "\x1b(0",
        "\r",
        "\r\n",
        "\n",
        "\t",
        "\b",
        "a\bb",
        "\x00",
        "\x7f",
        "\x85",
        "\u2028",
        "\u202e",
        "\u2066",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\ufe0f",
        "\U000e0041",
        "\ud800",
        "\uffff",
        "e\u0301",
        "e" + "\u0301" * 9,
        "日本",
        "👩‍💻",
        "❤️",
    ]
)
VISIBLE_FORMATS = frozenset(
    map(chr, [*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13440)])
)
"""Signs that embrace what follows them: Unicode calls them formats, but they are seen."""
HOSTILE = st.lists(st.one_of(FRAGMENTS, st.text(max_size=6)), max_size=20).map("".join)


def assert_harmless(text: str) -> None:
    text.encode("utf-8")
    marks = 0
    for character in text:
        assert character == "\n" or category(character) not in ("Cc", "Cs", "Zl", "Zp"), repr(character)
        assert category(character) != "Cf" or character in VISIBLE_FORMATS, repr(character)
        marks = marks + 1 if category(character)[0] == "M" else 0
        assert marks <= COMBINING_LIMIT


@given(HOSTILE)
def test_what_comes_out_is_harmless(text: str) -> None:
    assert_harmless(_without_prepended_marks(sanitize(text)))


@given(HOSTILE)
def test_what_is_revealed_is_harmless(text: str) -> None:
    assert_harmless(_without_prepended_marks(sanitize(text, reveal=True)))


@given(HOSTILE)
def test_sanitizing_twice_changes_nothing(text: str) -> None:
    once = sanitize(text)
    assert sanitize(once) == once


@given(HOSTILE)
def test_a_line_stays_one_line(text: str) -> None:
    assert "\n" not in sanitize_line(text)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_text_is_returned_as_it_is(text: str) -> None:
    assert is_clean(text)
    assert sanitize(text) is text


@given(HOSTILE)
def test_clean_text_is_not_changed(text: str) -> None:
    if is_clean(text):
        assert sanitize(text) == text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("a\x1b]0;title\x07b", "ab"),
        ("a\x1b]0;title\x1b\\b", "ab"),
        ("a\x1b]0;never ended", "a"),
        ("a\x1b]0;never ended\nnext line", "a\nnext line"),
        ("a\x1b]0;cut\x1b[31mred", "ared"),
        ("\x1bP1;2q~~~\x1b\\ok", "ok"),
        ("\x9b31mred", "red"),
        ("\x1b[?1049hfull", "full"),
        ("\x1b[38;2;1;2;", ""),
        ("x\x1b", "x"),
        ("10%\r50%\r100%\n", "100%\n"),
        ("10%\r50%\r", "50%"),
        ("one\r\ntwo\r\n", "one\ntwo\n"),
        ("N\bNA\bA", "NA"),
        ("\ta\tb", "    a   b"),
        ("a\x00b\x07c", "abc"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("a\u2028b", "a b"),
        ("lone \ud800 half", "lone \ufffd half"),
        ("user\u202egnp.exe", "user⟨U+202E⟩gnp.exe"),
        ("❤️ 👩‍💻", "❤ 👩💻"),
        ("Ti\u1ebf\u0301ng", "Ti\u1ebf\u0301ng"),
    ],
)
def test_in_prose(raw: str, shown: str) -> None:
    assert sanitize(raw) == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("rm -rf\u200b /", "rm -rf⟨U+200B⟩ /"),
        ("echo hi\x1b]0; rm -rf /", "echo hi⟨^[⟩]0; rm -rf /"),
        ("safe\revil", "safe⟨^M⟩evil"),
        ("abc\b\b\bxyz", "abc⟨^H⟩⟨^H⟩⟨^H⟩xyz"),
        ("one\r\ntwo", "one\ntwo"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("x\U000e0041y", "x⟨U+E0041⟩y"),
        ("del\x7f", "del⟨U+007F⟩"),
    ],
)
def test_in_what_is_approved_nothing_is_hidden(raw: str, shown: str) -> None:
    assert sanitize(raw, reveal=True) == shown


@given(HOSTILE)
def test_revealing_hides_no_visible_character(text: str) -> None:
    revealed = sanitize(text, reveal=True)
    visible = [character for character in text if character.isascii() and character.isprintable() and character != " "]
    rest = iter(revealed)
    assert all(character in rest for character in visible)


def test_a_long_line_says_how_much_is_left_out() -> None:
    assert clip("x" * 1_000_000, 10) == "xxxxxxxxxx … 999,990 more characters"
    assert clip("short", 10) == "short"


def _without_prepended_marks(text: str) -> str:
    # Marks at the very beginning sit on nothing; terminals draw them on a space.
    return text.lstrip("".join(character for character in set(text) if category(character)[0] == "M"))
