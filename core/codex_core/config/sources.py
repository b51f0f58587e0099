"""Where settings are written: files, the environment, `-c` and flags, each read into a layer.

Like all that the command line reads before the first paint, this imports no vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from codex_core.config.keys import KEYS, TABLES
from codex_core.config.layer import Layer, Origin, checked, config_error
from codex_core.files.parse import Unusable, parse_toml
from codex_core.files.read import NotReadable, in_words, read_plain_file
from codex_core.spelling import nearest

if TYPE_CHECKING:
    from codex_core.protocol import JsonObject, Rule

_ENVIRONMENT_PREFIX = "CODEX_PY_"
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One parsed source of settings."""

    values: Layer = field(default_factory=Layer)
    profiles: Mapping[str, Layer] = field(default_factory=dict[str, Layer])
    mcp_servers: Mapping[str, JsonObject] = field(default_factory=dict[str, "JsonObject"])
    rules: tuple[Rule, ...] = ()


def read_user_file(path: Path) -> Source:
    """Read the user's own file; one that is not there says nothing.

    Raises:
        ConfigError: it cannot be read, a key is unknown, or a value malformed.
    """
    try:
        content = read_plain_file(path, most_bytes=_MOST_BYTES)
    except NotReadable as error:
        raise config_error(f"{path}: {error}") from error
    if content is None:
        return Source()
    table = _parsed(content, str(path))
    rules = table.pop("rules", None)
    file = _from_table(table, str(path), str(path))
    if rules is not None:
        raise config_error(f"{path}: your own rules are in rules.toml; codex-py policy rules add makes one")
    return file


def parse_project_file(content: bytes, source: str) -> Source:
    """Read the file of a trusted project: it has no profiles, its rules only tighten, and some keys are not its own.

    Raises:
        ConfigError: it says what it may not, a key is unknown, or a value malformed.
    """
    table = _parsed(content, source)
    if (profiles := table.get("profiles")) is not None:
        raise config_error(f"{source}: a project cannot set profiles ({profiles!r:.40})")
    rules = table.pop("rules", None)
    file = _from_table(table, source, source)
    if rules is not None:
        file = replace(file, rules=_rules(rules, source))
    for name in file.values:
        if KEYS[name].project == "never":
            raise config_error(f"{source}: a project cannot set {name}; it belongs in your own config.toml")
    return file


def _parsed(content: bytes, source: str) -> dict[str, object]:
    if len(content) > _MOST_BYTES:
        raise config_error(f"{source}: longer than {in_words(_MOST_BYTES)}")
    try:
        return parse_toml(content.decode())
    except UnicodeDecodeError as error:
        raise config_error(f"{source}: not UTF-8: byte {error.start}") from error
    except Unusable as error:
        raise config_error(f"{source}: not valid TOML: {error}") from error


def _from_table(table: Mapping[str, object], source: str, origin: Origin) -> Source:
    plain = {name: value for name, value in table.items() if name not in TABLES}
    profiles = {
        name: checked(_tables(entry, f"profiles.{name}", source), f"{source}: profiles.{name}", f"profile {name}")
        for name, entry in _tables(table.get("profiles", {}), "profiles", source).items()
    }
    servers = {
        name: cast("JsonObject", _tables(entry, f"mcp_servers.{name}", source))
        for name, entry in _tables(table.get("mcp_servers", {}), "mcp_servers", source).items()
    }
    return Source(values=checked(plain, source, origin), profiles=profiles, mcp_servers=servers)


def _rules(raw: object, source: str) -> tuple[Rule, ...]:
    """What a project wants asked or forbidden; it may not allow anything."""
    from codex_core.config.rule_tables import BadRule, tightening_rule  # deferred: see the head of this module

    if not isinstance(raw, list):
        raise config_error(f"{source}: rules should be a list of tables, written as [[rules]]")
    rules: list[Rule] = []
    for number, entry in enumerate(cast(list[object], raw), start=1):
        try:
            table = cast(dict[str, object], entry) if isinstance(entry, dict) else {}
            rules.append(tightening_rule(table, rule_id=f"project:{number}", origin=source))
        except BadRule as problem:
            raise config_error(f"{source}: rules, number {number}: {problem}") from problem
    return tuple(rules)


def _tables(raw: object, name: str, source: str) -> Mapping[str, object]:
    if not isinstance(raw, dict):
        raise config_error(f"{source}: {name} should be a table")
    return cast(dict[str, object], raw)


def read_environment(environ: Mapping[str, str], warnings: list[str]) -> Layer:
    """Read `CODEX_PY_…`; a variable that is nearly one of them is told in `warnings`.

    Raises:
        ConfigError: a value is malformed.
    """
    names = {_ENVIRONMENT_PREFIX + name.upper(): name for name in KEYS if "." not in name}
    layer: Layer = {}
    for variable in sorted(environ):
        if not variable.startswith(_ENVIRONMENT_PREFIX) or variable in ("CODEX_PY_HOME", "CODEX_PY_PROFILE"):
            continue
        if variable not in names:
            known = [name.removeprefix(_ENVIRONMENT_PREFIX) for name in (*names, "CODEX_PY_HOME", "CODEX_PY_PROFILE")]
            if (near := nearest(variable.removeprefix(_ENVIRONMENT_PREFIX), known)) is not None:
                meant = _ENVIRONMENT_PREFIX + near
                warnings.append(f"the environment variable {variable} means nothing; did you mean {meant}?")
            continue
        layer |= checked({names[variable]: environ[variable]}, variable, variable)
    return layer


def read_assignments(assignments: Sequence[str]) -> Source:
    """Read `-c KEY=VALUE`, in order; VALUE is TOML, or text where it is no TOML.

    Raises:
        ConfigError: a key is unknown, or a value malformed.
    """
    values: Layer = {}
    profiles: dict[str, Layer] = {}
    servers: dict[str, JsonObject] = {}
    for assignment in assignments:
        one = _assigned(assignment)
        values |= one.values
        profiles |= one.profiles
        for server, entry in one.mcp_servers.items():
            servers[server] = {**servers.get(server, {}), **entry}
    return Source(values=values, profiles=profiles, mcp_servers=servers)


def _assigned(assignment: str) -> Source:
    name, equals, text = assignment.partition("=")
    name = name.strip()
    if not equals or not name:
        raise config_error(f"-c needs KEY=VALUE, not '{assignment}'")
    table: object = _toml_value(text.strip())
    for part in reversed(name.split(".")):
        table = {part: table}
    return _from_table(cast(dict[str, object], table), f"-c {name}", "-c")


def _toml_value(text: str) -> object:
    try:
        table = parse_toml(f"value = {text}")
    except Unusable:
        return text
    return table["value"] if len(table) == 1 else text


def read_flags(flags: Mapping[str, str | int]) -> Layer:
    """Check values by key, `mode` among them, as they stand on the command line.

    Raises:
        ConfigError: a value is malformed.
    """
    layer: Layer = {}
    for name, value in flags.items():
        layer |= checked({name: value}, f"--{name.replace('_', '-')}", f"--{name.replace('_', '-')}")
    return layer
