from __future__ import annotations

import contextlib
import json
import types
import typing
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_core.protocol import (
    ApprovalRequest,
    AssistantItem,
    Envelope,
    Event,
    ImagePart,
    Item,
    Json,
    Op,
    SessionCorrupt,
    TextPart,
    ToolCallItem,
    ToolResultItem,
    Unknown,
    UserItem,
)
from codex_core.protocol.codec import decode_item, decode_value, encode_item, encode_value

CORPUS = Path(__file__).parent / "corpus"

numbers = st.floats(allow_nan=False, allow_infinity=False)
# Half pairs on their own: two halves that follow each other are one character as soon as they are JSON.
texts = st.text(st.characters(exclude_categories=["Cs"]) | st.just("\ud83d"), max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts | st.just("type"), inner, max_size=3),
    max_leaves=6,
)
unknown_fields = st.dictionaries(texts.map("new_".__add__), json_values, max_size=2)
unknown_values = st.builds(Unknown, tag=texts.map("new_".__add__), extra=unknown_fields)


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    origin, arguments = get_origin(kind), get_args(kind)
    plain = {str: texts, int: st.integers(0, 2**53), bool: st.booleans(), float: numbers, bytes: st.binary(max_size=9)}
    if kind in plain:
        return plain[kind]
    if kind is types.NoneType:
        return st.none()
    if kind is Unknown:
        return unknown_values
    if kind is Path:
        return st.sampled_from([Path("/a/b"), Path("c")])
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return st.builds(
            kind,
            **{
                f.name: unknown_fields
                if f.name == "extra"
                else json_values
                if f.type == "Json"
                else values_of(hints[f.name])
                for f in fields(kind)
            },
        )
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple:
        return st.lists(values_of(arguments[0]), max_size=3).map(tuple)
    assert origin in (types.UnionType, typing.Union), kind
    return st.one_of([values_of(member) for member in arguments])


@settings(max_examples=400)
@given(values_of(Item))
def test_every_item_comes_back_as_it_was(item: Item) -> None:
    text = encode_item(item)
    assert text.isascii()
    assert "\n" not in text
    assert decode_item(text) == item


@given(values_of(Event))
def test_every_event_comes_back_as_it_was(event: Event) -> None:
    assert decode_value(Event, json.loads(json.dumps(encode_value(Event, event)))) == event


@given(values_of(Op))
def test_every_op_comes_back_as_it_was(op: Op) -> None:
    assert decode_value(Op, json.loads(json.dumps(encode_value(Op, op)))) == op


@given(values_of(Envelope) | values_of(ApprovalRequest))
def test_values_outside_of_unions_come_back_too(value: Envelope | ApprovalRequest) -> None:
    assert decode_value(type(value), json.loads(json.dumps(encode_value(type(value), value)))) == value


@given(st.text(max_size=40) | json_values.map(json.dumps))
def test_whatever_is_no_item_is_refused_in_words(text: str) -> None:
    with pytest.raises(SessionCorrupt):
        decode_item(text)


@given(st.data())
def test_a_damaged_row_is_an_item_or_a_refusal(data: st.DataObject) -> None:
    row = json.loads(encode_item(data.draw(values_of(Item))))
    row[data.draw(st.sampled_from(sorted(row)))] = data.draw(json_values)
    with contextlib.suppress(SessionCorrupt):
        decoded = decode_item(json.dumps(row))
        assert decode_item(encode_item(decoded)) == decoded


def test_a_row_looks_as_the_format_says() -> None:
    call = ToolCallItem(id="tool_1", at=1.5, call_id="c1", name="shell", arguments='{"command": "ls"}')
    assert json.loads(encode_item(call)) == {
        "v": 1,
        "type": "tool_call",
        "id": "tool_1",
        "at": 1.5,
        "call_id": "c1",
        "name": "shell",
        "arguments": '{"command": "ls"}',
        "by": "model",
    }


