from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_core.protocol import Json
from codex_tools.mcp.listing import read_listing
from codex_tools.mcp.names import model_names
from codex_tools.mcp.results import cut_middle, result_text

quick = settings(deadline=None, max_examples=60)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@quick
@given(st.lists(st.text(max_size=80), unique=True, max_size=20))
def test_every_name_is_one_that_providers_take_and_no_two_are_alike(tools: list[str]) -> None:
    names = model_names("server", tools)
    assert all(re.fullmatch(r"mcp__server__[a-zA-Z0-9_-]{1,51}", name) for name in names.values())
    assert len(set(names.values())) == len(tools)


def test_good_names_are_kept_and_the_order_does_not_matter() -> None:
    names = model_names("s", ["read", "a.b", "a_b"])
    assert names["read"] == "mcp__s__read"
    assert names["a_b"] == "mcp__s__a_b"
    assert names["a.b"].startswith("mcp__s__a_b_")
    assert model_names("s", ["a_b", "a.b", "read"]) == names


@quick
@given(st.lists(st.dictionaries(st.sampled_from(["name", "description", "inputSchema", "x"]), json_values), max_size=5))
def test_any_listing_becomes_tools_that_providers_take(raw: list[dict[str, Json]]) -> None:
    for tool in read_listing("s", raw).tools:
        assert tool.schema["type"] == "object"
        assert isinstance(tool.schema.get("properties"), dict)
        json.dumps(tool.to_json(), allow_nan=False).encode()


@quick
@given(st.dictionaries(st.sampled_from(["content", "structuredContent", "isError"]), json_values))
def test_any_result_becomes_text(result: dict[str, Json]) -> None:
    result_text(result).encode()


@quick
@given(st.lists(st.dictionaries(st.sampled_from(["type", "text", "data", "resource", "uri", "mimeType"]), json_values)))
def test_any_content_becomes_text(blocks: list[dict[str, Json]]) -> None:
    result_text({"content": blocks}).encode()


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, "a\nb"),
        ({"content": [], "structuredContent": {"a": 1}}, '{"a": 1}'),
        ({"content": [{"type": "text", "text": '{"a":1}'}], "structuredContent": {"a": 1}}, '{"a":1}'),
        ({"content": [{"type": "text", "text": "5"}], "structuredContent": {"result": 5}}, "5"),
        (
            {
                "content": [{"type": "text", "text": "x"}, {"type": "text", "text": "y"}],
                "structuredContent": {"result": ["x", "y"]},
            },
            "x\ny",
        ),
        ({"content": [{"type": "text", "text": "done"}], "structuredContent": {"id": 7}}, 'done\n{"id": 7}'),
        (
            {"content": [{"type": "resource", "resource": {"uri": "file:///a", "text": "inside"}}]},
            "[resource file:///a]\ninside",
        ),
        (
            {"content": [{"type": "resource_link", "uri": "file:///a", "name": "A"}]},
            "[link to the resource file:///a A]",
        ),
        ({"content": [{"type": "text", "text": "a\ud800b"}]}, "a?b"),
    ],
)
def test_content_is_said_once_and_readably(result: dict[str, Json], text: str) -> None:
    assert result_text(result) == text


@quick
@given(st.text(), st.integers(min_value=10, max_value=100))
def test_a_cut_keeps_both_ends_and_counts_exactly(text: str, limit: int) -> None:
    cut = cut_middle(text, limit=limit)
    if len(text) <= limit:
        assert cut == text
        return
    match = re.search(r"\n\[([\d,]+) of ([\d,]+) characters are left out here\]\n", cut)
    assert match is not None
    assert int(match[1].replace(",", "")) == len(text) - limit
    assert len(cut) - len(match[0]) == limit
