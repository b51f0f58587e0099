"""Was it the sandbox? A guess from what a failed command said, checked against what its policy allows.

An exit code alone says nothing, and neither does "Permission denied" about a path that may be written. Pure.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from codex_core.protocol import CommandSpec, Denial, SandboxPolicy, Widening
from codex_tools.sandbox.guarded.protected import GIT_FILES

_LOOKED_AT: Final = 4096

_REFUSED: Final = re.compile(
    r"Permission denied|Operation not permitted|Read-only file system|Device or resource busy|Invalid cross-device link"
    r"|EACCES|EPERM|EROFS|EBUSY|EXDEV"
)
_NO_NETWORK: Final = re.compile(
    r"Network is unreachable|Could not resolve host|Temporary failure in name resolution|Name or service not known"
    r"|failed to lookup address|getaddrinfo E|EAI_AGAIN|Could not connect to server|Couldn't connect to server"
    r"|Failed to establish a new connection|dial (tcp|udp)|unable to look up|no such host"
    r"|(socket|connect|bind|listen)\b[^\n]{0,80}(Operation not permitted|Permission denied|EPERM|EACCES)"
    r"|(Operation not permitted|Permission denied)[^\n]{0,40}\bsocket",
    re.IGNORECASE,
)
_PATH: Final = re.compile(r"""(?:^|[\s'"`‘(\[=:])((?:~|\.{1,2})?/[^\s'"`’:;,()\[\]]*)""")
_WORD: Final = re.compile(r"""[^\s'"`‘’:;,()\[\]=]+""")
_HOST: Final = re.compile(r"(?:resolve host:?|host name|getaddrinfo \w+|lookup|https?://)\s*['\"]?([\w.-]+\.\w+)")


def find_denial(command: CommandSpec, exit_code: int | None, output: str, put_back: Sequence[str]) -> Denial | None:
    """Say what the sandbox very likely refused; None if there is no sign of it.

    `put_back` lists protected files that the command did change: that is sure, whatever its exit code.
    """
    policy = command.policy
    if policy.mode == "danger-full-access":
        return None
    if put_back:
        # What could not be put back says so itself.
        told = ", ".join(path if path.endswith(")") else f"{path} (protected; put back)" for path in put_back)
        return _denial(f"change of {told}", "write", put_back[0].partition(" (")[0])
    tail = output[-_LOOKED_AT:]
    if (protected := _protected_path(command, tail)) is not None:  # so sure that the exit code does not matter
        return _denial(f"change of {protected} (protected)", "write", str(protected))
    if not exit_code:
        return None
    if policy.network == "off" and (said := _NO_NETWORK.search(tail)) is not None:
        line = _line_around(tail, said.start())
        host = _HOST.search(line)
        return _denial(f"network access to {host[1]}" if host else "network access", "network", host[1] if host else "")
    return _file_denial(command, tail)


def _protected_path(command: CommandSpec, tail: str) -> Path | None:
    """The protected path that a refusal names, also if it is named relative to the working folder."""
    if not command.policy.protected_paths or not command.policy.roots():
        return None
    for said in _REFUSED.finditer(tail):
        for word in _WORD.finditer(_line_around(tail, said.start())):
            # Whoever follows a link here asks what it points to, and it is the link that is protected.
            path = Path(os.path.normpath(command.cwd / word[0]))
            if _is_within(path, command.policy.protected_paths) or _steers_git(path, command.policy):
                return path
    return None


def _steers_git(path: Path, policy: SandboxPolicy) -> bool:
    """Whether it is a protected file of a repository, be it further down in the workspace."""
    _, found, rest = str(path).rpartition("/.git/")
    return bool(found) and _is_within(path, policy.roots()) and rest.partition("/")[0] in GIT_FILES


def _file_denial(command: CommandSpec, tail: str) -> Denial | None:
    for said in _REFUSED.finditer(tail):
        line = _line_around(tail, said.start())
        for found in _PATH.finditer(line):
            path = _absolute(found[1], command)
            if path is not None and not may_write(command.policy, path):
                if _is_within(path, command.policy.hidden_paths):
                    return _denial(f"access to {path}, which is hidden", "read", str(path))
                return _denial(f"write to {path}", "write", str(path))
    return None


def _denial(what: str, kind: Literal["write", "read", "network"], target: str) -> Denial:
    return Denial(what=what, widening=Widening(kind=kind, target=target))


def may_write(policy: SandboxPolicy, path: Path) -> bool:
    """Whether the policy lets a command write at `path`; where that is, links resolved, is for the caller to know."""
    return _is_within(path, policy.roots()) and not _is_within(path, (*policy.hidden_paths, *policy.protected_paths))


def _is_within(path: Path, folders: Sequence[Path]) -> bool:
    return any(folder == path or folder in path.parents for folder in folders)


def _absolute(text: str, command: CommandSpec) -> Path | None:
    if text.startswith("~"):
        home = command.environment.get("HOME")
        return Path(home + text[1:]) if home else None
    path = command.cwd / text.rstrip(".")
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return None


def _line_around(text: str, position: int) -> str:
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    return text[start : len(text) if end < 0 else end]
