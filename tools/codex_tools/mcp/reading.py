"""Typed access to one object of a JSON file of ours: every complaint names the file, the key and the remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from codex_core.protocol import ConfigError, Json, JsonObject
from codex_core.spelling import close_to


class Fields:
    """The fields of one JSON object, read by name and type."""

    def __init__(self, value: Json, *, source: Path, path: str, known: Sequence[str]) -> None:
        """`path` is where the object is in the file: `mcpServers.git`.

        Raises:
            ConfigError: it is no object, or has a key that is not among `known`.
        """
        self._source = source
        self._path = path
        if not isinstance(value, Mapping):
            raise self.error("", f"must be an object, not {kind_of(value)}")
        self._value = cast(JsonObject, value)
        for key in self._value:
            if key not in known:
                raise self.error(key, unknown_key(known, key))

    def error(self, key: str, what: str) -> ConfigError:
        where = f"{self._path}.{key}" if key else self._path
        return ConfigError(f"{self._source}: {where}: {what}")

    def has(self, key: str) -> bool:
        return key in self._value

    def object(self, key: str) -> Json:
        return self._value.get(key)

    def text(self, key: str, default: str = "") -> str:
        value = self._value.get(key, default)
        if not isinstance(value, str):
            raise self.error(key, f"must be a text, not {kind_of(value)}")
        if "\0" in value:
            raise self.error(key, "must not contain a NUL character")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._value.get(key, default)
        if not isinstance(value, bool):
            raise self.error(key, f"must be true or false, not {kind_of(value)}")
        return value

    def seconds(self, *keys: str, default: float, most: float) -> float:
        """The first of `keys` that is there."""
        key = next(filter(self.has, keys), keys[0])
        value = self._value.get(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.error(key, f"must be a number of seconds, not {kind_of(value)}")
        if not 0 < value <= most:
            raise self.error(key, f"must be more than 0 and at most {most:g} seconds, not {value:g}")
        return float(value)

    def choice(self, key: str, default: str, choices: Sequence[str]) -> str:
        value = self.text(key, default)
        if value not in choices:
            raise self.error(key, f'"{value}" is none of {", ".join(choices)}{nearest(choices, value)}')
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._value.get(key, ())
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise self.error(key, f"must be a list of texts, not {kind_of(value)}")
        for index, entry in enumerate(value):
            if not isinstance(entry, str) or "\0" in entry:
                raise self.error(f"{key}[{index}]", f"must be a text without NUL characters, not {kind_of(entry)}")
        return tuple(cast(Sequence[str], value))

    def text_map(self, key: str) -> dict[str, str]:
        value = self._value.get(key, {})
        if not isinstance(value, Mapping):
            raise self.error(key, f"must be an object of texts, not {kind_of(value)}")
        for name, entry in value.items():
            if not isinstance(entry, str) or "\0" in entry:
                raise self.error(f"{key}.{name}", f"must be a text without NUL characters, not {kind_of(entry)}")
            if not name or "=" in name or "\0" in name:
                raise self.error(f"{key}.{name}", "is no name of an environment variable")
        return dict(cast(Mapping[str, str], value))


def kind_of(value: Json) -> str:
    """What a JSON value is, in the words of JSON."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int() | float():
            return f"the number {value}"
        case str():
            return "a text"
        case Mapping():
            return "an object"
        case _:
            return "a list"


def unknown_key(known: Sequence[str], key: str) -> str:
    return f"unknown key{nearest(known, key)}"


def nearest(known: Sequence[str], word: str) -> str:
    """`; did you mean "command"?`, or all that is known if nothing is near."""
    if close := close_to(word.lower(), known):
        return f'; did you mean "{close[0]}"?'
    return f"; known are {', '.join(known)}"