def test_fields_of_a_newer_release_survive_at_every_level() -> None:
    row = {
        "v": 1,
        "type": "tool_result",
        "id": "r",
        "at": 1,
        "call_id": "c",
        "name": "edit_file",
        "status": "ok",
        "output": "",
        "mood": {"type": "sunny"},
        "display": [
            {
                "type": "diff",
                "weight": 3,
                "files": [
                    {"path": "a", "kind": "add", "added": 1, "removed": 0, "unified": "", "type": "odd", "blame": None}
                ],
            }
        ],
    }
    item = decode_item(json.dumps(row))
    assert isinstance(item, ToolResultItem)
    assert item.extra == {"mood": {"type": "sunny"}}
    written = json.loads(encode_item(item))
    assert written["mood"] == row["mood"]
    assert written["display"][0]["weight"] == 3
    assert written["display"][0]["files"][0]["blame"] is None
    assert written["display"][0]["files"][0]["type"] == "odd"
    assert replace(item, output="x").extra == item.extra


@pytest.mark.parametrize(
    "row",
    [
        {"v": 1, "type": "hologram", "id": "x", "depth": [1, {"type": "text"}]},
        {"v": 2, "type": "user", "id": "x", "parts": "in another shape"},
        {"v": 1, "type": "user", "id": "x", "at": 1.0, "parts": [{"type": "smell", "of": "rose"}], "origin": "prompt"},
    ],
)
def test_what_a_newer_release_wrote_is_kept_and_written_back(row: dict[str, object]) -> None:
    assert json.loads(encode_item(decode_item(json.dumps(row)))) == row


def test_opaque_json_passes_untouched_even_if_it_looks_like_ours() -> None:
    opaque = [{"type": "text", "text": 5}, {"v": 9, "signature": "s", "extra": {}}]
    item = AssistantItem(id="a", at=0.0, text="", provider="p", model="m", opaque=opaque)
    decoded = decode_item(encode_item(item))
    assert isinstance(decoded, AssistantItem)
    assert decoded.opaque == opaque


def test_images_are_kept_as_bytes() -> None:
    item = UserItem(id="u", at=0.0, parts=(ImagePart(path="a.png", mime="image/png", data=bytes(range(256))),))
    assert decode_item(encode_item(item)) == item


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ('{"v": 1, "type": "user", "id": "x", "at": 1}', "user.parts is missing"),
        ('{"v": 1, "type": "user", "id": 7, "at": 1, "parts": []}', "user.id should be text, is 7"),
        ('{"v": 1, "type": "user", "id": "x", "at": true, "parts": []}', "user.at should be a number, is True"),
        (
            '{"v": 1, "type": "notice", "id": "x", "at": 1, "level": "loud", "text": ""}',
            "notice.level should be one of info, warning, error, is text 'loud'",
        ),
        (
            '{"v": 1, "type": "user", "id": "x", "at": 1, "parts": [{"type": "image", "path": "", "mime": "",'
            ' "data": "no base64!"}]}',
            "user.parts.[].image.data should be base64",
        ),
        ('{"v": 1, "id": "x"}', "type is missing"),
        ('{"type": "user"}', "it has no version"),
        ("[]", "no object"),
        ("[" * 100_000, "not an item"),
        ('{"v": 1, "type": "user", "at": 1' + "0" * 5000 + "}", "not an item"),
    ],
)
def test_a_wrong_row_is_refused_with_the_place(row: str, complaint: str) -> None:
    with pytest.raises(SessionCorrupt) as caught:
        decode_item(row)
    assert complaint in str(caught.value)


def test_half_surrogate_pairs_survive() -> None:
    item = UserItem(id="u", at=0.0, parts=(TextPart(text="cut \ud83d here"),))
    assert decode_item(encode_item(item)) == item


def keeps(written: Json, row: Json) -> bool:
    """Whether a row is still in what was written of it: there may be more fields, those there keep name and value."""
    if isinstance(written, dict) and isinstance(row, dict):
        return all(name in written and keeps(written[name], value) for name, value in row.items())
    if isinstance(written, list) and isinstance(row, list):
        return len(written) == len(row) and all(keeps(*pair) for pair in zip(written, row, strict=True))
    return written == row


@pytest.mark.parametrize("file", sorted(CORPUS.glob("*.jsonl")), ids=lambda path: path.stem)
def test_rows_that_a_release_wrote_are_read_and_written_back_the_same(file: Path) -> None:
    rows = file.read_text().splitlines()
    assert rows
    for row in rows:
        item = decode_item(row)
        assert not isinstance(item, Unknown)
        written = json.loads(encode_item(item))
        assert keeps(written, json.loads(row))
