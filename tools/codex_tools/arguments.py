"""Typed tool arguments: a frozen dataclass per tool is both the JSON schema that the model is told and the strict
reader of what the model writes.

Fields are `Annotated[TYPE, "what it is for"]`, with `AtLeast` where a number has a lower bound. Understood types:
`str`, `int`, `float`, `bool`, `Literal[...]` of strings, `tuple[T, ...]`, nested dataclasses, and `T | None` for fields
that may be left out. What cannot be misunderstood is forgiven (`"3"` for 3, `3.0` for 3, null for absent); everything
else is told to the model, all problems at once.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar, cast

from codex_core.protocol import Arguments, Json, JsonObject, ToolError, ToolSpec
from codex_core.spelling import close_to

Shape = TypeVar("Shape")


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The smallest number that a field takes."""

    minimum: int


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    type: object
    """Without `Annotated` and `None`."""
    doc: str
    minimum: int | None
    required: bool


class _WrongValueError(Exception):
    """A value is not of its field's type; the text goes on where the field's name ends."""


def tool_spec(name: str, description: str, shape: type, *, read_only: bool = False) -> ToolSpec:
    """Describe a tool whose arguments are a `shape`."""
    return ToolSpec(name=name, description=description, parameters=schema_of(shape), read_only=read_only)


def schema_of(shape: type) -> JsonObject:
    """The JSON schema of a dataclass."""
    fields = _fields_of(shape)
    return {
        "type": "object",
        "properties": {field.name: _field_schema(field) for field in fields},
        "required": [field.name for field in fields if field.required],
        "additionalProperties": False,
    }


def parse_arguments(shape: type[Shape], tool: str, args: Arguments) -> Shape:
    """Read what the model wrote as a `shape`.

    Raises:
        ToolError: names every field that is wrong and what it should be.
    """
    values, problems = _read_object(shape, args, prefix="")
    if problems:
        listed = "\n".join(f"- {problem}" for problem in problems)
        raise ToolError(f"The arguments of {tool} are wrong; nothing was done. Fix this and call it again:\n{listed}")
    return shape(**values)


@functools.cache
def _fields_of(shape: type) -> tuple[_Field, ...]:
    hints = typing.get_type_hints(shape, include_extras=True)
    return tuple(_field_of(field, hints[field.name]) for field in dataclasses.fields(shape))


def _field_of(field: dataclasses.Field[object], hint: object) -> _Field:
    doc, minimum = "", None
    if typing.get_origin(hint) is Annotated:
        hint, *notes = typing.get_args(hint)
        doc = next((note for note in notes if isinstance(note, str)), "")
        minimum = next((note.minimum for note in notes if isinstance(note, AtLeast)), None)
    is_required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    return _Field(name=field.name, type=_without_none(hint), doc=doc, minimum=minimum, required=is_required)


def _without_none(hint: object) -> object:
    if typing.get_origin(hint) not in {typing.Union, types.UnionType}:
        return hint
    (kind,) = (member for member in typing.get_args(hint) if member is not types.NoneType)
    return kind


_SCALARS: Mapping[object, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


def _field_schema(field: _Field) -> JsonObject:
    schema = dict(_type_schema(field.type))
    if field.doc:
        schema["description"] = field.doc
    if field.minimum is not None:
        schema["minimum"] = field.minimum
    return schema


def _type_schema(kind: object) -> JsonObject:
    if kind in _SCALARS:
        return {"type": _SCALARS[kind]}
    origin, members = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        return {"type": "string", "enum": list(cast(tuple[str, ...], members))}
    if origin is tuple:
        return {"type": "array", "items": _type_schema(members[0])}
    return schema_of(cast(type, kind))


def _read_object(shape: type, value: Mapping[str, Json], *, prefix: str) -> tuple[dict[str, object], list[str]]:
    fields = {field.name: field for field in _fields_of(shape)}
    problems = [_unknown(f"{prefix}{name}", name, list(fields)) for name in value if name not in fields]
    values: dict[str, object] = {}
    for field in fields.values():
        given = value.get(field.name)
        name = f"{prefix}{field.name}"
        if given is None:
            if field.required:
                problems.append(f"`{name}` is missing: {_expected(field.type)}{_about(field)}")
            continue
        try:
            values[field.name] = _read(field.type, given, name)
        except _WrongValueError as wrong:
            problems.append(str(wrong))
            continue
        number = values[field.name]
        if field.minimum is not None and isinstance(number, int | float) and number < field.minimum:
            problems.append(f"`{name}` must be at least {field.minimum}, not {number}")
    return values, problems


def _read(kind: object, value: Json, name: str) -> object:
    if kind in _SCALARS:
        return _read_scalar(kind, value, name)
    origin, members = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        if isinstance(value, str) and value in members:
            return value
        raise _wrong(kind, value, name)
    if origin is tuple:
        items = _decoded(value, "[")
        if not isinstance(items, list | tuple):
            raise _wrong(kind, value, name)
        return tuple(_read(members[0], item, f"{name}[{index}]") for index, item in enumerate(items))
    nested = _decoded(value, "{")
    if not isinstance(nested, Mapping):
        raise _wrong(kind, value, name)
    shape = cast(type, kind)
    values, problems = _read_object(shape, nested, prefix=f"{name}.")
    if problems:
        raise _WrongValueError("\n- ".join(problems))
    return shape(**values)


def _read_scalar(kind: object, value: Json, name: str) -> object:
    match kind, value:
        case (type() as plain, str()) if plain is str:
            return value
        case (type() as plain, bool()) if plain is bool:
            return value
        case (type() as plain, str()) if plain is bool and value.strip().lower() in {"true", "false"}:
            return value.strip().lower() == "true"
        case (type() as plain, int() | float() | str()) if plain in {int, float} and not isinstance(value, bool):
            return _read_number(plain, value, name)
        case _:
            raise _wrong(kind, value, name)


def _read_number(kind: type, value: float | str, name: str) -> int | float:
    try:
        number = float(value)
        if kind is float:
            if number - number == 0.0:  # neither infinite nor NaN
                return number
        elif isinstance(value, int) or number == int(number):
            return int(value) if isinstance(value, int) else int(number)
    except (ValueError, OverflowError):
        pass
    raise _wrong(kind, value, name)


def _decoded(value: Json, opening: str) -> Json:
    """Some models write a nested list or object as a string of JSON: read it where it can be nothing else."""
    if not isinstance(value, str) or not value.lstrip().startswith(opening):
        return value
    try:
        return cast(Json, json.loads(value))
    except (ValueError, RecursionError):
        return value


def _wrong(kind: object, value: Json, name: str) -> _WrongValueError:
    return _WrongValueError(f"`{name}` must be {_expected(kind)}, not {_described(value)}")


def _unknown(full_name: str, name: str, valid: list[str]) -> str:
    near = close_to(name, valid, cutoff=0.5)
    remedy = f"did you mean `{near[0]}`?" if near else f"the fields are {', '.join(f'`{field}`' for field in valid)}"
    return f"`{full_name[:80]}` is not a field; {remedy}"


def _expected(kind: object) -> str:
    if kind in _SCALARS:
        noun = _SCALARS[kind]
        return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
    origin, members = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        return "one of " + ", ".join(f'"{member}"' for member in members)
    if origin is tuple:
        return f"a list, each item {_expected(members[0])}"
    names = ", ".join(f"`{field.name}`" for field in _fields_of(cast(type, kind)))
    return f"an object with {names}"


def _about(field: _Field) -> str:
    return f" ({field.doc})" if field.doc else ""


def _described(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:60]}…"
