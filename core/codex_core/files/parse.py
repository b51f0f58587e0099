"""TOML and JSON that others wrote, made into plain values: all that can be wrong with them is one exception.

The parsers of the standard library fail in more ways than they name: a RecursionError for deep nesting, a ValueError
for an integer of thousands of digits. And they let pass what fails whoever shows it later: hexadecimal integers of any
length, tables that dotted keys nest without end, which also takes them time that grows with the square of the key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from codex_core.protocol import Json

MOST_LEVELS = 64
_MOST_DIGITS = 20
"""Of an integer of 64 bits, its sign included."""
_LONG_DOTTED_KEY = re.compile(
    r"""(?<![\w-])(?:(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+)""" f"{{{MOST_LEVELS}}}", re.ASCII
)


class Unusable(ValueError):
    """The text is not of its format, or says what no program of ours could use. Says in words why."""


def parse_toml(text: str) -> dict[str, object]:
    """Return the tables of a TOML text: texts, numbers, truth values, lists and tables of such.

    Raises:
        Unusable: it is no TOML, nested too deeply, or holds dates or integers of more than 64 bits.
    """
    if _LONG_DOTTED_KEY.search(text):
        raise _too_deep()
    try:
        table = cast(dict[str, object], tomllib.loads(text))
    except RecursionError as error:
        raise _too_deep() from error
    except tomllib.TOMLDecodeError as error:
        raise Unusable(str(error)) from error
    except ValueError as error:  # Python refuses to convert thousands of digits
        raise _too_long() from error
    _check(table)
    return table


def parse_json(text: str, *, object_pairs_hook: Callable[[list[tuple[str, Json]]], object] | None = None) -> Json:
    """Return what a JSON text says.

    Raises:
        json.JSONDecodeError: it is no JSON; has the place.
        Unusable: it is nested too deeply, or holds integers of more than 64 bits.
    """
    import json  # deferred: the command line reads TOML before its first paint, and no JSON

    try:
        value = cast("Json", json.loads(text, object_pairs_hook=object_pairs_hook, parse_int=_integer))
    except RecursionError as error:
        raise _too_deep() from error
    _check(value)
    return value


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise _too_long()
    return int(digits)


def _check(value: object) -> None:
    """Look at every value level by level: nothing here may recurse."""
    level: list[object] = [value]
    for _ in range(MOST_LEVELS):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise _too_deep()


def _inside(value: object) -> Iterable[object]:
    match value:
        case dict():
            return cast(dict[str, object], value).values()
        case list():
            return cast(list[object], value)
        case int() if not -(1 << 63) <= value < 1 << 63:
            raise _too_long()
        case None | str() | int() | float():
            return ()
        case _:
            raise Unusable("dates and times mean nothing here; write them as texts")


def _too_deep() -> Unusable:
    return Unusable(f"nested too deeply: more than {MOST_LEVELS} levels")


def _too_long() -> Unusable:
    return Unusable("an integer of more than 64 bits")
