from __future__ import annotations

import pytest
from textual.events import Key, Paste

from codex_tui.terminal_input import PasteParser

PASTED = "one\r\x1b[31mtwo\x1b\x1b[20\x1b[200~ 漢"
STREAM = f"a\x1b[200~{PASTED}\x1b[201~b\x1b[200~\x1b[201~\x1b[Ac"
WANTED = ["a", PASTED, "b", "", "up", "c"]


def told(pieces: list[str]) -> list[str]:
    parser = PasteParser()
    events = [event for piece in pieces for event in [*parser.feed(piece), *parser.tick()]]
    assert all(isinstance(event, Key | Paste) for event in events)
    return [event.text if isinstance(event, Paste) else event.key for event in events if isinstance(event, Key | Paste)]


@pytest.mark.parametrize("at", range(1, len(STREAM)))
def test_a_paste_is_one_text_wherever_it_is_cut_in_two(at: int) -> None:
    assert told([STREAM[:at], STREAM[at:]]) == WANTED


def test_a_paste_is_one_text_if_it_comes_character_by_character() -> None:
    assert told(list(STREAM)) == WANTED


def test_an_end_that_comes_late_ends_the_paste(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("textual._parser.get_time", lambda: now[0])
    parser = PasteParser()
    events = list(parser.feed("\x1b[200~pasted\x1b["))
    now[0] = 60.0
    events += [*parser.tick(), *parser.feed("201~x")]
    assert [type(event) for event in events] == [Paste, Key]


def test_no_key_is_pressed_by_what_is_pasted() -> None:
    parser = PasteParser()
    events = [event for line in ("\x1b[200~", "\x1b" + "y\r" * 40, "\x1b[201~") for event in parser.feed(line)]
    assert [type(event) for event in events] == [Paste]


def test_more_text_at_once_than_anybody_types_is_a_paste_between_keys() -> None:
    flood = "".join(f"word{number} " for number in range(300))
    events = list(PasteParser().feed(f"\x1b[A{flood}\r{flood}\x1b[Bz"))
    keys = [event for event in events if isinstance(event, Key)]
    texts = [event.text if isinstance(event, Paste) else event.character or event.key for event in events]
    assert "".join(texts) == f"up{flood}\r{flood}downz"
    assert len(keys) < 100
    assert max(map(len, texts)) <= 1_000  # a longer one would stand as a chip


def test_a_sequence_that_was_cut_is_not_pasted() -> None:
    parser = PasteParser()
    events = [*parser.feed("\x1b["), *parser.feed("A" + "b" * 90)]
    assert [event.key for event in events[:2] if isinstance(event, Key)] == ["up", "b"]
