from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_core.llm.merged_deltas import DeltaMerger

Wire: TypeAlias = Any


def chat(delta: Wire, **more: Wire) -> Wire:
    return {"id": "c1", "choices": [{"index": 0, "delta": delta, "finish_reason": None, "logprobs": None}], **more}


def said(text: str) -> Wire:
    return chat({"content": text})


def thought(text: str) -> Wire:
    return chat({"role": "assistant", "content": None, "reasoning_content": text})


def arguments(text: str, index: int = 0) -> Wire:
    return chat({"tool_calls": [{"index": index, "function": {"arguments": text}}]})


def block(kind: str, text: str, index: int = 0) -> Wire:
    key = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}[kind]
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, key: text}}


def sent(events: Sequence[Wire], separators: tuple[str, str] = (", ", ": ")) -> bytes:
    return b"".join(
        (f"event: {event['type']}\n" if "type" in event else "").encode()
        + b"data: "
        + json.dumps(event, separators=separators).encode()
        + b"\n\n"
        for event in events
    )


def read(data: bytes) -> list[Wire]:
    return [json.loads(event.partition(b"data: ")[2]) for event in data.split(b"\n\n") if event]


KINDS: dict[str, Callable[[str], Wire]] = {
    "an answer": said,
    "a thought": thought,
    "arguments": arguments,
    "the role behind it": lambda text: chat({"content": text, "role": "assistant"}),
    "padded": lambda text: chat({"content": text}, obfuscation="x" * (9 - len(text))),
    "a block of text": lambda text: block("text_delta", text),
    "a block of thoughts": lambda text: block("thinking_delta", text),
    "a block of arguments": lambda text: block("input_json_delta", text),
}


@pytest.mark.parametrize("separators", [(", ", ": "), (",", ":")])
@pytest.mark.parametrize("kind", KINDS)
def test_pieces_of_one_text_become_one_event(kind: str, separators: tuple[str, str]) -> None:
    make = KINDS[kind]
    pieces = ["one", ' "two" ', "\\", "{}\n\n", "\ud83d", "\ude00", ""]
    expected = make("".join(pieces))
    expected.pop("obfuscation", None)

    merged = read(DeltaMerger().merge(sent([make(piece) for piece in pieces], separators)))

    # What json makes of two halves of a surrogate pair that meet is the character.
    assert merged == [json.loads(json.dumps(expected))]


TWICE: list[Wire] = [
    chat({"content": "a", "reasoning_content": "b"}),
    chat({"content": "a", "tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}),
    chat({"tool_calls": [{"index": 0, "id": "", "function": {"name": "f", "arguments": "{}"}}]}),
    chat({"tool_calls": [{"index": 0, "function": {"arguments": "{}", "name": "f"}}]}),
    chat({"tool_calls": [{"index": at, "function": {"arguments": "{}"}} for at in (0, 1)]}),
    {"choices": [{"index": at, "delta": {"content": "a"}} for at in (0, 1)]},
    {"choices": [{"index": 0, "delta": {"role": "assistant"}}]},
    {"choices": [], "usage": {"prompt_tokens": 1}},
    {"content": "a"},
    {"type": "content_block_start", "index": 0},
]
PAIRS: list[tuple[Wire, Wire]] = [
    (said("a"), thought("b")),
    (said("a"), said("a") | {"id": "c2"}),
    (arguments("a", 0), arguments("a", 1)),
    (block("text_delta", "a", 0), block("text_delta", "a", 1)),
    *((event, event) for event in TWICE),
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_what_is_more_than_a_piece_of_the_same_text_stays_as_it_is(one: Wire, other: Wire) -> None:
    data = sent([one, other]) + b": a comment\n\ndata: [DONE]\n\n"

    assert DeltaMerger().merge(data) == data


TEXTS = st.text(st.sampled_from('ab"\\{}: \n\r\t,é漢😀') | st.characters(), max_size=8) | st.sampled_from(
    ['"delta": {"content": "x"}', "data: {}", "\\\\", '\\"']
)
EVENTS = st.one_of(
    TEXTS.map(said),
    TEXTS.map(thought),
    st.builds(arguments, TEXTS, st.integers(0, 1)),
    st.builds(block, st.sampled_from(["text_delta", "thinking_delta", "input_json_delta"]), TEXTS, st.integers(0, 1)),
    st.sampled_from([chat({"role": "assistant"}), chat({}), {"type": "ping"}]),
)


def texts(events: Sequence[Wire]) -> list[tuple[str, str]]:
    """Whose text it is, and the text, neighbours joined; what has none with all that is in it."""
    found: list[tuple[str, str]] = []
    for event in events:
        taken: Wire = json.loads(json.dumps(event))
        delta: Wire = taken["delta"] if "delta" in taken else taken.get("choices", [{"delta": {}}])[0]["delta"]
        holder: Wire = delta["tool_calls"][0]["function"] if "tool_calls" in delta else delta
        key = next((key for key in holder if isinstance(holder[key], str) and key not in ("type", "role")), None)
        text = str(holder.pop(key)) if key is not None else ""
        whose = f"{key} {json.dumps(taken)}"
        if found and key is not None and found[-1][0] == whose:
            found[-1] = (whose, found[-1][1] + text)
        else:
            found.append((whose, text))
    return found


@given(st.lists(EVENTS, max_size=12), st.lists(st.integers(0, 2000), max_size=6), st.booleans())
def test_the_texts_are_the_same_however_the_stream_is_cut(
    events: list[Wire], cuts: list[int], is_windows: bool
) -> None:
    data = sent(events)
    if is_windows:
        data = data.replace(b"\n", b"\r\n")
    merger = DeltaMerger()
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})

    merged = b"".join(merger.merge(data[start:end]) for start, end in itertools.pairwise(places))

    assert texts(read(merged.replace(b"\r\n", b"\n"))) == texts(events)


@given(st.binary(max_size=200) | st.text('\n"delta:{}content', max_size=200).map(str.encode))
def test_what_is_no_stream_of_events_is_passed_on(data: bytes) -> None:
    merger = DeltaMerger()

    assert b"".join(merger.merge(data[at : at + 1]) for at in range(len(data))) == data
    assert DeltaMerger().merge(data) == data
