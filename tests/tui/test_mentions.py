from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from codex_tui.composer import Composer
from codex_tui.mention.index import PathIndex, letters_of
from codex_tui.mention.word import word_before, written
from codex_tui.options import FileListing
from codex_tui.popup import Popup
from tests.tui.stage import Player, Stage

PATHS = (
    ".github/",
    ".github/workflows/ci.yml",
    "README.md",
    "docs/",
    "docs/parser notes.md",
    'docs/"quoted".md',
    "src/",
    "src/parser.py",
    "src/parser_table.py",
    "src/tempo/",
    "src/tempo/clock.py",
    "tests/test_parser.py",
)


class Lister:
    """Lists what a test says, when it says so."""

    def __init__(self, paths: Sequence[str] = PATHS, recent: Sequence[str] = ()) -> None:
        self.listing = FileListing(paths=tuple(paths), recent=tuple(recent))
        self.asked: list[Path] = []
        self.released = asyncio.Event()
        self.released.set()

    async def __call__(self, folder: Path) -> FileListing:
        self.asked.append(folder)
        await self.released.wait()
        return self.listing


def composer(player: Player) -> Composer:
    return player.main.query_one(Composer)


def app(stage: Stage, lister: Lister) -> contextlib.AbstractAsyncContextManager[Player]:
    return stage.play(stage.app(list_files=lister))


async def test_typing_a_mention_offers_files_and_tab_completes_the_best(stage: Stage) -> None:
    async with app(stage, Lister()) as player:
        await player.type("look at @par")
        await player.until_shown("src/parser_table.py")
        await player.press("tab")
        assert composer(player).text == "look at @src/parser.py "
        assert not player.main.query(Popup)


async def test_enter_takes_the_chosen_file_and_sends_nothing(stage: Stage) -> None:
    async with app(stage, Lister()) as player:
        await player.type("@par")
        await player.until_shown("tests/test_parser.py")
        await player.press("down", "enter")
        assert composer(player).text == "@src/parser_table.py "
        assert player.session.ops == []


@pytest.mark.parametrize("key", ["tab", "enter"])
async def test_what_is_typed_right_behind_the_completion_comes_behind_it(stage: Stage, key: str) -> None:
    async with app(stage, Lister()) as player:
        await player.type("@par")
        await player.until_shown("src/parser.py")
        player._send(key)  # pyright: ignore[reportPrivateUsage]  # the next key does not wait
        await player.type("now")
        await player.press("enter")
        await player.until(lambda: bool(player.session.ops))
        assert "@src/parser.py now" in str(player.session.ops[0])


async def test_escape_closes_it_and_the_same_mention_does_not_open_it_again(stage: Stage) -> None:
    async with app(stage, Lister()) as player:
        await player.type("@par")
        await player.until_shown("src/parser.py")
        await player.press("escape")
        await player.type("s")
        assert "src/parser.py" not in player.text
        assert composer(player).text == "@pars"
        await player.type(" and @clo")
        await player.until_shown("src/tempo/clock.py")


async def test_names_with_blanks_and_quotes_are_written_so_that_they_are_one_word(stage: Stage) -> None:
    async with app(stage, Lister()) as player:
        await player.type("@notes")
        await player.until_shown("docs/parser notes.md")
        await player.press("tab")
        await player.type("@quoted")
        await player.until_shown('docs/"quoted".md')
        await player.press("tab")
        assert composer(player).text == '@"docs/parser notes.md" @"docs/\\"quoted\\".md" '


async def test_a_folder_stays_open_and_offers_what_is_in_it(stage: Stage) -> None:
    async with app(stage, Lister()) as player:
        await player.type("@tempo/")
        await player.until_shown("src/tempo/clock.py")
        composer(player).put("")
        await player.type("@temp")
        await player.until_shown("src/tempo/")
        await player.press("tab")
        assert composer(player).text == "@src/tempo/"
        await player.until(lambda: "› src/tempo/clock.py" in player.text)


async def test_in_a_shell_line_the_path_is_written_as_the_shell_reads_it(stage: Stage) -> None:
    async with app(stage, Lister()) as player:
        await player.type("!wc -l @notes")
        await player.until_shown("docs/parser notes.md")
        await player.press("tab")
        assert composer(player).text == "!wc -l 'docs/parser notes.md' "


