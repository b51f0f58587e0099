"""The settings that count, out of layers: a later one wins, and it is remembered where each value came from.

defaults < user `config.toml` < trusted project's < profile < `exec`'s own < `CODEX_PY_…` < `-c` < flags

`exec` begins read-only and never asks, whatever files say: only a profile named on the command line, the environment,
`-c` and flags give it more.

The command line reads this before the first paint, so the vocabulary is not imported here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from codex_core.config.keys import KEYS, TABLES, Value, Wrong, unknown
from codex_core.files.parse import Unusable, parse_toml
from codex_core.files.read import NotReadable, in_words, read_plain_file
from codex_core.spelling import did_you_mean, nearest

if TYPE_CHECKING:
    from codex_core.protocol import ApprovalPolicy, ConfigError, Json, JsonObject, Network, Rule, SandboxMode

CONFIG_FILE = "config.toml"
_ENVIRONMENT_PREFIX = "CODEX_PY_"
_MOST_BYTES = 1_000_000

MODES = {
    "plan": ("read-only", "on-request"),
    "ask": ("workspace-write", "untrusted"),
    "auto": ("workspace-write", "on-request"),
    "full": ("danger-full-access", "never"),
}
"""The same as `codex_core.protocol.MODES`; a test sees to that."""

Origin: TypeAlias = str
Layer: TypeAlias = dict[str, tuple[Value, Origin]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    model: str
    """LiteLLM's name; `demo` for the embedded model; empty if none is configured."""
    sandbox_mode: SandboxMode
    approval_policy: ApprovalPolicy
    network: Network
    theme: str
    """Empty: the default one."""
    max_turns: int | None
    """Model calls in one turn."""
    auto_title: bool
    """Whether the model is asked for a title when the first turn has ended."""
    window_tokens: int | None
    """The model's window; None: as LiteLLM knows it."""
    compact_at_tokens: int | None
    """When older items are summarised; None: at 80 % of the window."""
    checkpoints: bool
    """Whether the files of the workspace are recorded, to be restored by a rewind."""
    writable_roots: tuple[Path, ...]
    granted_variables: tuple[str, ...]
    """Names of secrets in the environment that children may have all the same."""
    notifications: Literal["auto", "osc9", "osc777", "bell", "off"]
    """How the user is told of what waits while the window is not looked at."""
    reduced_motion: bool
    """Whether nothing on the screen moves that need not."""
    openai_base_url: str
    """Empty: what the environment says."""
    mcp_servers: Mapping[str, JsonObject]
    """The user's `[mcp_servers.NAME]` as found, by name."""
    project_mcp_servers: Mapping[str, JsonObject]
    """Those of the trusted project: they may do less, and never replace one of the user's."""
    project_rules: tuple[Rule, ...]
    """What the trusted project wants asked or forbidden."""
    origins: Mapping[str, Origin]
    """Key to where its value comes from, in words; keys that are not here have their default."""
    warnings: tuple[str, ...] = ()
    """What was not honoured, and why."""

    def values(self) -> dict[str, Json]:
        """Return what `config show` prints, by key."""
        return {
            "model": self.model,
            "sandbox_mode": self.sandbox_mode,
            "approval_policy": self.approval_policy,
            "network": self.network,
            "theme": self.theme,
            "max_turns": self.max_turns,
            "auto_title": self.auto_title,
            "model_context_window": self.window_tokens,
            "model_auto_compact_token_limit": self.compact_at_tokens,
            "checkpoints": "on" if self.checkpoints else "off",
            "notifications": self.notifications,
            "reduced_motion": "on" if self.reduced_motion else "off",
            "openai_base_url": self.openai_base_url,
            "sandbox_workspace_write.writable_roots": [str(root) for root in self.writable_roots],
            "shell_environment_policy.include": list(self.granted_variables),
            "mcp_servers": {**self.project_mcp_servers, **self.mcp_servers},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """One parsed source of settings."""

    values: Layer = field(default_factory=Layer)
    profiles: Mapping[str, Layer] = field(default_factory=dict[str, Layer])
    mcp_servers: Mapping[str, JsonObject] = field(default_factory=dict[str, "JsonObject"])
    rules: tuple[Rule, ...] = ()


def load_config(
    home: Path,
    *,
    environ: Mapping[str, str],
    front_end: Literal["tui", "exec"] = "tui",
    project: tuple[Path, bytes] | None = None,
    profile: str | None = None,
    assignments: Sequence[str] = (),
    flags: Mapping[str, str | int] | None = None,
    add_dirs: Sequence[Path] = (),
) -> Config:
    """Return the settings that count.

    `project` is the path and the content of a *trusted* folder's own config; `assignments` are `-c KEY=VALUE`;
    `flags` are values by key, `mode` among them; `add_dirs` come beside the configured writable folders.

    Raises:
        ConfigError: a key is unknown, a value malformed, a profile missing, or `full` was not asked for by hand.
    """
    user = _read_user_file(home / CONFIG_FILE)
    warnings: list[str] = []
    merged: Layer = {"sandbox_mode": ("workspace-write", "default"), "approval_policy": ("untrusted", "default")}
    merged |= user.values
    project_servers: Mapping[str, JsonObject] = {}
    project_rules: tuple[Rule, ...] = ()
    if project is not None:
        mine = _parse(project[1], str(project[0]), is_project=True)
        _tighten(merged, mine.values, warnings)
        project_servers, project_rules = mine.mcp_servers, mine.rules
    by_hand = _Assignments(assignments)
    is_named_by_hand = profile is not None or "profile" in by_hand.values or "CODEX_PY_PROFILE" in environ
    named = profile or _last_text("profile", by_hand.values) or environ.get("CODEX_PY_PROFILE")
    chosen = _profile(named or _last_text("profile", merged), {**user.profiles, **by_hand.profiles}, home)
    if not is_named_by_hand:
        merged |= chosen
    if front_end == "exec":
        merged |= {"sandbox_mode": ("read-only", "exec"), "approval_policy": ("never", "exec")}
    if is_named_by_hand:
        merged |= chosen
    merged |= _environment(environ, warnings)
    merged |= by_hand.values
    merged |= _flags(flags or {})
    _refuse_silent_full(merged)
    servers = {**user.mcp_servers, **by_hand.mcp_servers}
    config = replace(_config(merged, servers, project_servers, tuple(warnings)), project_rules=project_rules)
    return replace(config, writable_roots=(*config.writable_roots, *add_dirs)) if add_dirs else config


def _config(
    merged: Layer,
    servers: Mapping[str, JsonObject],
    project_servers: Mapping[str, JsonObject],
    warnings: tuple[str, ...],
) -> Config:
    def value(name: str) -> Value:
        return merged[name][0] if name in merged else KEYS[name].default

    model, provider = cast(str, value("model")), cast(str, value("model_provider"))
    if model and provider and "/" not in model and model != "demo":
        model = f"{provider}/{model}"
    return Config(
        model=model,
        sandbox_mode=cast("SandboxMode", value("sandbox_mode")),
        approval_policy=cast("ApprovalPolicy", value("approval_policy")),
        network=cast("Network", value("network")),
        theme=cast(str, value("theme")),
        max_turns=cast("int | None", value("max_turns")),
        auto_title=bool(value("auto_title")),
        window_tokens=cast("int | None", value("model_context_window")),
        compact_at_tokens=cast("int | None", value("model_auto_compact_token_limit")),
        checkpoints=value("checkpoints") == "on",
        writable_roots=tuple(Path(r) for r in cast(tuple[str, ...], value("sandbox_workspace_write.writable_roots"))),
        granted_variables=cast(tuple[str, ...], value("shell_environment_policy.include")),
        notifications=cast("Literal['auto', 'osc9', 'osc777', 'bell', 'off']", value("notifications")),
        reduced_motion=value("reduced_motion") == "on",
        openai_base_url=cast(str, value("openai_base_url")),
        mcp_servers=servers,
        project_mcp_servers=project_servers,
        project_rules=(),
        origins={name: origin for name, (_, origin) in merged.items()},
        warnings=warnings,
    )


# Sources.


def _read_user_file(path: Path) -> _File:
    try:
        content = read_plain_file(path, most_bytes=_MOST_BYTES)
    except NotReadable as error:
        raise _wrong(f"{path}: {error}") from error
    return _parse(content, str(path), is_project=False) if content is not None else _File()


def _parse(content: bytes, source: str, *, is_project: bool) -> _File:
    if len(content) > _MOST_BYTES:
        raise _wrong(f"{source}: longer than {in_words(_MOST_BYTES)}")
    try:
        table = parse_toml(content.decode())
    except UnicodeDecodeError as error:
        raise _wrong(f"{source}: not UTF-8: byte {error.start}") from error
    except Unusable as error:
        raise _wrong(f"{source}: not valid TOML: {error}") from error
    if is_project and (profiles := table.get("profiles")) is not None:
        raise _wrong(f"{source}: a project cannot set profiles ({profiles!r:.40})")
    rules = table.pop("rules", None)
    file = _from_table(table, source, source)
    if rules is not None:
        if not is_project:
            raise _wrong(f"{source}: your own rules are in rules.toml; codex-py policy rules add makes one")
        file = replace(file, rules=_rules(rules, source))
    if is_project:
        for name in file.values:
            if KEYS[name].project == "never":
                raise _wrong(f"{source}: a project cannot set {name}; it belongs in your own config.toml")
    return file


def _from_table(table: Mapping[str, object], source: str, origin: Origin) -> _File:
    plain = {name: value for name, value in table.items() if name not in TABLES}
    profiles = {
        name: _layer(_tables(entry, f"profiles.{name}", source), f"{source}: profiles.{name}", f"profile {name}")
        for name, entry in _tables(table.get("profiles", {}), "profiles", source).items()
    }
    servers = {
        name: cast("JsonObject", _tables(entry, f"mcp_servers.{name}", source))
        for name, entry in _tables(table.get("mcp_servers", {}), "mcp_servers", source).items()
    }
    return _File(values=_layer(plain, source, origin), profiles=profiles, mcp_servers=servers)


def _rules(raw: object, source: str) -> tuple[Rule, ...]:
    """What a project wants asked or forbidden; it may not allow anything."""
    from codex_core.config.rule_tables import BadRule, tightening_rule  # deferred: see the head of this module

    if not isinstance(raw, list):
        raise _wrong(f"{source}: rules should be a list of tables, written as [[rules]]")
    rules: list[Rule] = []
    for number, entry in enumerate(cast(list[object], raw), start=1):
        try:
            table = cast(dict[str, object], entry) if isinstance(entry, dict) else {}
            rules.append(tightening_rule(table, rule_id=f"project:{number}", origin=source))
        except BadRule as problem:
            raise _wrong(f"{source}: rules, number {number}: {problem}") from problem
    return tuple(rules)


def _tables(raw: object, name: str, source: str) -> Mapping[str, object]:
    if not isinstance(raw, dict):
        raise _wrong(f"{source}: {name} should be a table")
    return cast(dict[str, object], raw)


def _layer(table: Mapping[str, object], source: str, origin: Origin) -> Layer:
    """Check every value of a table; tables inside it are dotted keys."""
    layer: Layer = {}
    for name, raw in _flattened(table):
        key = KEYS.get(name)
        if key is None:
            raise _wrong(f"{source}: {unknown(name)}")
        try:
            layer[name] = (key.parse(raw), origin)
        except Wrong as wrong:
            raise _wrong(f"{source}: {name} is {_shown(raw)}; it should be {wrong}") from None
    return _resolved(layer, source)


def _flattened(table: Mapping[str, object], prefix: str = "") -> Iterable[tuple[str, object]]:
    for name, raw in table.items():
        if isinstance(raw, dict) and any(key.startswith(f"{prefix}{name}.") for key in KEYS):
            yield from _flattened(cast(dict[str, object], raw), f"{prefix}{name}.")
        else:
            yield prefix + name, raw


def _resolved(layer: Layer, source: str) -> Layer:
    """Turn the words that say several things, or the same in another way, into the keys that count."""
    if "mode" in layer:
        mode, origin = layer.pop("mode")
        if "sandbox_mode" in layer or "approval_policy" in layer:
            raise _wrong(f"{source}: mode says both sandbox_mode and approval_policy; use one or the other")
        sandbox_mode, approval_policy = MODES[cast(str, mode)]
        layer |= {"sandbox_mode": (sandbox_mode, origin), "approval_policy": (approval_policy, origin)}
    if "sandbox_workspace_write.network_access" in layer:
        is_on, origin = layer.pop("sandbox_workspace_write.network_access")
        layer.setdefault("network", ("on" if is_on else "off", origin))
    return layer


def _tighten(merged: Layer, project: Layer, warnings: list[str]) -> None:
    for name, (value, origin) in project.items():
        key = KEYS[name]
        if key.project == "tighten":
            now = cast(str, merged[name][0] if name in merged else key.default)
            if key.order.index(cast(str, value)) > key.order.index(now):
                warnings.append(f"{origin}: {name} = {value} would loosen {now}; a project can only tighten it")
                continue
        merged[name] = (value, origin)


def _profile(name: str | None, profiles: Mapping[str, Layer], home: Path) -> Layer:
    if name is None:
        return {}
    if name not in profiles:
        raise _wrong(f"no [profiles.{name}] in {home / CONFIG_FILE}{did_you_mean(name, profiles)}")
    return profiles[name]


def _environment(environ: Mapping[str, str], warnings: list[str]) -> Layer:
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
        layer |= _layer({names[variable]: environ[variable]}, variable, variable)
    return layer


class _Assignments:
    """`-c KEY=VALUE`, in order; VALUE is TOML, or text where it is no TOML."""

    def __init__(self, assignments: Sequence[str]) -> None:
        self.values: Layer = {}
        self.profiles: dict[str, Layer] = {}
        self.mcp_servers: dict[str, JsonObject] = {}
        for assignment in assignments:
            self._take(assignment)

    def _take(self, assignment: str) -> None:
        name, equals, text = assignment.partition("=")
        name = name.strip()
        if not equals or not name:
            raise _wrong(f"-c needs KEY=VALUE, not '{assignment}'")
        table: object = _toml_value(text.strip())
        for part in reversed(name.split(".")):
            table = {part: table}
        file = _from_table(cast(dict[str, object], table), f"-c {name}", "-c")
        self.values |= file.values
        self.profiles |= file.profiles
        for server, entry in file.mcp_servers.items():
            self.mcp_servers[server] = {**self.mcp_servers.get(server, {}), **entry}


def _toml_value(text: str) -> object:
    try:
        table = parse_toml(f"value = {text}")
    except Unusable:
        return text
    return table["value"] if len(table) == 1 else text


def _flags(flags: Mapping[str, str | int]) -> Layer:
    layer: Layer = {}
    for name, value in flags.items():
        layer |= _layer({name: value}, f"--{name.replace('_', '-')}", f"--{name.replace('_', '-')}")
    return layer


def _last_text(name: str, layer: Layer) -> str | None:
    value = layer[name][0] if name in layer else None
    return value if isinstance(value, str) else None


def _refuse_silent_full(merged: Layer) -> None:
    """Nothing confined and nothing asked must have been said on the command line, both halves of it."""
    sandbox_mode, approval_policy = merged["sandbox_mode"], merged["approval_policy"]
    if (sandbox_mode[0], approval_policy[0]) != MODES["full"]:
        return
    if not (sandbox_mode[1].startswith("-") and approval_policy[1].startswith("-")):
        raise _wrong(
            f"danger-full-access ({sandbox_mode[1]}) without ever asking ({approval_policy[1]}) confines nothing: "
            "it needs --dangerously-bypass-approvals-and-sandbox"
        )


def _shown(raw: object) -> str:
    return "a table" if isinstance(raw, dict) else f"{raw!r:.60}"


def _wrong(text: str) -> ConfigError:
    from codex_core.protocol import ConfigError  # deferred: see the head of this module

    return ConfigError(text)
