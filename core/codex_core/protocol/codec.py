"""Items (and any other value of the vocabulary) as JSON, and back.

An item is one object: `{"v": 1, "type": "tool_call", "id": …}`. A value of a union carries its `type`: the class's name
in snake case, without `Item`, `Part` or `Block`. What a class looks like is read from its annotations, once, when it
is first met. The rules by which rows of every release stay readable:

- a field that is missing takes its default; one that is not known stays in `Record.extra` and is written back
- a `type` or a version that is not known becomes `Unknown`, whole, and is written back
- a class, a field or a `type` is never renamed, a field never changes its meaning; that would be version 2

Text is ASCII with escapes, so that half a surrogate pair, which models do emit, is no reason to lose an item.
"""

from __future__ import annotations

import base64
import binascii
import json
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast, get_args, get_origin, get_type_hints

from codex_core.protocol.errors import SessionCorrupt
from codex_core.protocol.items import Item
from codex_core.protocol.json import Json
from codex_core.protocol.record import Record, Unknown

VERSION = 1

_Encode: TypeAlias = Callable[[Any], Json]
_Decode: TypeAlias = Callable[[Any], Any]
_Codec: TypeAlias = tuple[_Encode | None, _Decode]
"""How to write a value (None: it is JSON already) and how to read it."""

_dump = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_load = json.JSONDecoder().decode


def encode_item(item: Item) -> str:
    """Return the item as one line of ASCII.

    Raises:
        SessionCorrupt: opaque JSON in it is nested too deep to be written.
    """
    encoded = cast(dict[str, Json], encode_value(Item, item))
    version = encoded.get("v", VERSION) if isinstance(item, Unknown) else VERSION
    try:
        return _dump({**encoded, "v": version})
    except RecursionError as error:
        raise SessionCorrupt("an item is nested too deep to be kept") from error


def tag_of(item: Item) -> str:
    """Return the item's `type`: `tool_call` for a `ToolCallItem`."""
    return item.tag if isinstance(item, Unknown) else _tag(type(item))


def decode_item(text: str) -> Item:
    """Return the item that some release wrote.

    Raises:
        SessionCorrupt: it is none, and what is wrong with it.
    """
    try:
        raw = cast(object, _load(text))
    except (ValueError, RecursionError) as error:
        raise SessionCorrupt(f"not an item: {error}") from error
    if not isinstance(raw, dict):
        raise SessionCorrupt("not an item: no object")
    row = cast(dict[str, Json], raw)
    version = row.pop("v", None)
    if type(version) is not int or version < 1:
        raise SessionCorrupt("not an item: it has no version")
    if version > VERSION:
        tag = row.pop("type", "")
        return Unknown(tag=tag if isinstance(tag, str) else "", extra={"v": version, **row})
    return decode_value(Item, row)


def encode_value(kind: Any, value: object) -> Json:
    """Return `value` as JSON; `kind` is its class, or the union that it belongs to."""
    encode, _ = _codec_of(kind)
    return cast(Json, value) if encode is None else encode(value)


def decode_value(kind: Any, raw: Json) -> Any:
    """Return the value that `encode_value` made `raw` of.

    Raises:
        SessionCorrupt: it made no such thing, and what is wrong with it.
    """
    _, decode = _codec_of(kind)
    try:
        return decode(raw)
    except _Mismatch as mismatch:
        raise SessionCorrupt(str(mismatch)) from None


_NOTHING = object()


class _Mismatch(Exception):
    """The value found is not what the annotation says."""

    def __init__(self, wanted: str, found: object) -> None:
        super().__init__()
        self.place: list[str] = []
        self._wanted = wanted
        self._found = found

    def __str__(self) -> str:
        place = ".".join(self.place) or "the value"
        if self._found is _NOTHING:
            return f"{place} is missing"
        return f"{place} should be {self._wanted}, is {_in_words(self._found)}"


def _missing(name: str, tag: str | None) -> _Mismatch:
    mismatch = _Mismatch("there", _NOTHING)
    mismatch.place = [name] if tag is None else [tag, name]
    return mismatch


def _in_words(raw: object) -> str:
    match raw:
        case None:
            return "null"
        case bool() | int() | float():
            return repr(raw)[:40]
        case str():
            return f"text {raw[:40]!r}"
        case list():
            return "a list"
        case _:
            return "an object"


_codecs: dict[Any, _Codec] = {}


def _codec_of(kind: Any) -> _Codec:
    codec = _codecs.get(kind)
    if codec is None:
        codec = _codecs[kind] = _compile(kind)
    return codec


def _compile(kind: Any) -> _Codec:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if is_dataclass(kind):
        return _compile_class(cast(type, kind), tag=None)
    if origin is Literal:
        return None, _one_of(arguments)
    if origin is tuple:
        return _compile_tuple(arguments)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return None, _decode_object
    if origin in (types.UnionType, typing.Union):
        return _compile_union(arguments)
    raise TypeError(f"no JSON is known for {kind}")


def _plain(wanted: str, *classes: type) -> _Decode:
    def decode(raw: object) -> object:
        if type(raw) not in classes:
            raise _Mismatch(wanted, raw)
        return raw

    return decode


def _decode_float(raw: object) -> float:
    if type(raw) is float:
        return raw
    if type(raw) is not int:
        raise _Mismatch("a number", raw)
    try:
        return float(raw)
    except OverflowError:
        raise _Mismatch("a number of this world", raw) from None


