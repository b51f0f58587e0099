"""Where MCP servers are configured: the user's file, the trusted workspace's, the presets we ship; and `mcp add`.

A workspace is hostile until it is trusted: its file is read without following links, bounded, and only described.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from codex_core.files.lock import lock
from codex_core.files.parse import parse_toml
from codex_core.files.read import NotReadable, read_plain_file
from codex_core.protocol import ConfigError, Json
from codex_tools.mcp.config import (
    CONFIG_NAME,
    Origin,
    ParsedConfig,
    ServerConfig,
    parse_config,
    parse_json,
    parse_servers,
)
from codex_tools.mcp.reading import kind_of
from codex_tools.mcp.text import one_line

MAX_FILE_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedServers:
    servers: tuple[ServerConfig, ...]
    """Disabled ones included; the user's first."""
    problems: tuple[str, ...]
    """What is wrong or ignored, a sentence each, naming file and key. For the user."""
    is_malformed: bool = False
    """Something is wrong, rather than ignored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectServers:
    """What a workspace's own file would start. For the trust question."""

    digest: str
    """Of the file's content; changes with every change."""
    summary: str
    """One line: `2 MCP servers: git, time`."""
    details: tuple[str, ...]
    """A line for each server: what it runs, and what it wants beyond the default confinement."""


def user_file(home: Path) -> Path:
    return home / CONFIG_NAME


def load_servers(
    home: Path,
    workspace: Path,
    trusted: bool,
    *,
    project_content: bytes | None = None,
    user_tables: Mapping[str, Json] | None = None,
    project_tables: Mapping[str, Json] | None = None,
) -> LoadedServers:
    """Read the user's servers and, if the workspace is trusted, its own. Reads files: call in a thread.

    `project_content` is the workspace's file as it was trusted; without it the file is read now. The tables are
    `[mcp_servers.NAME]` of the user's `config.toml` and of the project's. Of entries with one name the first counts:
    the user's file, the user's tables, the project's file, the project's tables. Never raises for what a file holds:
    that comes back in `problems`.
    """
    sources = [
        _parse(user_file(home), origin="user"),
        parse_servers(user_tables or {}, source=home / "config.toml", path="mcp_servers", origin="user"),
    ]
    if trusted:
        file = workspace / CONFIG_NAME
        theirs = _parse(file, origin="project", data=project_content)
        tables = workspace / ".codex-py" / "config.toml"
        sources += [
            theirs,
            parse_servers(project_tables or {}, source=tables, path="mcp_servers", origin="project"),
        ]
    kept: dict[str, ServerConfig] = {}
    problems: list[str] = []
    for server in (server for parsed in sources for server in parsed.servers):
        if (first := kept.setdefault(server.name, server)) is not server:
            problems.append(f"{server.source}: the MCP server {server.name} is ignored: {first.source} has one too")
    return LoadedServers(
        servers=tuple(kept.values()),
        problems=(*(line for parsed in sources for line in _sentences(parsed)), *problems),
        is_malformed=any(parsed.errors for parsed in sources),
    )


def project_servers(workspace: Path, content: bytes | None = None) -> ProjectServers | None:
    """Describe the workspace's own file (or `content` of it) without honouring it; None if it has none."""
    path = workspace / CONFIG_NAME
    try:
        data = content if content is not None else _read(path, follow_links=False)
    except ConfigError as error:
        # It cannot be honoured, so the digest need not tell one broken file from another.
        return ProjectServers(digest="", summary=f"{CONFIG_NAME}, which cannot be used", details=(str(error),))
    if data is None:
        return None
    parsed = parse_config(data, source=path, origin="project")
    enabled = [server for server in parsed.servers if not server.disabled]
    noun = "MCP server" if len(enabled) == 1 else "MCP servers"
    names = ", ".join(server.name for server in enabled[:8]) + (", …" if len(enabled) > 8 else "")
    return ProjectServers(
        digest=hashlib.sha256(data).hexdigest(),
        summary=f"{len(enabled)} {noun}: {names}" if enabled else f"{CONFIG_NAME}, with no server enabled",
        details=tuple(map(describe, enabled)) + _sentences(parsed),
    )


def project_config_servers(path: Path, content: bytes) -> tuple[str, ...]:
    """Describe the servers of a project's `config.toml` without honouring them, a line each."""
    try:
        tables = cast(Mapping[str, Json], parse_toml(content.decode())).get("mcp_servers")
    except ValueError:  # it will be refused as a whole
        return ()
    if not isinstance(tables, Mapping):
        return ()
    parsed = parse_servers(tables, source=path, path="mcp_servers", origin="project")
    return (*(describe(server) for server in parsed.servers if not server.disabled), *_sentences(parsed))


