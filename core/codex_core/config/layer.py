"""A layer of settings: values that were checked, each with where it comes from.

Like all that the command line reads before the first paint, this imports no vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias, cast

from codex_core.config.keys import KEYS, Value, Wrong, unknown

if TYPE_CHECKING:
    from codex_core.protocol import ConfigError

MODES = {
    "plan": ("read-only", "on-request"),
    "ask": ("workspace-write", "untrusted"),
    "auto": ("workspace-write", "on-request"),
    "full": ("danger-full-access", "never"),
}
"""The same as `codex_core.protocol.MODES`; a test sees to that."""

Origin: TypeAlias = str
Layer: TypeAlias = dict[str, tuple[Value, Origin]]


def checked(table: Mapping[str, object], source: str, origin: Origin) -> Layer:
    """Check every value of a table; tables inside it are dotted keys. `source` is what errors name.

    Raises:
        ConfigError: a key is unknown, or a value malformed.
    """
    layer: Layer = {}
    for name, raw in _flattened(table):
        key = KEYS.get(name)
        if key is None:
            raise config_error(f"{source}: {unknown(name)}")
        try:
            layer[name] = (key.parse(raw), origin)
        except Wrong as wrong:
            raise config_error(f"{source}: {name} is {_shown(raw)}; it should be {wrong}") from None
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
            raise config_error(f"{source}: mode says both sandbox_mode and approval_policy; use one or the other")
        sandbox_mode, approval_policy = MODES[cast(str, mode)]
        layer |= {"sandbox_mode": (sandbox_mode, origin), "approval_policy": (approval_policy, origin)}
    if "sandbox_workspace_write.network_access" in layer:
        is_on, origin = layer.pop("sandbox_workspace_write.network_access")
        layer.setdefault("network", ("on" if is_on else "off", origin))
    return layer


def _shown(raw: object) -> str:
    return "a table" if isinstance(raw, dict) else f"{raw!r:.60}"


def config_error(text: str) -> ConfigError:
    from codex_core.protocol import ConfigError  # deferred: see the head of this module

    return ConfigError(text)
