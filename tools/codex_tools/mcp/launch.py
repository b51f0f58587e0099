"""How one server is started: its command found, its texts expanded, its environment made, its confinement wrapped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from codex_core.protocol import ConfigError, SandboxPolicy
from codex_tools.mcp.config import CONFIG_NAME, ServerConfig
from codex_tools.mcp.expansion import MissingVariable, expand
from codex_tools.mcp.order import ServerOrder
from codex_tools.sandbox.environment import is_secret

ConfineCommand: TypeAlias = Callable[[tuple[str, ...], SandboxPolicy, Mapping[str, str], Path], tuple[str, ...]]
"""Gets argv, policy, environment and folder of a command; returns the argv that runs it confined and dies with its
parent. Raises SandboxUnavailable where that cannot be had."""

_HARMLESS = ("HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER", "LANG", "LANGUAGE", "TZ")
"""What every server may see of the user's environment, beside LC_*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What servers are started in."""

    home: Path
    """`$CODEX_PY_HOME`."""
    workspace: Path
    environment: Mapping[str, str]
    """The user's, without provider keys."""
    policy: SandboxPolicy
    """Hidden and protected paths and limits are taken from it; mode, roots and network are each server's own."""
    confine: ConfineCommand


def cache_folder(home: Path, name: str) -> Path:
    return home / "mcp" / name


def log_path(home: Path, name: str) -> Path:
    return home / "logs" / f"mcp-{name}.log"


def prepare(config: ServerConfig, around: Surroundings) -> ServerOrder:
    """Make what the host needs; makes the server's cache folder. Touches files: call in a thread.

    Raises:
        ConfigError: the entry cannot work here: a variable, a folder or the command is missing.
        SandboxUnavailable: its confinement cannot be had here.
    """
    cache = cache_folder(around.home, config.name)
    (cache / "tmp").mkdir(mode=0o700, parents=True, exist_ok=True)
    log_path(around.home, config.name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fill = _Filler(config, around, cache)
    cwd = fill.folder("cwd", config.cwd) if config.cwd else around.workspace
    if config.origin == "project" and not cwd.is_relative_to(around.workspace):
        raise fill.error("cwd", "a project's server runs inside the project")
    own = {name: fill.text(f"env.{name}", value) for name, value in config.env.items()}
    granted = {name: around.environment[name] for name in config.sandbox.env if name in around.environment}
    environment = _environment(around, cache) | granted | own
    argv = (
        _find(fill, config, around, cwd),
        *(fill.text(f"args[{index}]", arg) for index, arg in enumerate(config.args)),
    )
    writable = tuple(fill.folder("sandbox.writable", path) for path in config.sandbox.writable)
    if config.origin == "project" and not all(path.is_relative_to(around.workspace) for path in writable):
        raise fill.error("sandbox.writable", "a project's server writes inside the project")
    policy = _policy(config, around, cache, writable)
    roots = [fill.folder("sandbox.roots", path) for path in config.sandbox.roots] or [around.workspace]
    return ServerOrder(
        name=config.name,
        argv=around.confine(argv, policy, environment, cwd),
        environment=environment,
        cwd=str(cwd),
        roots=tuple(path.as_uri() for path in roots),
        secrets=tuple(value for name, value in (granted | own).items() if len(value) >= 8 and is_secret(name, value)),
        log_path=str(log_path(around.home, config.name)),
        startup_timeout_s=config.startup_timeout_s,
        enabled_tools=config.enabled_tools,
        disabled_tools=config.disabled_tools,
    )


class _Filler:
    """Expands the texts of one entry; complaints name the file and the key."""

    def __init__(self, config: ServerConfig, around: Surroundings, cache: Path) -> None:
        self._config = config
        # `workspaceFolder` is what other clients call it.
        own = {"workspaceFolder": str(around.workspace), "serverCache": str(cache)}
        self._variables = {**around.environment, **own}
        self._around = around

    def error(self, key: str, what: str) -> ConfigError:
        return ConfigError(f"{self._config.source}: {self._config.path}.{key}: {what}")

    def text(self, key: str, text: str) -> str:
        try:
            return expand(text, self._variables)
        except MissingVariable as error:
            raise self.error(key, str(error)) from error

    def folder(self, key: str, text: str) -> Path:
        """An existing folder, resolved; relative ones count from the workspace."""
        path = self.text(key, text)
        if path == "~" or path.startswith("~/"):
            path = self._variables.get("HOME", "~") + path[1:]
        folder = (self._around.workspace / path).resolve()
        if not folder.is_dir():
            raise self.error(key, f"there is no folder {folder}")
        return folder


def _environment(around: Surroundings, cache: Path) -> dict[str, str]:
    """The harmless part of the user's, with everything that is written by habit led into the server's own folder."""
    user = around.environment
    kept = {name: value for name, value in user.items() if name in _HARMLESS or name.startswith("LC_")}
    return kept | {
        "PATH": _search_path(around),
        "TMPDIR": str(cache / "tmp"),
        "XDG_CACHE_HOME": str(cache),
        "UV_CACHE_DIR": str(cache / "uv"),
        "npm_config_cache": str(cache / "npm"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _search_path(around: Surroundings) -> str:
    """PATH without what the workspace could have put programs into."""
    entries = around.environment.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(
        entry for entry in entries if entry.startswith("/") and not _is_inside(Path(entry), around.workspace)
    )


def _is_inside(path: Path, folder: Path) -> bool:
    return path.is_relative_to(folder) or path.resolve().is_relative_to(folder)


def _find(fill: _Filler, config: ServerConfig, around: Surroundings, cwd: Path) -> str:
    """The command as an absolute path: a name from PATH, anything with a slash from the server's folder."""
    command = fill.text("command", config.command)
    if command.startswith("~/"):
        command = around.environment.get("HOME", "~") + command[1:]
    found = shutil.which(str(cwd / command)) if "/" in command else shutil.which(command, path=_search_path(around))
    if found is None:
        how = f"; install it: {config.install}" if config.install else ""
        raise fill.error("command", f'there is no program "{command}"{how}')
    return found


def _policy(config: ServerConfig, around: Surroundings, cache: Path, writable: tuple[Path, ...]) -> SandboxPolicy:
    for path in writable:
        if around.home.is_relative_to(path) or (path.is_relative_to(around.home) and not path.is_relative_to(cache)):
            raise ConfigError(
                f"{config.source}: {config.path}.sandbox.writable: {path} would open {around.home}, "
                "where sessions and settings are kept; name a folder that does not hold it"
            )
    block = config.sandbox
    if block.mode == "workspace-write":
        workspace, roots = around.workspace, (cache, *writable)
    else:
        # `read-only` is said of the user's project: to the sandbox the server's own folder is the workspace.
        workspace, roots = cache, writable
    mode = "danger-full-access" if block.mode == "danger-full-access" else "workspace-write"
    protected = (
        *around.policy.protected_paths,
        # The sandbox looks after git's files when a command ends; a server does not end.
        *(around.workspace / name for name in (".git", ".codex-py", CONFIG_NAME)),
    )
    return replace(
        around.policy,
        mode=mode,
        workspace=workspace,
        writable_roots=roots,
        protected_paths=tuple(dict.fromkeys(protected)),
        network=block.network,
    )
