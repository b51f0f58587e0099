"""Confinement of everything that a model can cause to start.

Modules that say "child side" in their first paragraph are imported by children without site-packages, which must be
up in milliseconds; the others by the agent. So importing the package itself imports nothing.

A policy becomes a `Launch` (`spec`, `view`, `landlock`, `seccomp`); the fork server (`zygote`) or the process in
the foreground hands it to a `supervisor`, whose child enters its namespaces (`namespaces`, `mounts`), confines itself
(`confine`) and executes the command; what the command did to git's files and ours is undone by `guard` and `nested`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codex_tools.sandbox.environment import child_environment
    from codex_tools.sandbox.guarded.protected import protected_paths
    from codex_tools.sandbox.policy_defaults import default_policy, hidden_paths
    from codex_tools.sandbox.runner import ConfinedRunner, open_sandbox

__all__ = [
    "ConfinedRunner",
    "child_environment",
    "default_policy",
    "hidden_paths",
    "open_sandbox",
    "protected_paths",
]

_HOMES = {
    "ConfinedRunner": "runner",
    "child_environment": "environment",
    "default_policy": "policy_defaults",
    "hidden_paths": "policy_defaults",
    "open_sandbox": "runner",
    "protected_paths": "protected",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # deferred with the module it imports: the children need neither

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
