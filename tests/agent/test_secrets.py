from __future__ import annotations

import json
import time

import pytest

from codex_core.agent.secrets import MASK, MaskedStream, Masker

KEY = "sk-proj-" + "a1B2" * 12
BLOCK = "-----BEGIN RSA PRIVATE KEY-----\n" + "QUJD" * 16 + "\n" + "-----END RSA PRIVATE KEY-----"


def test_a_file_full_of_key_beginnings_costs_no_more_than_another() -> None:
    masker = Masker()
    hostile = "-----BEGIN PRIVATE KEY-----\n" * 4000
    began = time.process_time()
    masker.mask(hostile)
    masker.mask("-----BEGIN " + "A " * 50_000)
    assert time.process_time() - began < 2  # it was 12 s


def test_a_private_key_is_masked_also_when_its_end_was_cut() -> None:
    assert Masker().mask(f"a {BLOCK} b") == f"a {MASK} b"
    assert "QUJD" not in Masker().mask(BLOCK[:60])


@pytest.mark.parametrize("size", [1, 3, 10, 29, 1000])
@pytest.mark.parametrize("secret", [KEY, BLOCK, "hunter2hunter2"])
def test_a_secret_that_comes_in_pieces_is_not_shown_in_pieces(secret: str, size: int) -> None:
    text = f"before {secret} after\n"
    stream = MaskedStream(Masker(["hunter2hunter2"]))
    shown = "".join(stream.feed(text[start : start + size]) for start in range(0, len(text), size))
    assert shown == f"before {MASK} after\n"


def test_output_without_spaces_is_not_held_back_for_ever() -> None:
    stream = MaskedStream(Masker())
    shown = "".join(stream.feed("." * 1000) for _ in range(100))
    assert len(shown) >= 100_000 - MaskedStream.MOST_HELD


@pytest.mark.parametrize("before", ["", " ", "\n", "\t", "=", '"', "\\", "\x01", "export A="])
@pytest.mark.parametrize("is_ascii", [True, False])
def test_a_secret_is_masked_in_the_arguments_of_a_call_wherever_it_stands_in_them(before: str, is_ascii: bool) -> None:
    own = 'hunter"2"\\hüntér'
    for secret in (KEY, "ghp_" + "a1B2" * 10, "AKIA" + "A1B2" * 4, own):
        arguments = json.dumps({"content": f"{before}{secret}\n"}, ensure_ascii=is_ascii)
        masked = Masker([own]).mask(arguments)
        assert json.loads(masked) == {"content": f"{before}{MASK}\n"}


def test_letters_within_a_word_are_no_secret() -> None:
    assert Masker().mask(word := "task-" + "a" * 30) == word