def _encode_bytes(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _decode_bytes(raw: object) -> bytes:
    try:
        return base64.b64decode(cast(str, raw), validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise _Mismatch("base64", raw) from None


def _decode_path(raw: object) -> Path:
    if type(raw) is not str:
        raise _Mismatch("a path", raw)
    return Path(raw)


_PLAIN: dict[Any, _Codec] = {
    str: (None, _plain("text", str)),
    int: (None, _plain("a whole number", int)),
    bool: (None, _plain("true or false", bool)),
    float: (None, _decode_float),
    bytes: (_encode_bytes, _decode_bytes),
    Path: (str, _decode_path),
}
_decode_object = _plain("an object", dict)


def _one_of(values: tuple[object, ...]) -> _Decode:
    wanted = "one of " + ", ".join(map(str, values))

    def decode(raw: object) -> object:
        if not isinstance(raw, str) or raw not in values:
            raise _Mismatch(wanted, raw)
        return raw

    return decode


def _compile_tuple(arguments: tuple[Any, ...]) -> _Codec:
    if len(arguments) != 2 or arguments[1] is not ...:
        raise TypeError(f"only tuples of one kind are known, not {arguments}")
    encode_one, decode_one = _codec_of(arguments[0])

    def encode(value: tuple[object, ...]) -> Json:
        return cast(list[Json], list(value)) if encode_one is None else [encode_one(one) for one in value]

    def decode(raw: object) -> tuple[object, ...]:
        if not isinstance(raw, list):
            raise _Mismatch("a list", raw)
        try:
            return tuple(map(decode_one, cast(list[object], raw)))
        except _Mismatch as mismatch:
            mismatch.place.insert(0, "[]")
            raise

    return encode, decode


def _compile_union(members: tuple[Any, ...]) -> _Codec:
    others = tuple(member for member in members if member is not types.NoneType)
    if len(others) == len(members):
        return _compile_tagged(members)
    if len(others) == 1:
        encode_some, decode_some = _codec_of(others[0])
    else:
        encode_some, decode_some = _compile_tagged(others)

    def encode(value: object) -> Json:
        return None if value is None else encode_some(value) if encode_some is not None else cast(Json, value)

    def decode(raw: object) -> object:
        return None if raw is None else decode_some(raw)

    return (None if encode_some is None else encode), decode


def _compile_tagged(members: tuple[Any, ...]) -> _Codec:
    """A union of classes, told apart by their `type`."""
    known = {_tag(member): member for member in members if member is not Unknown}
    keeps_unknown = Unknown in members
    encoders: dict[type, _Encode] = {Unknown: _encode_unknown}
    decoders: dict[str, _Decode] = {}

    def encode(value: object) -> Json:
        encoder = encoders.get(type(value))
        if encoder is None:
            encoder, decoders[_tag(type(value))] = _compile_class(type(value), tag=_tag(type(value)))
            encoders[type(value)] = encoder
        return encoder(value)

    def decode(raw: object) -> object:
        if not isinstance(raw, dict):
            raise _Mismatch("an object", raw)
        row = cast(dict[str, Json], raw)
        tag = row.get("type")
        if not isinstance(tag, str):
            raise _missing("type", None)
        decoder = decoders.get(tag)
        if decoder is None:
            if tag not in known:
                if keeps_unknown:
                    return Unknown(tag=tag, extra={name: value for name, value in row.items() if name != "type"})
                raise _Mismatch("one of " + ", ".join(known), tag)
            encoders[known[tag]], decoder = _compile_class(known[tag], tag=tag)
            decoders[tag] = decoder
        return decoder(row)

    return encode, decode


def _encode_unknown(value: Unknown) -> Json:
    return {"type": value.tag, **{name: kept for name, kept in value.extra.items() if name != "type"}}


def _tag(kind: type) -> str:
    name = kind.__name__
    for suffix in ("Item", "Part", "Block"):
        name = name.removesuffix(suffix) or name
    return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")


def _compile_class(kind: type, *, tag: str | None) -> tuple[_Encode, _Decode]:
    hints = get_type_hints(kind)
    is_record = issubclass(kind, Record)
    plan: list[tuple[str, _Encode | None, _Decode, bool]] = []
    for field in fields(kind):
        if is_record and field.name == "extra":
            continue
        is_opaque = field.type == "Json"  # recursive, and nothing of ours: it passes untouched
        encode_field, decode_field = (None, _identity) if is_opaque else _codec_of(hints[field.name])
        is_needed = field.default is MISSING and field.default_factory is MISSING
        plan.append((field.name, encode_field, decode_field, is_needed))
    known = {name for name, *_ in plan}
    needed = {name for name, *_, is_needed in plan if is_needed}
    if tag is not None:
        known.add("type")

    def encode(value: Any) -> Json:
        row: dict[str, Json] = {} if tag is None else {"type": tag}
        for name, encode_field, _, _ in plan:
            field_value = getattr(value, name)
            row[name] = field_value if encode_field is None else encode_field(field_value)
        if is_record and value.extra:
            for name, kept in value.extra.items():
                row.setdefault(name, kept)
        return row

    def decode(raw: object) -> object:
        if not isinstance(raw, dict):
            raise _Mismatch("an object", raw)
        row = cast(dict[str, Json], raw)
        if not (needed <= row.keys()):
            raise _missing(min(needed - row.keys()), tag)
        values: dict[str, object] = {}
        name = ""
        try:
            for name, _, decode_field, _ in plan:
                if name in row:
                    values[name] = decode_field(row[name])
        except _Mismatch as mismatch:
            mismatch.place[:0] = [name] if tag is None else [tag, name]
            raise
        if is_record and not (row.keys() <= known):
            values["extra"] = {key: kept for key, kept in row.items() if key not in known}
        return kind(**values)

    return encode, decode


def _identity(raw: Json) -> Json:
    return raw
