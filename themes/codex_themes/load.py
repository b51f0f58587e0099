"""Reads colour themes: TOML files of this package and of the user.

A theme names colours by their meaning and says nothing of widgets. A user's file may start from a built-in theme
(`base = "night"`) and name only what differs.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DEFAULT_DARK = "night"
DEFAULT_LIGHT = "day"

COLORS = (
    "background",  # behind everything
    "surface",  # a step above it: code, side panes
    "panel",  # a step above that: the current row, keys
    "text",
    "muted",  # the quietest colour that still carries words
    "faint",  # lines and thumbs, never words
    "accent",  # focus, links, what can be acted on
    "user",
    "success",
    "warning",
    "danger",
    "reasoning",
    "code",  # inline code
    "selection",  # behind selected text
)
DIFF = ("added", "removed", "added_background", "removed_background", "added_word", "removed_word")
SYNTAX = (
    "keyword",
    "string",
    "number",
    "comment",
    "function",
    "type",
    "builtin",
    "constant",
    "decorator",
    "operator",
    "tag",
    "attribute",
)

_SECTIONS: dict[str, tuple[str, ...]] = {"colors": COLORS, "diff": DIFF, "syntax": SYNTAX}
_TOP = ("dark", "base", *_SECTIONS)
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_NOTHING: Mapping[str, str] = {}
_FOLDER = Path(__file__).parent
_MOST_BYTES = 20_000


class ThemeError(ValueError):
    """A theme does not exist or its file is wrong. The message names the file, the key and the remedy."""


@dataclass(frozen=True, slots=True)
class ThemeData:
    """One theme. Every colour is `#rrggbb`."""

    name: str
    dark: bool
    colors: Mapping[str, str]
    """By the names in `COLORS`, all of them."""
    diff: Mapping[str, str]
    """By the names in `DIFF`, all of them."""
    syntax: Mapping[str, str]
    """By the names in `SYNTAX`, all of them."""


def list_themes(user_folder: Path | None = None) -> dict[str, Path]:
    """The names that `load_theme` accepts with the file of each, sorted; a user's file hides a built-in of its name."""
    return dict(sorted((_names(_FOLDER) | _names(user_folder)).items()))


def load_theme(name: str, user_folder: Path | None = None) -> ThemeData:
    """Read the theme `name`.

    Raises:
        ThemeError: there is none of that name, or its file is broken.
    """
    themes = list_themes(user_folder)
    if name not in themes:
        raise ThemeError(f"no theme {name!r}{_nearest(name, themes)}; there are {', '.join(themes)}")
    return _load(name, themes[name])


@cache
def _builtin(name: str) -> ThemeData:
    return _load(name, _FOLDER / f"{name}.toml")


def _names(folder: Path | None) -> dict[str, Path]:
    if folder is None or not folder.is_dir():
        return {}
    return {path.stem: path for path in folder.glob("*.toml") if _NAME.fullmatch(path.stem) and path.is_file()}


def _load(name: str, path: Path) -> ThemeData:
    text = _text(path)
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also an integer of thousands of digits
        raise ThemeError(f"{path}: not valid TOML: {error}") from error
    return _check(name, path, document)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        text = content.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ThemeError(f"{path}: cannot be read: {error}") from error
    if len(content) > _MOST_BYTES:
        raise ThemeError(f"{path}: longer than {_MOST_BYTES} bytes; that is no theme")
    return text


def _check(name: str, path: Path, document: dict[str, object]) -> ThemeData:
    for key in document:
        if key not in _TOP:
            raise ThemeError(f"{path}: unknown key {key!r}{_nearest(key, _TOP)}")
    base = _base(path, document.get("base"))
    dark = document.get("dark", base.dark if base else None)
    if not isinstance(dark, bool):
        raise ThemeError(f"{path}: `dark` must be true or false")
    colors, diff, syntax = (
        _section(path, section, document.get(section, {}), inherited)
        for section, inherited in (
            ("colors", base.colors if base else _NOTHING),
            ("diff", base.diff if base else _NOTHING),
            ("syntax", base.syntax if base else _NOTHING),
        )
    )
    return ThemeData(name=name, dark=dark, colors=colors, diff=diff, syntax=syntax)


def _base(path: Path, name: object) -> ThemeData | None:
    if name is None:
        return None
    builtin = _names(_FOLDER)
    if not isinstance(name, str) or name not in builtin:
        raise ThemeError(f"{path}: `base` must be a built-in theme: {', '.join(sorted(builtin))}")
    return _builtin(name)


def _section(path: Path, section: str, given: object, inherited: Mapping[str, str]) -> dict[str, str]:
    if not isinstance(given, dict):
        raise ThemeError(f"{path}: [{section}] must be a table of colours")
    known = _SECTIONS[section]
    colors = dict(inherited)
    for key, value in given.items():  # pyright: ignore[reportUnknownVariableType]  # TOML keys are strings
        key = str(key)  # pyright: ignore[reportUnknownArgumentType]
        if key not in known:
            raise ThemeError(f"{path}: unknown key {section}.{key}{_nearest(key, known)}")
        if not isinstance(value, str) or not _COLOR.fullmatch(value):
            raise ThemeError(f"{path}: {section}.{key} must be a colour like #8fb4ff, not {_shown(value)}")  # pyright: ignore[reportUnknownArgumentType]  # TOML values are objects
        colors[key] = value.lower()
    missing = [key for key in known if key not in colors]
    if missing:
        names = ", ".join(f"{section}.{key}" for key in missing)
        raise ThemeError(f'{path}: missing {names} (or start from another theme: base = "night")')
    return colors


def _shown(value: object) -> str:
    # Python refuses to write out an integer of thousands of digits, which TOML can hold in hexadecimal.
    return f"{value!r:.40}" if isinstance(value, str | float) else f"the {type(value).__name__}"


def _nearest(name: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    from difflib import get_close_matches  # start-up time: only errors need it

    close = get_close_matches(name, list(known), 1)
    return f", did you mean {close[0]!r}?" if close else ""
