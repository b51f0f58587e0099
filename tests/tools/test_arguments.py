from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_core.protocol import Json, ToolError
from codex_tools.arguments import AtLeast, parse_arguments, schema_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    text: Annotated[str, "Its words."]
    status: Literal["open", "done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    path: Annotated[str, "Where."]
    count: Annotated[int | None, "How many.", AtLeast(1)] = None
    ratio: float = 0.5
    is_big: bool = False
    parts: tuple[Part, ...] = ()


def read(**args: Json) -> Example:
    return parse_arguments(Example, "example", args)


def refusal(args: Mapping[str, Json]) -> str:
    with pytest.raises(ToolError) as caught:
        parse_arguments(Example, "example", args)
    return str(caught.value)


def test_the_schema_says_what_the_dataclass_says() -> None:
    assert schema_of(Example) == {
        "type": "object",
        "properties": {
            "path": {"type": "string", "description": "Where."},
            "count": {"type": "integer", "description": "How many.", "minimum": 1},
            "ratio": {"type": "number"},
            "is_big": {"type": "boolean"},
            "parts": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "text": {"type": "string", "description": "Its words."},
                        "status": {"type": "string", "enum": ["open", "done"]},
                    },
                    "required": ["text", "status"],
                    "additionalProperties": False,
                },
            },
        },
        "required": ["path"],
        "additionalProperties": False,
    }


def test_right_arguments_are_read_into_their_types() -> None:
    parts: Json = [{"text": "a", "status": "done"}]
    assert read(path="x", count=2, parts=parts) == Example(path="x", count=2, parts=(Part(text="a", status="done"),))


@pytest.mark.parametrize("count", [3, "3", 3.0, " 3 ", "3.0"])
def test_a_number_is_understood_in_any_unmistakable_form(count: Json) -> None:
    assert read(path="x", count=count).count == 3


def test_null_is_the_same_as_absent() -> None:
    assert read(path="x", count=None, ratio=None) == Example(path="x")


def test_a_list_written_as_a_string_of_json_is_read() -> None:
    assert read(path="x", parts='[{"text": "a", "status": "open"}]').parts == (Part(text="a", status="open"),)


@pytest.mark.parametrize("count", [True, "three", 3.5, [3], {"n": 3}, "", "1e999", float("nan")])
def test_a_wrong_number_is_named_with_what_is_expected(count: Json) -> None:
    assert "`count` must be an integer, not " in refusal({"path": "x", "count": count})


def test_all_that_is_wrong_is_told_at_once() -> None:
    said = refusal({"pth": "x", "count": 0, "is_big": "perhaps", "parts": [{"text": "a", "status": "closed"}]})
    assert "`pth` is not a field; did you mean `path`?" in said
    assert "`path` is missing: a string (Where.)" in said
    assert "`count` must be at least 1, not 0" in said
    assert '`is_big` must be a boolean, not "perhaps"' in said
    assert '`parts[0].status` must be one of "open", "done", not "closed"' in said


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


NAMES = st.sampled_from(["path", "count", "ratio", "is_big", "parts", "x"])


@given(st.dictionaries(NAMES, cast(st.SearchStrategy[Json], JSON)))
def test_whatever_a_model_writes_is_read_or_refused_in_words(args: dict[str, Json]) -> None:
    with contextlib.suppress(ToolError):
        assert isinstance(parse_arguments(Example, "example", args), Example)
