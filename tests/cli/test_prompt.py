from __future__ import annotations

import io
import sys

import pytest

from codex_cli.arguments import UsageError
from codex_cli.prompt import MOST_STDIN_BYTES, read_prompt


def pipe(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


@pytest.mark.parametrize(
    ("words", "piped", "prompt"),
    [
        ("do it", b"", "do it"),
        ("do it", b" \n", "do it"),
        ("do it", "with ü\n".encode(), "do it\n\n<stdin>\nwith ü\n</stdin>"),
        ("-", b"all of it\n", "all of it\n"),
        (None, b"all of it", "all of it"),
        (None, b"not \xff UTF-8", "not � UTF-8"),
    ],
)
def test_the_prompt_is_made_of_words_and_stdin(
    monkeypatch: pytest.MonkeyPatch, words: str | None, piped: bytes, prompt: str
) -> None:
    pipe(monkeypatch, piped)
    assert read_prompt(words) == prompt


@pytest.mark.parametrize("words", [None, "-", " ", ""])
def test_an_empty_prompt_is_refused(monkeypatch: pytest.MonkeyPatch, words: str | None) -> None:
    pipe(monkeypatch, b"\n")
    with pytest.raises(UsageError, match="the prompt is empty"):
        read_prompt(words)


def test_more_than_a_model_could_take_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe(monkeypatch, b"x" * (MOST_STDIN_BYTES + 1))
    with pytest.raises(UsageError, match="on stdin"):
        read_prompt("summarise")


def test_without_stdin_the_words_are_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert read_prompt("do it") == "do it"
    with pytest.raises(UsageError, match="exec needs a prompt"):
        read_prompt(None)