def describe(server: ServerConfig) -> str:
    """One line: name, command, and what it wants beyond the default confinement."""
    line = one_line(f"{server.name}: {' '.join((server.command, *server.args))}", limit=200)
    wants = [
        *(f"sets {name}" for name in server.env),
        *(["network"] if server.sandbox.network == "on" else []),
        *(["writes to the workspace"] if server.sandbox.mode == "workspace-write" else []),
        *(["runs unconfined"] if server.sandbox.mode == "danger-full-access" else []),
        *(f"writes to {path}" for path in server.sandbox.writable),
        *(f"sees ${name}" for name in server.sandbox.env),
    ]
    return f"{line} ({one_line(', '.join(wants), limit=400)})" if wants else line


def load_presets() -> ParsedConfig:
    """The catalogue that we ship: known servers with a fitting sandbox block, disabled."""
    # In a checkout this is a link to the one at the root, in a wheel a copy of it.
    return _parse(Path(__file__).with_name(CONFIG_NAME), origin="preset")


def add_server(home: Path, name: str, entry: dict[str, Json]) -> Path:
    """Write one entry to the user's file; return the file's path.

    Raises:
        ConfigError: the file is broken, has an entry of that name or cannot be written; it is left as it is.
    """

    def change(servers: dict[str, Json]) -> bool:
        if name in servers:
            raise ConfigError(
                f"{user_file(home)} has an MCP server {name} already; to replace it: codex-py mcp remove {name}"
            )
        servers[name] = entry
        return True

    return _change_servers(home, change)


def remove_server(home: Path, name: str) -> bool:
    """Take one entry out of the user's file; False if it has none of that name.

    Raises:
        ConfigError: the file is broken or cannot be written; it is left as it is.
    """
    removed: list[Json] = []

    def change(servers: dict[str, Json]) -> bool:
        removed.extend([servers.pop(name)] if name in servers else [])
        return bool(removed)

    _change_servers(home, change)
    return bool(removed)


def _change_servers(home: Path, change: Callable[[dict[str, Json]], bool]) -> Path:
    """Change the user's file as a whole or not at all; what we do not know in it stays."""
    path = user_file(home)
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(home):
            return _change_file(path.resolve(), change)  # a link into someone's dotfiles stays a link
    except OSError as error:
        raise ConfigError(f"{path} cannot be changed: {error.strerror}") from error


def _change_file(path: Path, change: Callable[[dict[str, Json]], bool]) -> Path:
    data = _read(path, follow_links=True)
    top = parse_json(data, source=path) if data is not None else {}
    servers = top.setdefault("mcpServers", {})
    if not isinstance(servers, dict):
        raise ConfigError(f"{path}: mcpServers: must be an object, not {kind_of(servers)}")
    if change(servers):
        _write(path, _encode(top))
    return path


def _encode(top: dict[str, Json]) -> bytes:
    text = json.dumps(top, indent=2, ensure_ascii=False) + "\n"
    try:
        return text.encode()
    except UnicodeEncodeError:  # an escaped lone surrogate, which only escapes can say
        return json.dumps(top, indent=2).encode() + b"\n"


def _write(path: Path, data: bytes) -> None:
    """Replace `path` atomically; readable by the user alone, since `env` may hold secrets."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _locked(folder: Path) -> Generator[None]:
    """Let one process at a time change what is in `folder`: two `mcp add` must not lose each other's entry."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        lock(handle, folder)
        yield
    finally:
        os.close(handle)


def _parse(path: Path, *, origin: Origin, data: bytes | None = None) -> ParsedConfig:
    try:
        content = data if data is not None else _read(path, follow_links=origin != "project")
    except ConfigError as error:
        return ParsedConfig(errors=(error,))
    return parse_config(content, source=path, origin=origin) if content is not None else ParsedConfig()


def _read(path: Path, *, follow_links: bool) -> bytes | None:
    try:
        data = read_plain_file(path, most_bytes=MAX_FILE_BYTES, follow_links=follow_links)
    except NotReadable as error:
        raise ConfigError(f"{path}: {error}") from error
    return data.removeprefix(b"\xef\xbb\xbf") if data is not None else None


def _sentences(parsed: ParsedConfig) -> tuple[str, ...]:
    return tuple(map(str, parsed.errors))
