"""The settings that count, out of layers: a later one wins, and it is remembered where each value came from.

defaults < user `config.toml` < trusted project's < profile < `exec`'s own < `CODEX_PY_…` < `-c` < flags

`exec` begins read-only and never asks, whatever files say: only a profile named on the command line, the environment,
`-c` and flags give it more.

The command line reads this before the first paint, so the vocabulary is not imported here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from codex_core.config.keys import KEYS, Value
from codex_core.config.layer import MODES, Layer, Origin, config_error
from codex_core.config.sources import parse_project_file, read_assignments, read_environment, read_flags, read_user_file
from codex_core.spelling import did_you_mean

if TYPE_CHECKING:
    from codex_core.protocol import ApprovalPolicy, Effort, Json, JsonObject, Network, Rule, SandboxMode

CONFIG_FILE = "config.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    model: str
    """LiteLLM's name; `demo` for the embedded model; empty if none is configured."""
    effort: Effort | None
    """How hard the model thinks; None: as its provider has it."""
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
            "model_reasoning_effort": self.effort,
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
    user = read_user_file(home / CONFIG_FILE)
    warnings: list[str] = []
    merged: Layer = {"sandbox_mode": ("workspace-write", "default"), "approval_policy": ("untrusted", "default")}
    merged |= user.values
    project_servers: Mapping[str, JsonObject] = {}
    project_rules: tuple[Rule, ...] = ()
    if project is not None:
        mine = parse_project_file(project[1], str(project[0]))
        _tighten(merged, mine.values, warnings)
        project_servers, project_rules = mine.mcp_servers, mine.rules
    by_hand = read_assignments(assignments)
    is_named_by_hand = profile is not None or "profile" in by_hand.values or "CODEX_PY_PROFILE" in environ
    named = profile or _last_text("profile", by_hand.values) or environ.get("CODEX_PY_PROFILE")
    chosen = _profile(named or _last_text("profile", merged), {**user.profiles, **by_hand.profiles}, home)
    if not is_named_by_hand:
        merged |= chosen
    if front_end == "exec":
        merged |= {"sandbox_mode": ("read-only", "exec"), "approval_policy": ("never", "exec")}
    if is_named_by_hand:
        merged |= chosen
    merged |= read_environment(environ, warnings)
    merged |= by_hand.values
    merged |= read_flags(flags or {})
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
        effort=cast("Effort | None", value("model_reasoning_effort")),
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
        raise config_error(f"no [profiles.{name}] in {home / CONFIG_FILE}{did_you_mean(name, profiles)}")
    return profiles[name]


def _last_text(name: str, layer: Layer) -> str | None:
    value = layer[name][0] if name in layer else None
    return value if isinstance(value, str) else None


def _refuse_silent_full(merged: Layer) -> None:
    """Nothing confined and nothing asked must have been said on the command line, both halves of it."""
    sandbox_mode, approval_policy = merged["sandbox_mode"], merged["approval_policy"]
    if (sandbox_mode[0], approval_policy[0]) != MODES["full"]:
        return
    if not (sandbox_mode[1].startswith("-") and approval_policy[1].startswith("-")):
        raise config_error(
            f"danger-full-access ({sandbox_mode[1]}) without ever asking ({approval_policy[1]}) confines nothing: "
            "it needs --dangerously-bypass-approvals-and-sandbox"
        )
