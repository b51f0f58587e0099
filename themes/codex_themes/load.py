"""Reads colour themes: TOML files of this package and of the user.

A theme names colours by their meaning and says nothing of widgets. A file may start from another theme
(`extends = "night"`) and name only what differs.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from codex_themes.lines import line_of
from codex_themes.names import SECTIONS, TERMINAL_COLORS

DEFAULT_DARK = "night"
DEFAULT_LIGHT = "day"

_TOP = ("about", "dark", "extends", *SECTIONS)
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_NOTHING: Mapping[str, str] = {}
_FOLDER = Path(__file__).parent
_MOST_BYTES = 20_000


class ThemeError(ValueError):
    """A theme does not exist or its file is wrong. The message names the file, the line, the key and the remedy."""


@dataclass(frozen=True, slots=True)
class ThemeData:
    """One theme. Every colour is `#rrggbb`, or one of `TERMINAL_COLORS`."""

    name: str
    about: str
    """A sentence; may be empty."""
    dark: bool
    colors: Mapping[str, str]
    """By the names in `COLORS`, all of them."""
    diff: Mapping[str, str]
    """By the names in `DIFF`, all of them."""
    syntax: Mapping[str, str]
    """By the names in `SYNTAX`, all of them."""

    @property
    def uses_terminal_colors(self) -> bool:
        tables = (self.colors, self.diff, self.syntax)
        return any(not color.startswith("#") for table in tables for color in table.values())


def list_themes(user_folder: Path | None = None) -> dict[str, Path]:
    """The names that `load_theme` accepts with the file of each, sorted; a user's file hides a built-in of its name."""
    return dict(sorted((_names(_FOLDER) | _names(user_folder)).items()))


def load_theme(name: str, user_folder: Path | None = None) -> ThemeData:
    """Read the theme `name`. A built-in is read once per process, a user's file every time.

    Raises:
        ThemeError: there is none of that name, or its file (or one that it extends) is broken.
    """
    mine = _names(user_folder)
    if name not in mine and _NAME.fullmatch(name) and (_FOLDER / f"{name}.toml").is_file():
        return _builtin(name)
    themes = list_themes(user_folder)
    if name not in themes:
        raise ThemeError(f"no theme {name!r}{_nearest(name, themes)}; there are {', '.join(themes)}")
    return _load(name, mine, ())


@cache
def _builtin(name: str) -> ThemeData:
    return _read(_FOLDER / f"{name}.toml", name, {}, ())


def _names(folder: Path | None) -> dict[str, Path]:
    if folder is None or not folder.is_dir():
        return {}
    return {path.stem: path for path in folder.glob("*.toml") if _NAME.fullmatch(path.stem) and path.is_file()}


def _load(name: str, mine: Mapping[str, Path], below: tuple[str, ...]) -> ThemeData:
    """`below` are the user's themes that extend this one, directly or not."""
    if name in mine and name not in below:
        return _read(mine[name], name, mine, (*below, name))
    return _builtin(name)


def _read(path: Path, name: str, mine: Mapping[str, Path], below: tuple[str, ...]) -> ThemeData:
    text = _text(path)
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also an integer of thousands of digits
        raise ThemeError(f"{path}: not valid TOML: {error}") from error
    return _File(path, text).check(name, document, mine, below)


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


class _File:
    """One file while it is checked: knows where in it something is wrong."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text

    def check(
        self, name: str, document: dict[str, object], mine: Mapping[str, Path], below: tuple[str, ...]
    ) -> ThemeData:
        for key in document:
            if key not in _TOP:
                raise self._wrong(f"unknown key {key!r}{_nearest(key, _TOP)}", key)
        parent = self._parent(document.get("extends"), mine, below)
        dark = document.get("dark", parent.dark if parent else None)
        if not isinstance(dark, bool):
            raise self._wrong("`dark` must be true or false", "dark")
        about = document.get("about", "")
        if not isinstance(about, str):
            raise self._wrong("`about` must be a sentence in quotes", "about")
        colors, diff, syntax = (
            self._section(section, document.get(section, {}), inherited)
            for section, inherited in (
                ("colors", parent.colors if parent else _NOTHING),
                ("diff", parent.diff if parent else _NOTHING),
                ("syntax", parent.syntax if parent else _NOTHING),
            )
        )
        return ThemeData(name=name, about=about, dark=dark, colors=colors, diff=diff, syntax=syntax)

    def _parent(self, name: object, mine: Mapping[str, Path], below: tuple[str, ...]) -> ThemeData | None:
        if name is None:
            return None
        known = {**_names(_FOLDER), **mine}
        if not isinstance(name, str) or name not in known:
            near = _nearest(name, known) if isinstance(name, str) else ""
            raise self._wrong(f"`extends` must be a theme{near}: {', '.join(sorted(known))}", "extends")
        # A file may extend the built-in theme that it hides; any other way back to itself has no end.
        if name in below and not (name == below[-1] and name in _names(_FOLDER)):
            raise self._wrong(f"it extends itself: {' extends '.join((*below, name))}", "extends")
        return _load(name, mine, below)

    def _section(self, section: str, given: object, inherited: Mapping[str, str]) -> dict[str, str]:
        if not isinstance(given, dict):
            raise self._wrong(f"[{section}] must be a table of colours", section)
        known = SECTIONS[section]
        colors = dict(inherited)
        for key, value in given.items():  # pyright: ignore[reportUnknownVariableType]  # TOML keys are strings
            key = str(key)  # pyright: ignore[reportUnknownArgumentType]
            if key not in known:
                raise self._wrong(f"unknown key {section}.{key}{_nearest(key, known)}", key, section)
            if not isinstance(value, str) or not (_COLOR.fullmatch(value) or value in TERMINAL_COLORS):
                near = _nearest(value, TERMINAL_COLORS) if isinstance(value, str) else ""
                must = f"{section}.{key} must be a colour like #8fb4ff, or one of the terminal's like blue"
                raise self._wrong(f"{must}, not {_shown(value)}{near}", key, section)  # pyright: ignore[reportUnknownArgumentType]  # TOML values are objects
            colors[key] = value.lower()
        if missing := [key for key in known if key not in colors]:
            names = ", ".join(f"{section}.{key}" for key in missing)
            raise self._wrong(f'missing {names} (or start from another theme: extends = "night")', section)
        return colors

    def _wrong(self, what: str, key: str, section: str = "") -> ThemeError:
        line = line_of(self._lines, key, section)
        what = "".join(c if c.isprintable() else "�" for c in what)  # keys can hold escape sequences
        return ThemeError(f"{self._path}{f', line {line}' if line else ''}: {what}")


def _shown(value: object) -> str:
    # Python refuses to write out an integer of thousands of digits, which TOML can hold in hexadecimal.
    return f"{value!r:.40}" if isinstance(value, str | float) else f"the {type(value).__name__}"


def _nearest(name: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    from difflib import get_close_matches  # start-up time: only errors need it

    close = get_close_matches(name, list(known), 1)
    return f", did you mean {close[0]!r}?" if close else ""
