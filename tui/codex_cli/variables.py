"""Which variables of the environment who gets: providers, MCP servers, commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from codex_cli.early_host import provider_environment
from codex_core.agent.secrets import Masker
from codex_core.config.settings import Config
from codex_core.llm.endpoints import provider_variables
from codex_tools.sandbox.environment import child_environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Variables:
    providers: Mapping[str, str]
    """All of them, the keys and addresses as they count."""
    servers: Mapping[str, str]
    """None that belongs to a provider; each server gets of these what it is granted."""
    commands: Mapping[str, str]
    """No secrets, but those that the settings grant by name."""
    masker: Masker
    """Knows the values that belong to providers."""


def variables_of(environ: Mapping[str, str], config: Config) -> Variables:
    providers = provider_environment(environ, config)
    secrets = provider_variables(providers)
    servers = {name: value for name, value in providers.items() if name not in secrets}
    granted = {name: servers[name] for name in config.granted_variables if name in servers}
    return Variables(
        providers=providers,
        servers=servers,
        commands=child_environment(providers, provider_variables=secrets) | granted,
        masker=Masker(providers[name] for name in secrets),
    )
