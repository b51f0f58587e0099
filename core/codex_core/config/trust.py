"""Which folders the user trusts, and what in them wants to be trusted.

What a folder brings along (its own config, MCP servers, instructions) counts only after the user has said yes to
exactly that content. It is read here once, never followed out of the folder, and handed on as read: what was trusted
and what is used cannot differ.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, cast

from codex_core.files.lock import lock
from codex_core.files.parse import parse_json
from codex_core.files.read import NotReadable, in_words, read_plain_file
from codex_core.protocol import ConfigError

TrustState: TypeAlias = Literal["nothing", "trusted", "refused", "changed", "unknown"]
"""`nothing`: there is nothing to trust. `changed`: it was trusted or refused with another content."""

PROJECT_CONFIG = ".codex-py/config.toml"
MCP_FILE = "mcp_servers_config.json"
INSTRUCTIONS = "AGENTS.md"
MOST_BYTES = 262_144
"""A longer file is not honoured."""
_MOST_LEVELS = 32
_TRUST_FILE = "trust.json"
_MOST_TRUST_BYTES = 16_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    kind: Literal["config", "mcp", "instructions"]
    path: Path
    """Absolute, as it is called in the folder."""
    name: str
    """For people: relative to the folder, or with `../` above it."""
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What would be honoured in a folder."""

    folder: Path
    files: tuple[FoundFile, ...] = ()
    """Instructions from the outermost folder inwards."""
    skipped: tuple[str, ...] = ()
    """What looks like such a file but is not honoured, and why, a line each."""

    def lines(self) -> tuple[str, ...]:
        """Return what the user is asked about, a line each."""
        return tuple(f"{file.name} ({in_words(len(file.content))})" for file in self.files)

    def digest(self) -> str:
        total = hashlib.sha256()
        for file in self.files:
            for part in (file.kind.encode(), os.fsencode(file.name), file.content):
                total.update(len(part).to_bytes(8, "big") + part)
        return total.hexdigest()

    def only(self, kind: Literal["config", "mcp"]) -> FoundFile | None:
        return next((file for file in self.files if file.kind == kind), None)

    def instructions(self) -> tuple[FoundFile, ...]:
        return tuple(file for file in self.files if file.kind == "instructions")


def found_in(folder: Path) -> Found:
    """Read what a folder brings along; instructions also from the folders above it in the same repository. Blocks."""
    folder = folder.resolve()
    files: list[FoundFile] = []
    skipped: list[str] = []
    wanted: list[tuple[Literal["config", "mcp", "instructions"], Path]] = [
        ("config", folder / PROJECT_CONFIG),
        ("mcp", folder / MCP_FILE),
        *(("instructions", level / INSTRUCTIONS) for level in _levels(folder)),
    ]
    root = _levels(folder)[0]
    for kind, path in wanted:
        name = os.path.relpath(path, folder)
        try:
            content = _read_inside(root, path)
        except NotReadable as reason:
            skipped.append(f"{name}: {reason}")
        else:
            if content is not None and content.strip():
                files.append(FoundFile(kind=kind, path=path, name=name, content=content))
    return Found(folder=folder, files=tuple(files), skipped=tuple(skipped))


def trust_state(home: Path, found: Found) -> TrustState:
    """Return what the user has said of exactly this content in this folder. Blocks."""
    if not found.files:
        return "nothing"
    entry = _read_trust(home / _TRUST_FILE).get(_key(found.folder))
    if entry is None:
        return "unknown"
    if entry.get("digest") != found.digest():
        return "changed"
    return "trusted" if entry.get("trusted") is True else "refused"


def remember_trust(home: Path, found: Found, *, trusted: bool) -> None:
    """Keep what the user said, at once and whole. Blocks.

    Raises:
        ConfigError: it cannot be written.
        LockHeld: another process keeps us from it.
    """
    path = home / _TRUST_FILE
    try:
        with _alone(path):
            folders = dict(_read_trust(path))
            folders[_key(found.folder)] = {"digest": found.digest(), "trusted": trusted, "at": round(time.time())}
            _replace(path, json.dumps({"version": 1, "folders": folders}, indent=1))
    except OSError as error:
        raise ConfigError(f"trust in {found.folder} cannot be remembered: {path}: {error.strerror}") from error


def _key(folder: Path) -> str:
    return str(folder)


def _levels(folder: Path) -> tuple[Path, ...]:
    """The folders from the root of the repository down to `folder`; only itself where there is none."""
    home = Path.home()
    for depth, level in enumerate((folder, *folder.parents)):
        if depth >= _MOST_LEVELS or level == home:
            break
        if (level / ".git").exists():
            return tuple(reversed((folder, *folder.parents)[: depth + 1]))
    return (folder,)


def _read_inside(root: Path, path: Path) -> bytes | None:
    """Return the content of a plain file whose links do not lead out of `root`; None if there is none."""
    try:
        real = path.resolve(strict=True)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, RuntimeError) as error:
        raise NotReadable("it cannot be read") from error
    if not real.is_relative_to(root):
        raise NotReadable("a link that leads out of the folder")
    return read_plain_file(real, most_bytes=MOST_BYTES, follow_links=False)


def _read_trust(path: Path) -> Mapping[str, Mapping[str, object]]:
    """A file that cannot be read trusts nobody; it is kept when the next answer is written."""
    try:
        content = read_plain_file(path, most_bytes=_MOST_TRUST_BYTES)
        raw: object = parse_json(content.decode()) if content is not None else None
    except (NotReadable, ValueError):
        return {}
    folders = cast(dict[str, object], raw).get("folders") if isinstance(raw, dict) else None
    if not isinstance(folders, dict):
        return {}
    entries = cast(dict[str, object], folders)
    return {name: cast(dict[str, object], entry) for name, entry in entries.items() if isinstance(entry, dict)}


@contextlib.contextmanager
def _alone(path: Path) -> Generator[None]:
    fd = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        lock(fd, path)
        yield
    finally:
        os.close(fd)


def _replace(path: Path, text: str) -> None:
    if path.exists() and not _read_trust(path):
        path.rename(f"{path}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    fd, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(fd, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(fd)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
