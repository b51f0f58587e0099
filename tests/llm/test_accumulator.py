import json
import random
import time
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_core.llm.accumulator import CallAccumulator, ThinkingAccumulator

NAMES = st.sampled_from(["read_file", "grep", "shell"])
VALUES = st.none() | st.integers() | st.text(max_size=12) | st.lists(st.text(max_size=4), max_size=3)
ARGUMENTS = st.dictionaries(st.text(max_size=8), VALUES, max_size=3)
CALLS = st.lists(st.tuples(NAMES, ARGUMENTS), min_size=1, max_size=4)


@dataclass
class Fragment:
    index: int | None
    call_id: str = ""
    name: str = ""
    arguments: str = ""


def collect(fragments: list[Fragment]) -> tuple[CallAccumulator, list[str]]:
    accumulator = CallAccumulator()
    started = [
        name
        for f in fragments
        if (name := accumulator.add(index=f.index, call_id=f.call_id, name=f.name, arguments=f.arguments))
    ]
    return accumulator, started


def cut(text: str, rng: random.Random) -> list[str]:
    pieces = []
    while text:
        size = rng.randint(1, 6)
        pieces.append(text[:size])
        text = text[size:]
    return pieces


def read(accumulator: CallAccumulator) -> list[tuple[str, Any]]:
    return [(call.name, json.loads(call.arguments)) for call in accumulator.calls()]


@given(CALLS, st.randoms(use_true_random=False), st.booleans(), st.booleans())
def test_interleaved_fragments_with_indexes_give_every_call_back(
    calls: list[tuple[str, Any]], rng: random.Random, has_ids: bool, repeats_id: bool
) -> None:
    columns = []
    for index, (name, arguments) in enumerate(calls):
        call_id = f"id_{index}" if has_ids else ""
        column = [Fragment(index, call_id, name)]
        column += [
            Fragment(index, call_id if repeats_id else "", "", piece) for piece in cut(json.dumps(arguments), rng)
        ]
        columns.append(column)
    fragments = [column.pop(0) for column in columns]  # calls begin in order
    while rest := [column for column in columns if column]:
        fragments.append(rng.choice(rest).pop(0))
    accumulator, started = collect(fragments)
    assert read(accumulator) == calls
    assert started == [name for name, _ in calls]


@given(CALLS, st.randoms(use_true_random=False), st.sampled_from([0, None]))
def test_calls_one_after_the_other_at_the_same_index_are_kept_apart_by_their_ids(
    calls: list[tuple[str, Any]], rng: random.Random, index: int | None
) -> None:
    fragments = []
    for number, (name, arguments) in enumerate(calls):
        fragments.append(Fragment(index, f"id_{number}", name))
        fragments += [Fragment(index, "", "", piece) for piece in cut(json.dumps(arguments), rng)]
    accumulator, _ = collect(fragments)
    assert read(accumulator) == calls


@given(CALLS)
def test_whole_calls_without_ids_at_the_same_index_are_kept_apart_by_complete_json(
    calls: list[tuple[str, Any]],
) -> None:
    accumulator, _ = collect([Fragment(0, "", name, json.dumps(arguments)) for name, arguments in calls])
    assert read(accumulator) == calls


@given(
    st.lists(
        st.builds(
            Fragment, st.none() | st.integers(0, 3), st.sampled_from(["", "a", "b"]), NAMES | st.just(""), st.text()
        )
    )
)
def test_any_fragments_give_calls_with_ids_of_their_own(fragments: list[Fragment]) -> None:
    calls = collect(fragments)[0].calls()
    assert len({call.call_id for call in calls}) == len(calls)
    assert all(call.call_id and call.arguments for call in calls)
    said = "".join(fragment.arguments for fragment in fragments)
    assert sum(len(call.arguments) for call in calls if call.arguments != "{}") <= len(said)


def test_missing_arguments_are_an_empty_object() -> None:
    assert read(collect([Fragment(0, "a", "look")])[0]) == [("look", {})]


def test_name_that_comes_late_is_told_when_it_comes() -> None:
    accumulator, started = collect([Fragment(0, "a"), Fragment(0, "", "look"), Fragment(0, "", "", "{}")])
    assert started == ["look"]
    assert read(accumulator) == [("look", {})]


def test_truncated_arguments_stay_as_they_came() -> None:
    assert collect([Fragment(0, "a", "look", '{"pa')])[0].calls()[0].arguments == '{"pa'


def test_fragments_whose_index_counts_up_follow_their_id() -> None:
    accumulator, _ = collect([Fragment(0, "a", "look", '{"p'), Fragment(1, "a", "", '": 1}')])
    assert read(accumulator) == [("look", {"p": 1})]


def test_same_id_given_to_two_calls_is_replaced() -> None:
    calls = collect([Fragment(0, "x", "look", "{}"), Fragment(1, "x", "look", "{}")])[0].calls()
    assert calls[0].call_id == "x"
    assert calls[1].call_id.startswith("call_")


@pytest.mark.parametrize("cuts", [1, 3, 100])
def test_thinking_is_joined_until_its_signature(cuts: int) -> None:
    accumulator = ThinkingAccumulator()
    text = "Where is the file? In src."
    for start in range(0, len(text), cuts):
        accumulator.add({"type": "thinking", "thinking": text[start : start + cuts], "index": 0})
    accumulator.add({"type": "thinking", "thinking": "", "signature": "s1"})
    accumulator.add({"type": "redacted_thinking", "data": "xyz", "index": 1})
    accumulator.add({"type": "thinking", "thinking": "never signed"})
    assert accumulator.blocks() == (
        {"type": "thinking", "thinking": text, "signature": "s1"},
        {"type": "redacted_thinking", "data": "xyz"},
    )


@given(CALLS, st.randoms(use_true_random=False))
def test_calls_whose_every_fragment_repeats_the_name_are_kept_apart(
    calls: list[tuple[str, Any]], rng: random.Random
) -> None:
    fragments = [Fragment(0, "", name, piece) for name, arguments in calls for piece in cut(json.dumps(arguments), rng)]
    assert read(collect(fragments)[0]) == calls


@pytest.mark.parametrize("piece", ["xxxxx", "}}}}}", '"{}"{', "{}{}{"])
def test_the_cost_of_a_fragment_does_not_grow_with_what_came_before(piece: str) -> None:
    def seconds_for(count: int) -> float:
        started = time.process_time()
        collect([Fragment(0, "", "look", '{"a": "'), *[Fragment(0, "", "look", piece)] * count])
        return time.process_time() - started

    assert seconds_for(40_000) < 16 * seconds_for(5_000) + 0.1