async def test_keys_go_on_while_the_files_are_being_looked_for(stage: Stage) -> None:
    lister = Lister()
    lister.released.clear()
    async with app(stage, lister) as player:
        await player.type("@clo")
        await player.until_shown("looking for files")
        await player.type("c")
        assert composer(player).text == "@cloc"
        lister.released.set()
        await player.until_shown("src/tempo/clock.py")
        assert lister.asked == [Path("/home/ada/src/tempo")]


async def test_a_new_file_is_found_without_leaving_the_popup(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codex_tui.mention.finder.FRESH_S", 0.0)
    lister = Lister()
    async with app(stage, lister) as player:
        await player.type("@zeb")
        await player.until_shown("no file matches")
        lister.listing = FileListing(paths=(*PATHS, "src/zebra.py"))
        await player.type("ra")
        await player.until_shown("src/zebra.py")


async def test_an_address_is_no_mention_and_enter_sends_a_mention_that_matches_nothing(stage: Stage) -> None:
    async with app(stage, Lister()) as player:
        await player.type("mail ada@par")
        assert not player.main.query(Popup)
        composer(player).put("")
        await player.type("@nothing-of-that-name")
        await player.until_shown("no file matches")
        await player.press("enter")
        await player.until(lambda: bool(player.session.ops))


async def test_hostile_names_are_drawn_harmlessly(stage: Stage) -> None:
    async with app(stage, Lister(["a\u202eyp.exe", "b[bold]x[/].py", "c\x1b[2Jd.py"])) as player:
        await player.type("@")
        await player.until_shown("b[bold]x[/].py")
        assert "\x1b" not in player.text
        assert "\u202e" not in player.text


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("par", "src/parser.py"),
        ("parser.py", "src/parser.py"),
        ("pt", "src/parser_table.py"),
        ("clock", "src/tempo/clock.py"),
        ("src/te", "src/tempo/"),
        ("sclo", "src/tempo/clock.py"),
        ("READ", "README.md"),
        ("ci", ".github/workflows/ci.yml"),
        ("tests/", "tests/test_parser.py"),
    ],
)
def test_the_best_match_comes_first(query: str, first: str) -> None:
    assert PathIndex(PATHS).search(query, 5)[0].path == first


def test_what_was_changed_last_comes_first_among_equals() -> None:
    index = PathIndex(PATHS, ["tests/test_parser.py", "src/tempo/clock.py"])
    assert [match.path for match in index.search("", 2)] == ["tests/test_parser.py", "src/tempo/clock.py"]
    assert next(match.path for match in index.search("t", 5)) == "tests/test_parser.py"


def test_typing_on_and_back_finds_the_same_as_asking_anew() -> None:
    index = PathIndex(PATHS)
    for query in ("p", "pa", "par", "pa", "P", "p", "s", "sr", "src/", "src/t", "t"):
        assert index.search(query, 20) == PathIndex(PATHS).search(query, 20)


def test_a_name_made_to_be_slow_is_not() -> None:
    index = PathIndex(["a" * 4000 + "/" + "ab" * 2000] * 50)
    assert index.search("a" * 60 + "c", 5) == []


@pytest.mark.parametrize("query", ["pt", "tab", "srpa", "src/parser_table.py"])
def test_the_letters_that_matched_spell_what_was_typed(query: str) -> None:
    path = "src/parser_table.py"
    assert "".join(path[at] for at in letters_of(query, path)) == query


@pytest.mark.parametrize(
    ("line", "query"),
    [
        ("@", ""),
        ("see @src/a", "src/a"),
        ("(@src", "src"),
        ('@"two words', "two words"),
        ('@"a \\"b', 'a "b'),
        ("x@y", None),
        ("@a b", None),
        ('@"done" ', None),
        ("", None),
    ],
)
def test_what_counts_as_a_mention(line: str, query: str | None) -> None:
    word = word_before(line, len(line))
    assert (word.query if word is not None else None) == query


@pytest.mark.parametrize("path", ["a.py", "a b.py", 'a"b.py', "a\\b.py", "x@y.py", "it's.py"])
def test_what_is_written_is_read_back_as_the_same_path(path: str) -> None:
    text = written(path).rstrip(" ")
    quoted = text.startswith('@"')
    word = word_before(text[:-1] if quoted else text, len(text) - quoted)
    assert word is not None
    assert word.query == path
